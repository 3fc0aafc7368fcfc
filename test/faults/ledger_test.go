package faults

import (
	"fmt"
	"strings"
	"testing"
)

// record is one as the backend http gets it.
func record(container, stream, log string) string {
	return fmt.Sprintf(`{"log":%q,"stream":%q,"kubernetes":{"namespace_name":"n","pod_name":"p","container_name":%q}}`+"\n", log, stream, container)
}

// The ledger tells of every line what became of it, and of each container apart.
func TestLedger(t *testing.T) {
	var l Ledger
	for _, line := range []string{
		record("a", "stdout", "0 x"), record("a", "stdout", "2 x"), record("a", "stdout", "1 x"),
		record("a", "stdout", "2 x"), record("a", "stderr", "0 x"), record("b", "stdout", "7 x"),
		"no JSON\n", record("a", "stdout", "no number"),
		strings.Replace(record("a", "stdout", "4 x"), "{", `{"partial":true,`, 1),
	} {
		if row, err := readRow([]byte(line)); err != nil {
			l.Refuse(err)
		} else {
			l.Store(row)
		}
	}
	all, sum := l.Report(map[string]int{"n/p/a stdout": 4, "n/p/a stderr": 2, "n/p/c stdout": 1})
	want := []string{
		"n/p/a stderr 2 lines, 1 lost, 0 repeated, 0 out of order, the first missing is 1",
		"n/p/a stdout 4 lines, 1 lost, 1 repeated, 1 out of order, the first missing is 3",
		"n/p/b stdout 0 lines, 0 lost, 0 repeated, 0 out of order, 1 that nobody wrote",
		"n/p/c stdout 1 lines, 1 lost, 0 repeated, 0 out of order, the first missing is 0",
	}
	for i, f := range all {
		if i >= len(want) || f.String() != want[i] {
			t.Errorf("%v", f)
		}
	}
	if len(all) != len(want) || sum.String() != "7 lines, 3 lost, 1 repeated, 1 out of order, 4 that nobody wrote" {
		t.Errorf("%d findings; %v", len(all), sum)
	}
	if l.Stored() != 9 || l.Strange() == "" {
		t.Errorf("%d stored, strange: %q", l.Stored(), l.Strange())
	}
}

// The books of a scrape and of a log, and that one which is wrong is noticed.
func TestBooks(t *testing.T) {
	metrics := `# TYPE k8slog_records_pending gauge
k8slog_records_received_total 21
k8slog_records_settled_total{fate="delivered"} 4
k8slog_records_settled_total{fate="dead-lettered"} 3
k8slog_records_settled_total{fate="dropped"} 2
k8slog_records_parked 5
k8slog_records_abandoned 6
k8slog_records_pending 1
`
	b, _, err := parse(strings.NewReader(metrics))
	if want := (Books{21, 4, 3, 2, 5, 6, 1}); err != nil || b != want || !b.Balanced() {
		t.Errorf("%+v, %v", b, err)
	}
	if b, _, _ = parse(strings.NewReader(strings.Replace(metrics, "pending 1\n", "pending 2\n", 1))); b.Balanced() {
		t.Errorf("%+v balances", b)
	}
	log := "balance: received 21 = delivered 4 + dead-lettered 3 + dropped 2 + parked 5 + abandoned 6 + pending 1\n"
	if b, found := AtExit(log); !found || b != (Books{21, 4, 3, 2, 5, 6, 1}) {
		t.Errorf("%+v, found %t", b, found)
	}
	log += "balance: received 1 = delivered 1 + dead-lettered 0 + dropped 0 + pending 0\n" +
		"balance: received 10 = delivered 4 + dead-lettered 3 + dropped 2 + pending 1\n"
	if b, found := AtExit(log); !found || b != (Books{10, 4, 3, 2, 0, 0, 1}) {
		t.Errorf("%+v, found %t", b, found)
	}
	if _, found := AtExit("nothing"); found {
		t.Error("found books in nothing")
	}
}
