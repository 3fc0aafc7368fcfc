package faults

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// Fault is a way for a backend to fail.
type Fault struct {
	Name string
	// Serve answers a request; nil is Healthy.
	Serve func(x *Exchange) error
	// Down: nobody listens, connections are refused.
	Down bool
	// Garbled: connections are closed before a byte is read, and Garbage, if
	// any, is written into them. It breaks a TLS handshake.
	Garbled bool
	Garbage string
	// Repeats: records are stored whose answer gets lost, so that they come again.
	Repeats bool
	// Refuses says which rows are refused for what they are, and Limits which for
	// now, with all others of their stream or index, in the words of the protocol.
	// Both may be nil.
	Refuses, Limits func(r *Row) bool
	// Leaks: of a request that is refused, the other rows are stored. Only HTTP
	// asks; the other protocols do as they do.
	Leaks bool
}

// Healthy stores and says so.
var Healthy = Fault{Name: "healthy", Serve: func(x *Exchange) error {
	from, before := time.Now(), x.backend.Ledger.Stored()
	answer, err := x.store()
	if err != nil {
		return err
	}
	err = x.pass(answer)
	x.backend.note(x.r, from, x.backend.Ledger.Stored()-before)
	return err
}}

// status reads the request, and refuses it.
func status(code int, header ...string) func(x *Exchange) error {
	return func(x *Exchange) error {
		if _, err := x.body(); err != nil {
			return err
		}
		for i := 0; i < len(header); i += 2 {
			x.w.Header().Set(header[i], header[i+1])
		}
		return x.answer(code)
	}
}

// ThrottledFor asks for patience in seconds, ThrottledUntil with a date.
func ThrottledFor(d time.Duration) Fault {
	return Fault{
		Name:  "429 for seconds",
		Serve: status(http.StatusTooManyRequests, "Retry-After", strconv.Itoa(int(d.Seconds()))),
	}
}

// ThrottledUntil asks for patience until a time, which has whole seconds only.
func ThrottledUntil(d time.Duration) Fault {
	return Fault{Name: "429 until a date", Serve: func(x *Exchange) error {
		until := time.Now().Add(d).UTC().Format(http.TimeFormat)
		return status(http.StatusTooManyRequests, "Retry-After", until)(x)
	}}
}

// Hanging reads the request and never answers.
var Hanging = Fault{Name: "hanging", Serve: func(x *Exchange) error {
	if _, err := x.body(); err != nil {
		return err
	}
	if err := x.wait(time.Hour); err != nil {
		return err
	}
	return x.answer(http.StatusServiceUnavailable) // the fault is over
}}

// Refusing has nobody listen.
var Refusing = Fault{Name: "refusing connections", Down: true}

// Outages are the faults in which nothing is stored without a yes that
// arrives: no record may come twice.
var Outages = []Fault{
	Refusing,
	{Name: "resetting in the middle of a body", Serve: func(x *Exchange) error {
		_, _ = io.CopyN(io.Discard, x.r.Body, 1000)
		return x.raw("", true)
	}},
	Hanging,
	{Name: "answering slowly", Serve: func(x *Exchange) error {
		if err := x.wait(400 * time.Millisecond); err != nil {
			return err
		}
		return Healthy.Serve(x)
	}},
	ThrottledFor(time.Second),
	ThrottledUntil(2 * time.Second),
	{Name: "500", Serve: status(http.StatusInternalServerError)},
	{Name: "502", Serve: status(http.StatusBadGateway)},
	{Name: "503", Serve: status(http.StatusServiceUnavailable)},
	{Name: "504", Serve: status(http.StatusGatewayTimeout)},
	{Name: "answer cut in its first line", Serve: func(x *Exchange) error {
		if _, err := x.body(); err != nil {
			return err
		}
		return x.raw("HTTP/1.1 20", false)
	}},
	{Name: "answer that is no HTTP", Serve: func(x *Exchange) error { return x.raw("no such luck\r\n\r\n", false) }},
	{Name: "connection closed at once", Garbled: true},
}

// LostAnswers are the faults in which records are stored, and the plugin does
// not get to know.
var LostAnswers = []Fault{
	{Name: "stored and connection closed", Repeats: true, Serve: func(x *Exchange) error {
		if _, err := x.store(); err != nil {
			return err
		}
		return x.raw("", false)
	}},
	{Name: "stored and 503", Repeats: true, Serve: func(x *Exchange) error {
		if _, err := x.store(); err != nil {
			return err
		}
		return x.answer(http.StatusServiceUnavailable)
	}},
	{Name: "stored and answer after the client has gone", Repeats: true, Serve: func(x *Exchange) error {
		if _, err := x.store(); err != nil {
			return err
		}
		return Hanging.Serve(x)
	}},
	{Name: "stored and answer cut in its headers", Repeats: true, Serve: func(x *Exchange) error {
		if _, err := x.store(); err != nil {
			return err
		}
		return x.raw("HTTP/1.1 200 OK\r\nContent-Le", true)
	}},
	{Name: "stored and answer cut in its body", Repeats: true, Serve: func(x *Exchange) error {
		if _, err := x.store(); err != nil {
			return err
		}
		return x.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of i", false)
	}},
}
