package plugin

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/status"
	"github.com/k8slog/k8slog/test/chunktest"
)

// problem returns the problem with this in its text; one without a text for none.
func problem(s *status.Snapshot, text string) (found status.Problem) {
	for _, p := range s.Problems {
		if strings.Contains(p.Text, text) {
			return p
		}
	}
	return found
}

// The lines of containers without a path are counted, each once, and the status says what to
// set. What is no line of a container, and what has a pod, is not.
func TestLinesWithoutAPod(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := receive(t, nil)
	in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "status_listen": ":0", "path_key": "path"})
	var c []byte
	for _, text := range []string{
		"2026-11-30T03:00:00Z stdout F level=info msg=a", `{"log":"b\n","stream":"stdout","time":"2026-11-30T03:00:00Z"}`, "what an application writes into a file", `{"level":"info"}`,
	} {
		c = chunktest.Append(c, time.Now().UnixNano(), "log", text)
	}
	if in.Flush(workerThread, "containers", append(c, pathChunk(podPath, "with a pod")...)) != OK {
		t.Fatal("not delivered")
	}
	s, _ := statusOf(t, in)
	if p := problem(&s, "2 lines of containers came without a pod"); p.Level != status.LevelWarning || !strings.Contains(p.Do, "path_key") {
		t.Errorf("%+v", s.Problems)
	}
	if n := scrape(t, in)["k8slog_records_unidentified_total"]; n != 2 {
		t.Errorf("the metric is %v", n)
	}
	if n := host.logged(`the tag "containers" does not name the pod: set path_key in the tail input`); n != 1 {
		t.Errorf("the log says so %d times", n)
	}
}

// While refused records cannot be kept, the status and the health say why.
func TestDeadLettersCannotBeKept(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := receive(t, func(_ int, texts []string) int { return 400 })
	full := "/dev/full"
	in, _ := start(t, map[string]string{"backend": "http", "endpoint": r.URL, "status_listen": ":0", "path_key": "path", "dead_letter_path": full, "flush_deadline": "2s"})
	if in.Flush(workerThread, "containers", pathChunk(podPath, "refused")) == OK {
		t.Fatal("a refused record that is not kept was acknowledged")
	}
	s, _ := statusOf(t, in)
	if p := problem(&s, "What the backend refuses cannot be kept"); p.Level != status.LevelError || !strings.Contains(p.Answer, "no space left on device") {
		t.Errorf("%+v", s.Problems)
	}
	if err := in.HealthyFull(); err == nil || !strings.Contains(err.Error(), "cannot keep refused records") {
		t.Errorf("health: %v", err)
	}
}

// A backend that takes a request and does not answer is named before it counts as down.
func TestStatusOfAHangingBackend(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	asked, hang := make(chan struct{}), make(chan struct{})
	r := receive(t, func(n int, _ []string) int {
		if n == 1 {
			close(asked)
		}
		<-hang
		return 200
	})
	in, _ := start(t, map[string]string{
		"backend": "http", "endpoint": r.URL, "status_listen": ":0", "path_key": "path", "flush_deadline": "1s", "park_path": filepath.Join(t.TempDir(), "parked"),
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		in.Flush(workerThread, "containers", pathChunk(podPath, "one"))
	}()
	<-asked
	s := in.Snapshot()
	if s.Delivery.Requests != 1 || s.Delivery.OldestRequest.IsZero() {
		t.Errorf("%+v", s.Delivery)
	}
	s.Time = s.Delivery.OldestRequest.Add(20 * time.Second)
	if s.FindProblems(); problem(s, "The backend has not answered since").Level != status.LevelError {
		t.Errorf("%+v", s.Problems)
	}
	close(hang)
	<-done
	if s := in.Snapshot(); s.Delivery.Requests != 0 || !s.Delivery.OldestRequest.IsZero() {
		t.Errorf("after the answer: %+v", s.Delivery)
	}
}
