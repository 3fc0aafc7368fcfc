package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/plugin/status"
)

// defaultStatus is the address of the shipped configuration and of the chart.
const defaultStatus = "127.0.0.1:2021"

// statusPort is where an agent is asked.
type statusPort struct {
	address string
	conf    string
	output  int
}

// addFlags adds the flags that say where.
func (p *statusPort) addFlags(flags *flag.FlagSet) {
	flags.StringVar(&p.address, "address", "", "the host:port of the agent's status page; by default status_listen of the configuration, or without one "+defaultStatus)
	flags.StringVar(&p.conf, "conf", "", "a Fluent Bit configuration with a k8slog output")
	flags.IntVar(&p.output, "output", 1, "which of its k8slog outputs, counted from 1")
}

// find returns the address.
func (p *statusPort) find() (string, error) {
	if p.address != "" || p.conf == "" {
		return cmp.Or(p.address, defaultStatus), nil
	}
	section, err := outputOf(p.conf, p.output)
	if err != nil {
		return "", err
	}
	listen := section.get("status_listen")
	switch listen {
	case "":
		return "", fmt.Errorf("the output (%s) has no status_listen%s: set it, as in %s, or name another agent's with -address", section.where(), section.unsetIn("status_listen"), defaultStatus)
	case options.NoAddress:
		return "", fmt.Errorf("status_listen of the output (%s) is off: set it (K8SLOG_STATUS), as in %s, or name another agent's with -address", section.where(), defaultStatus)
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("status_listen (%s): %w", section.where(), err)
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// client asks no proxy: the agent is near.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext}}

// maxAnswer is the length of the longest answer that is read.
const maxAnswer = 64 << 20

// open asks for a path. The caller must close the body.
func (p *statusPort) open(ctx context.Context, path string, query url.Values) (io.ReadCloser, error) {
	address, err := p.find()
	if err != nil {
		return nil, err
	}
	target := url.URL{Scheme: "http", Host: address, Path: path, RawQuery: query.Encode()}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		var asked *url.Error
		if errors.As(err, &asked) {
			err = asked.Err // the address is said, and the query is of no use
		}
		hint := ""
		if errors.Is(err, syscall.ECONNREFUSED) {
			hint = "; nothing listens there: is the agent's status_listen (K8SLOG_STATUS) this address, and is it in this pod, or behind kubectl port-forward?"
		}
		return nil, fmt.Errorf("cannot ask the agent at %s (status_listen): %w%s", address, err, hint)
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
		return nil, &statusError{answer.StatusCode, fmt.Sprintf("%s answers %s: %s", address, answer.Status, oneline.Of(string(text)))}
	}
	return answer.Body, nil
}

// statusError is an answer other than 200.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return e.text }

// snapshot asks for /status.json.
func (p *statusPort) snapshot(ctx context.Context, filter string) (*status.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	query := url.Values{}
	if filter != "" {
		query.Set("filter", filter)
	}
	body, err := p.open(ctx, "/status.json", query)
	var answered *statusError
	if errors.As(err, &answered) && answered.code == http.StatusNotFound {
		return nil, fmt.Errorf("%w: it has no status page (status_page off, or an earlier version)", err)
	}
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var s status.Snapshot
	if err := json.NewDecoder(io.LimitReader(body, maxAnswer)).Decode(&s); err != nil {
		return nil, fmt.Errorf("cannot read the status of the agent: %w", err)
	}
	s.Clean() // whoever listens there
	return &s, nil
}

// orDash returns a dash for an empty text.
func orDash(text string) string { return cmp.Or(strings.TrimSpace(text), "-") }
