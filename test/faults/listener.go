package faults

import (
	"io"
	"net"
)

// listener breaks connections before a request is read from them, as long as
// the backend's fault says so.
type listener struct {
	net.Listener
	backend *Backend
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.backend.mu.Lock()
		fault := l.backend.fault
		l.backend.mu.Unlock()
		if !fault.Garbled {
			return conn, nil
		}
		_, _ = io.WriteString(conn, fault.Garbage)
		_ = conn.Close()
	}
}
