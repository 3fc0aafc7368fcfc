package googlecloudlogging

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/plugin/options"
)

// place is where the cluster is, in the words of the resources' labels.
type place struct{ project, location, cluster string }

// Bounds of asking the metadata server. That of Workload Identity answers only some seconds
// after a pod has begun.
const (
	discoverTimeout = 15 * time.Second
	questionTimeout = 3 * time.Second
	questionPause   = 500 * time.Millisecond
	maxValue        = 1 << 10 // of an answer
)

// errUnknown is the error for what the metadata server does not know: outside of GKE, the
// name of the cluster.
var errUnknown = errors.New("it does not know")

// discover asks the metadata server for what is not known of a place. Only the project is
// needed: without the others the labels of the resources are empty.
func (c *Config) discover(known place) (place, error) {
	if known.project != "" && known.location != "" && known.cluster != "" {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), discoverTimeout)
	defer cancel()
	// No proxy stands between a machine and its metadata server.
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: questionTimeout, Resolver: &net.Resolver{PreferGo: true}}).DialContext}
	defer transport.CloseIdleConnections()
	m := metadataServer{url: c.MetadataURL.JoinPath("/computeMetadata/v1").String(), client: http.Client{Transport: transport}}
	var err error
	if known.project == "" {
		if known.project, err = m.value(ctx, "project/project-id"); err == nil && !isProject(known.project) {
			err = errors.New("its answer is no project")
		}
		if err != nil {
			return known, &options.Error{Option: "google_project", Problem: fmt.Sprintf(
				"is not set, and the metadata server at %s did not tell it: %s; allowed: the ID of a project", c.MetadataURL.Host, oneline.Of(err.Error()))}
		}
	}
	if known.location == "" {
		if known.location, err = m.value(ctx, "instance/attributes/cluster-location"); errors.Is(err, errUnknown) {
			var zone string // projects/123/zones/europe-west1-b
			zone, err = m.value(ctx, "instance/zone")
			known.location = path.Base(cmp.Or(zone, "/"))
			known.location = strings.TrimPrefix(known.location, "/")
		}
	}
	if known.cluster == "" && (err == nil || errors.Is(err, errUnknown)) {
		known.cluster, _ = m.value(ctx, "instance/attributes/cluster-name")
	}
	return known, nil
}

// metadataServer is Google's, or one that does as it does
// (https://cloud.google.com/compute/docs/metadata/querying-metadata).
type metadataServer struct {
	url    string
	client http.Client
}

// value returns a value. It asks until there is an answer, or ctx ends.
func (m *metadataServer) value(ctx context.Context, path string) (string, error) {
	for {
		value, err := m.ask(ctx, path)
		if err == nil || errors.Is(err, errUnknown) {
			return value, err
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(questionPause):
		}
	}
}

func (m *metadataServer) ask(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url+"/"+path, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Metadata-Flavor", "Google")
	answer, err := m.client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxValue))
	switch {
	case err != nil:
		return "", err
	case answer.Header.Get("Metadata-Flavor") != "Google":
		return "", errors.New("no metadata server answers there")
	case answer.StatusCode == http.StatusNotFound:
		return "", errUnknown
	case answer.StatusCode != http.StatusOK:
		return "", fmt.Errorf("HTTP %d", answer.StatusCode)
	}
	return strings.TrimSpace(string(text)), nil
}
