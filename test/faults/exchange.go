package faults

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// silent keeps the server's errors, which are wanted here, out of the output.
var silent = log.New(io.Discard, "", 0)

// Exchange is one request and what is answered.
type Exchange struct {
	backend *Backend
	w       http.ResponseWriter
	r       *http.Request
	healed  <-chan struct{}
}

// body reads all of the request.
func (x *Exchange) body() ([]byte, error) { return io.ReadAll(x.r.Body) }

// store gives the request to the strict server, unless the client has gone
// meanwhile, and returns the answer.
func (x *Exchange) store() (*httptest.ResponseRecorder, error) {
	body, err := x.body()
	if err == nil {
		err = x.r.Context().Err()
	}
	if err != nil {
		return nil, err
	}
	x.r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	x.backend.strict.ServeHTTP(answer, x.r)
	return answer, nil
}

// pass answers what the strict server has answered.
func (x *Exchange) pass(answer *httptest.ResponseRecorder) error {
	for name, values := range answer.Header() {
		x.w.Header()[name] = values
	}
	x.w.WriteHeader(answer.Code)
	_, err := x.w.Write(answer.Body.Bytes())
	return err
}

// wait sleeps, and no longer than the fault lasts or the client waits.
func (x *Exchange) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.healed:
	case <-x.r.Context().Done():
	}
	return x.r.Context().Err()
}

// answer writes a status without a body.
func (x *Exchange) answer(status int) error {
	x.w.WriteHeader(status)
	return nil
}

// raw writes text instead of an answer and ends the connection: with a reset
// when it is told so.
func (x *Exchange) raw(text string, reset bool) error {
	hijacker, ok := x.w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler) // HTTP/2: there, that is a reset as well
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return err
	}
	defer conn.Close()
	if tcp, is := conn.(*net.TCPConn); is && reset {
		_ = tcp.SetLinger(0)
	}
	_, err = io.WriteString(conn, text)
	return err
}
