package faults

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/k8slog/k8slog/test/stall"
)

// Backend is a server of a protocol that fails as it is told to. It is made by
// NewBackend.
type Backend struct {
	Ledger Ledger
	// Window is by how much a record may be older than the newest one of its stream; zero
	// for any. Only Loki has one. It is set before the first request.
	Window time.Duration

	protocol *Protocol
	strict   Server // takes what is to be stored

	port *port
	tls  *tls.Config // nil for plain HTTP

	mu       sync.Mutex
	fault    Fault
	healed   chan struct{} // closed when the fault is over
	server   *http.Server  // nil while it is down
	requests int
	now      int // requests under way
	peak     int // of now, since the last ResetPeak
	begins   []time.Time
	taken    []taken
}

// NewBackend listens on a free port of this machine; with a tls.Config, for
// HTTPS.
func NewBackend(protocol *Protocol, config *tls.Config) (*Backend, error) {
	stall.Watch()
	p, err := reservePort()
	if err != nil {
		return nil, err
	}
	b := &Backend{protocol: protocol, port: p, tls: config, healed: make(chan struct{}), fault: Healthy}
	b.strict = protocol.Serve(b)
	return b, b.listen()
}

func (b *Backend) listen() error {
	l, err := b.port.listen()
	if err != nil {
		return err
	}
	l = &listener{Listener: l, backend: b}
	if b.tls != nil {
		l = tls.NewListener(l, b.tls)
	}
	server := &http.Server{Handler: b, ErrorLog: silent}
	b.server = server
	go func() { _ = server.Serve(l) }()
	return nil
}

// URL is the endpoint for the plugin.
func (b *Backend) URL() string {
	if b.tls != nil {
		return "https://" + b.port.address + b.protocol.Path
	}
	return "http://" + b.port.address + b.protocol.Path
}

// refuses says whether the fault is that this row is refused for good, limits
// whether its stream or index is refused for now, and leaks whether the rest of the
// request is stored.
func (b *Backend) refuses(row func() Row) bool { return decides(b.current().Refuses, row) }
func (b *Backend) limits(row func() Row) bool  { return decides(b.current().Limits, row) }
func (b *Backend) leaks() bool                 { return b.current().Leaks }

func decides(verdict func(*Row) bool, row func() Row) bool {
	if verdict == nil {
		return false
	}
	r := row()
	return verdict(&r)
}

func (b *Backend) current() Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fault
}

// Problems returns what the plugin sent that a strict server does not take.
func (b *Backend) Problems() []string { return b.strict.Problems() }

// Set begins a fault, and ends the one before it.
func (b *Backend) Set(f Fault) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.healed)
	b.healed = make(chan struct{})
	b.fault = f
	switch {
	case f.Down && b.server != nil:
		server := b.server
		b.server = nil
		return b.shut(server)
	case !f.Down && b.server == nil:
		return b.listen()
	}
	return nil
}

// shut ends a server, but lets answers that are on their way arrive: a record
// whose answer is lost would come twice. The caller holds the lock.
func (b *Backend) shut(server *http.Server) error {
	b.mu.Unlock()
	defer b.mu.Lock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if server.Shutdown(ctx) == nil {
		return nil
	}
	return server.Close()
}

// Close ends it.
func (b *Backend) Close() error {
	return errors.Join(b.Set(Fault{Name: "closed", Down: true}), b.port.close())
}

// Requests returns how many requests have come in all.
func (b *Backend) Requests() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.requests
}

// Begins returns when each request began.
func (b *Backend) Begins() []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]time.Time(nil), b.begins...)
}

// Now returns how many requests are under way.
func (b *Backend) Now() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// Peak returns the most requests that were under way at a time since the last
// call.
func (b *Backend) Peak() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	peak := b.peak
	b.peak = b.now
	return peak
}

func (b *Backend) begin() (Fault, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests++
	b.begins = append(b.begins, time.Now())
	b.now++
	b.peak = max(b.peak, b.now)
	return b.fault, b.healed
}

func (b *Backend) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now--
}

// ServeHTTP implements http.Handler.
func (b *Backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, healed := b.begin()
	defer b.end()
	x := &Exchange{backend: b, w: w, r: r, healed: healed}
	if fault.Serve == nil {
		fault = Healthy
	}
	if err := fault.Serve(x); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		panic(http.ErrAbortHandler) // the client is gone
	}
}
