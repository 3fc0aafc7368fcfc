package plugin

import (
	"net"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/fake"
)

// Every record of a chunk arrives once, and the chunk is acknowledged then.
func TestSyslog(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	receiver := &fake.Syslog{MaxBytes: 8000}
	go receiver.Serve(l)
	in, host := start(t, map[string]string{"backend": "syslog", "syslog_addresses": l.Addr().String(), "flush_deadline": "3s"})
	texts := numbered(200)
	texts[7] = strings.Repeat("long ", 3000)
	if status := in.Flush(workerThread, podTag, dockerChunk(texts...)); status != OK {
		t.Errorf("status %d, log %q", status, host.log)
	}
	got := receiver.Messages()
	if err := receiver.Problems(); err != nil || len(got) != 202 || got[0].Text != texts[0] || got[201].Text != texts[199] || got[7].Data["k8slog@32473"]["partial"] != "true" {
		t.Errorf("%d messages, %v", len(got), err)
	}
}
