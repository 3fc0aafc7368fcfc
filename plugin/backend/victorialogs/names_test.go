package victorialogs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/fake"
)

// An application whose keys are data uses up its names, and no record is
// dropped for that. Those that were there from the beginning stay fields.
func TestManyNames(t *testing.T) {
	var server fake.VictoriaLogs
	b := newBackend(t, &server)
	source := pod(b)
	const n = 500
	for i := range n {
		members := []string{`"level":"info"`}
		for k := range 20 {
			members = append(members, fmt.Sprintf(`"user_%d":"%d"`, i*20+k, k))
		}
		if err := send(t, b, filters.Record{Source: source, Time: when, Log: filters.PlainText([]byte("text")), Fields: []filters.Field{
			{Key: []byte("level"), Text: filters.PlainText([]byte("info")), Own: true},
			{Key: []byte("log_processed"), Own: true, JSON: []byte("{" + strings.Join(members, ",") + "}")},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	folded := 0
	for i, row := range server.Rows() {
		if row.Fields["level"] != "info" {
			t.Fatalf("row %d: %q", i, row.Fields)
		}
		if row.Fields[otherFields] != "" {
			folded++
		} else if row.Fields["log_processed.level"] != "info" {
			t.Fatalf("row %d: %q", i, row.Fields)
		}
	}
	if len(server.Rows()) != n || server.Dropped() != nil || folded < n/2 || folded > n-40 {
		t.Errorf("%d rows, %d folded, %d dropped", len(server.Rows()), folded, len(server.Dropped()))
	}
}
