package multiline

import "testing"

// Of a block every line stands behind a tab, the empty ones too.
var klogBlock = sample("E1122 10:00:00.123456       1 pod_workers.go:190] \"Error syncing pod\" err=<\n" +
	"\tfirst line\n\t\n\t > not the end\n > pod=\"default/a\" out=<\n\tmore\n > n=3")

func TestKlog(t *testing.T) {
	alone(t, klogBlock, klogBlock)
	alone(t, "E1122 10:00:00.123456       1 a.go:1] \"Failed\" err=<\n\tx\n >", "next")
	alone(t, "E1122 10:00:00.123456       1 a.go:1] \"Failed\" err=<", "no block")
	alone(t, "a < b, a =<", "\tindented", " >")
	alone(t, "I1122 10:00:00.123456       1 a.go:1] text", "without a header")
}

// The files of the node's components hold one program's lines.
func TestKlogComponent(t *testing.T) {
	text := "I1122 10:00:00.123456       1 a.go:1] GCE config: {\n  \"a\": 1\n\n}\nFLAG: --v=\"2\""
	for _, line := range []string{
		`{"level":"info","msg":"x"}`, `level=info msg=x`, `time="2026-11-22T10:00:00Z" level=info msg=x`, `ts=1 msg=x`,
		"2026-11-22 10:00:00.123456 I | etcdserver: text", "2026/11/22 10:00:00 text", "Dec 21 23:17:22 host program: text",
		"10:00:00 text", "panic: boom\n\ngoroutine 1 [running]:",
		"fatal error: boom", "22-Nov-2026 10:00:00 text", "[restful] 2026/11/22 10:00:00 log.go:33: text",
	} {
		check(t, all, Component, text, line)
		check(t, all, Component, text, text, line, klogBlock, line, text)
	}
	early := "ERROR: logging before flag.Parse: W1122 10:00:00.123456       1 a.go:1] text"
	check(t, all, Component, text, early, text, early+"\nof two lines", text)
	check(t, all, Component, text+"\n[x] y\n[x]\n[a] b 2026/11/22", text)
	// Its fatal lines print the stacks of all goroutines.
	check(t, all, Component, "F1122 10:00:00.123456       1 a.go:1] boom\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x17", "2026-11-22 10:00:00 next")
	check(t, all, Component, "an ordinary line", "another")
}

func TestKlogExpects(t *testing.T) {
	expects(t, "+E1122 10:00:00.123456       1 a.go:1] \"Failed\" err=<\n+\tx\n+ > out=<\n- >")
	if all.Begin([]byte("I1122 10:00:00.123456       1 a.go:1] text"), Component).Expects() {
		t.Error("a line of a component expects more")
	}
}

func TestDated(t *testing.T) {
	for _, line := range []string{
		"2026-11-22 x", "2026/11/22 x", "[2026-11-22 x", "[22-Nov-2026 x", "22/Nov/2026", "10:00:00 x", "11/22/2026",
		"Jan 1 x", "Feb 1 x", "Mar 1 x", "Apr 1 x", "May 1 x", "Jun 1 x", "Jul 1 x", "Aug 1 x", "Sep 1 x", "Oct 1 x", "Nov 1 x", "Dec 1 x",
	} {
		if !dated([]byte(line)) {
			t.Errorf("%q has no date", line)
		}
	}
	for _, line := range []string{"", "2026", "20260 x", "123-456", "Monday", "Mayor x", "22-Foo-2026", "1:2:3", "[x] 2026-11-22"} {
		if dated([]byte(line)) {
			t.Errorf("%q has a date", line)
		}
	}
	for _, end := range []string{"=<", `=\u003c`, `=\u003C`} {
		if !all.Begin([]byte("E1122 10:00:00.123456 1 a.go:1] x"+end), Container).Expects() {
			t.Errorf("%s opens no block", end)
		}
	}
}
