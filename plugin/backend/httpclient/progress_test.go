package httpclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// lateContext is a context whose deadline is when the test says so.
type lateContext struct {
	context.Context
	late chan struct{}
}

func (c lateContext) Done() <-chan struct{} { return c.late }

func (c lateContext) Err() error {
	select {
	case <-c.late:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// A timeout says what was waited for, and how long.
func TestTimeoutSaysWhatWasWaitedFor(t *testing.T) {
	const connected, arrived, sent, answered = "connected", "arrived", "sent", "answered"
	for name, c := range map[string]struct {
		late, says string
	}{
		"no connection":  {connected, "cannot reach HOST: no connection within "},
		"half a request": {arrived, "HOST did not take the whole request within "},
		"no answer":      {sent, "no answer of HOST to the request within "},
		"half an answer": {answered, "cannot read the answer of HOST: it was not complete within "},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := lateContext{t.Context(), make(chan struct{})}
			end := sync.OnceFunc(func() { close(ctx.late) })
			reached := func(step string) {
				if step == c.late {
					end()
				}
			}
			over := make(chan struct{})
			defer close(over)
			client, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if reached(arrived); c.late == arrived {
					<-over
				}
				_, _ = io.Copy(io.Discard, r.Body)
				if c.late == answered {
					w.Header().Set("Content-Length", "100")
					_, _ = io.WriteString(w, "half")
					_ = http.NewResponseController(w).Flush()
				}
				<-over
			})
			if c.late == connected { // to a server that accepts, and speaks no TLS
				silent, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer silent.Close()
				u = &url.URL{Scheme: "https", Host: silent.Addr().String()}
				client = open(t, Config{Endpoints: []*url.URL{u}, ContentType: "a/b"})
				go func() {
					if conn, err := silent.Accept(); err == nil {
						defer conn.Close()
						reached(connected)
						<-over
					}
				}()
			}
			// The hooks of the client are called before these.
			traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
				WroteRequest:         func(httptrace.WroteRequestInfo) { reached(sent) },
				GotFirstResponseByte: func() { reached(answered) },
			})
			_, err := client.Post(traced, body(strings.Repeat("x", 32<<20)))
			if says := strings.ReplaceAll(c.says, "HOST", u.Host); err == nil || !strings.HasPrefix(err.Error(), says) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want %s", err, says)
			}
			checkSilent(t, err)
		})
	}
}
