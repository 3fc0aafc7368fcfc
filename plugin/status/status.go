// Package status serves over HTTP what an instance says of itself: /metrics for Prometheus,
// /healthz for Kubernetes, and for people the status page, /status.json, /log, /tap and /debug/pprof.
package status

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/k8slog/k8slog/plugin/hostlog"
)

// Config configures a Server. All fields must be set, unless their comment has a meaning of
// the zero value.
type Config struct {
	// Address is host:port; see Address.
	Address string
	// /healthz calls Health, and answers 503 with the error as its body when that returns
	// one; /healthz?full does the same with Full.
	Health, Full func() error
	// Collectors are the metrics, besides k8slog_build_info.
	Collectors []prometheus.Collector

	// Snapshot returns what the page shows, with all containers, unsorted; nil for no page,
	// and nothing that belongs to it.
	Snapshot func() *Snapshot
	// Log returns the last lines of the log, at most so many, the oldest first; nil for
	// no lines.
	Log func(most int) []hostlog.Line
	// ForAll serves the page to everybody, and not to this machine alone.
	ForAll bool
	// Hosts are names under which the page may be asked for.
	Hosts []string
	// Tap begins to watch records; nil for nobody may.
	Tap TapFunc
	// Pprof serves /debug/pprof.
	Pprof bool
}

// Server is an HTTP server. It is created by Listen.
type Server struct {
	config Config
	http   http.Server
	cancel context.CancelFunc // ends requests that go on
	done   chan struct{}

	mu   sync.Mutex
	last *Snapshot
}

// Address returns address, which is host:port, with the host 127.0.0.1 when it has none.
func Address(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// Listen starts a server. The caller must call Close.
func Listen(c Config) (*Server, error) {
	address, err := Address(c.Address)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	for _, collector := range append([]prometheus.Collector{buildInfo()}, c.Collectors...) {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("cannot register metrics: %w", err)
		}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{config: c, cancel: cancel, done: make(chan struct{})}
	s.http = http.Server{
		Addr: listener.Addr().String(), Handler: s.routes(registry),
		ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10,
		BaseContext:    func(net.Listener) context.Context { return ctx },
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener) // returns when Close is called
	}()
	return s, nil
}

func (s *Server) routes(metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", s.serveHealth)
	if s.config.Snapshot == nil {
		return mux
	}
	page := func(pattern string, handler http.HandlerFunc) { mux.Handle("GET "+pattern, s.guard(handler)) }
	page("/{$}", s.servePage)
	page("/status.json", s.serveJSON)
	page("/status.css", asset("status.css", "text/css; charset=utf-8"))
	page("/status.js", asset("status.js", "text/javascript; charset=utf-8"))
	page("/log", s.serveLog)
	page("/tap", s.serveTap)
	if s.config.Pprof {
		page("/debug/pprof/", longer(pprof.Index))
		page("/debug/pprof/cmdline", pprof.Cmdline)
		page("/debug/pprof/profile", longer(pprof.Profile))
		page("/debug/pprof/symbol", pprof.Symbol)
		page("/debug/pprof/trace", longer(pprof.Trace))
	}
	return mux
}

func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request) {
	check := s.config.Health
	if r.URL.Query().Has("full") {
		check = s.config.Full
	}
	if err := check(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// longer gives a profile two minutes.
func longer(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(2 * time.Minute))
		handler(w, r)
	}
}

// Addr returns the address of the listener, with the actual port.
func (s *Server) Addr() string { return s.http.Addr }

// Close stops the server. Requests in progress have a second to finish.
func (s *Server) Close() error {
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.done
	return err
}
