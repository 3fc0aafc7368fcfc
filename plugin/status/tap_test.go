package status

import (
	"bufio"
	"net/http"
	"testing"
)

// watching is a subscriber in a test.
type watching struct {
	lines  chan []byte
	closed chan struct{}
}

func (w *watching) Lines() <-chan []byte { return w.lines }
func (w *watching) TakeSkipped() int64   { return 7 }
func (w *watching) Close()               { close(w.closed) }

// A stream has the records, says what was left out, and ends with the server or the reader.
func TestTap(t *testing.T) {
	var asked string
	last := make(chan *watching, 2)
	s := serve(t, Config{Snapshot: hostileSnapshot, Tap: func(namespace, pod, container string, perSecond int) (Watching, error) {
		asked = namespace + "/" + pod + "/" + container + "/" + Number(int64(perSecond))
		w := &watching{lines: make(chan []byte, 8), closed: make(chan struct{})}
		last <- w
		return w, nil
	}})
	answer, err := http.Get("http://" + s.Addr() + "/tap?namespace=shop&pod=web-1&container=app&rate=50")
	if err != nil {
		t.Fatal(err)
	}
	w := <-last
	w.lines <- []byte("{\"log\":\"a\"}\n")
	lines := bufio.NewScanner(answer.Body)
	for _, want := range []string{`{"k8slog_tap":{"skipped":0}}`, `{"log":"a"}`, `{"k8slog_tap":{"skipped":7}}`} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("%q, not %q: %v", lines.Text(), want, lines.Err())
		}
	}
	if asked != "shop/web-1/app/50" {
		t.Error(asked)
	}
	answer.Body.Close()
	<-w.closed
	if status, _, _ := ask(t, "GET", "http://"+s.Addr()+"/tap?rate=x", nil); status != http.StatusBadRequest {
		t.Errorf("a rate that is none: %d", status)
	}
	again, err := http.Get("http://" + s.Addr() + "/tap")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Body.Close()
	w = <-last
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-w.closed
}
