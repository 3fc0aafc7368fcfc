// Package status serves /metrics for Prometheus and /healthz for Kubernetes over HTTP.
package status

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Server is an HTTP server. It is created by Listen.
type Server struct {
	http http.Server
	done chan struct{}
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

// Listen starts a server on address, which is host:port (see Address). /metrics has the metrics
// of collectors. /healthz calls health, and answers 503 with the error as its body when health
// returns one; /healthz?full does the same with full. The caller must call Close.
func Listen(address string, health, full func() error, collectors ...prometheus.Collector) (*Server, error) {
	address, err := Address(address)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	for _, c := range collectors {
		if err := registry.Register(c); err != nil {
			listener.Close()
			return nil, fmt.Errorf("cannot register metrics: %w", err)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		check := health
		if r.URL.Query().Has("full") {
			check = full
		}
		if err := check(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	s := &Server{
		http: http.Server{
			Addr: listener.Addr().String(), Handler: mux,
			ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
			MaxHeaderBytes: 16 << 10,
		},
		done: make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener) // returns when Close is called
	}()
	return s, nil
}

// Addr returns the address of the listener, with the actual port.
func (s *Server) Addr() string { return s.http.Addr }

// Close stops the server. Requests in progress have a second to finish.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.done
	return err
}
