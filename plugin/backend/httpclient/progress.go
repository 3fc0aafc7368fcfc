package httpclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// progress is how far a request has come, so that its error says what was waited for.
type progress struct {
	begun time.Time
	used  atomic.Pointer[opening] // the connection, without TLS; nil for one with TLS
	step  atomic.Int32
}

// The steps of a request. A request whose connection broke may be sent again by net/http,
// and begins anew.
const (
	connecting int32 = iota
	sending
	waiting
	reading
)

// trace returns a context of the request that keeps the progress.
func (p *progress) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			p.step.Store(sending)
			if c, ok := info.Conn.(*opening); ok {
				p.used.Store(c)
			}
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				p.step.CompareAndSwap(sending, waiting)
			}
		},
		GotFirstResponseByte: func() { p.step.Store(reading) },
	})
}

// failed returns the error of a request to a host that could not do something, without
// secrets. For a timeout it says what was waited for, and how long. errors.Is and errors.As
// still find the cause.
func (p *progress) failed(what, host string, err error, s *secrets) error {
	cause := s.cleanError(err, p.used.Load())
	if !isLate(err) {
		return fmt.Errorf("cannot %s: %w", what, cause)
	}
	took := time.Since(p.begun).Round(time.Millisecond)
	if took > time.Second {
		took = took.Round(100 * time.Millisecond)
	}
	text := ""
	switch p.step.Load() {
	case connecting:
		text = fmt.Sprintf("cannot reach %s: no connection within %v", host, took)
		if !errors.Is(err, context.DeadlineExceeded) { // which says no more
			text += ": " + cause.Error()
		}
	case sending:
		text = fmt.Sprintf("%s did not take the whole request within %v", host, took)
	case waiting:
		text = fmt.Sprintf("no answer of %s to the request within %v", host, took)
	default:
		text = fmt.Sprintf("cannot read the answer of %s: it was not complete within %v", host, took)
	}
	return &cleanedError{text: text, of: err}
}

// isLate reports whether an error is a timeout.
func isLate(err error) bool {
	var waited net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &waited) && waited.Timeout()
}
