package syslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/plugin/backend"
)

// Send implements backend.Backend. It writes the messages to a connection of their own, and ends
// its half of it. A receiver that has read everything then ends the other half. One that dies
// before it has read everything, or whose machine does, resets the connection instead, or never
// ends it. So the end of the connection says that the receiver's process has read all messages.
// What the process does with them it does not say.
//
// No answer is about a message: every error is tried again.
func (b *Backend) Send(ctx context.Context, body backend.Body) error {
	addresses := b.config.Addresses
	var failures []error
	for range addresses {
		first := b.first.Load()
		address := addresses[int(first)%len(addresses)]
		conn, err := b.dial(ctx, "tcp", address)
		if err == nil {
			err = b.deliver(ctx, conn, body)
			if err == nil {
				return nil
			}
			err = fmt.Errorf("the receiver %s may have some of the messages: %w", address, err)
		}
		b.first.CompareAndSwap(first, first+1)
		failures = append(failures, err)
		if conn != nil || ctx.Err() != nil {
			break // the others are for the next try
		}
	}
	err := errors.Join(failures...)
	return &sendError{oneline.Of("cannot send to syslog: " + err.Error()), err}
}

// deliver writes the body to a new connection, and closes it.
func (b *Backend) deliver(ctx context.Context, conn net.Conn, body backend.Body) error {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	for _, part := range body.Parts {
		if _, err := conn.Write(part); err != nil {
			return fmt.Errorf("cannot write: %w", err)
		}
	}
	if b.config.Acknowledge == acknowledgeSent {
		return conn.Close()
	}
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("cannot end one half of the connection")
	}
	if err := half.CloseWrite(); err != nil {
		return fmt.Errorf("cannot end the connection: %w", err)
	}
	// The protocol has no answers. What answers is another server, as on a port of HTTP.
	n, err := io.Copy(io.Discard, io.LimitReader(conn, 1))
	switch {
	case n > 0:
		return errors.New("it answers, as no receiver of syslog does: check syslog_addresses (for a receiver that does, set syslog_acknowledge sent)")
	case err == nil, errors.Is(err, io.ErrUnexpectedEOF): // one of TLS that does not say goodbye
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("it did not end the connection behind the last message (for a receiver that never does, set syslog_acknowledge sent): %w", err)
	}
	return fmt.Errorf("it did not read all messages: %w", err)
}

// sendError is an error that is fit for a log.
type sendError struct {
	text string
	of   error
}

func (e *sendError) Error() string { return e.text }
func (e *sendError) Unwrap() error { return e.of }
