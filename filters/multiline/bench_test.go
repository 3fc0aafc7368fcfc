package multiline

import (
	"bytes"
	"testing"
)

var lines = []struct{ name, text string }{
	{"access", `10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] \"GET /items/1?a=b HTTP/1.1\" 200 612 \"-\" \"curl/8.0.1\"`},
	{"browser", ordinary[0]},
	{"text", "worker 3 finished a job in 12 ms"},
	{"dated", "2026-11-22 10:00:00.123 [main] INFO  com.example.service.OrderService - order 4711 was accepted"},
	{"colons", "2026-11-22T10:00:00.123Z a: b: c: d=10:20:30: took 12ms: path=/a:b: ratio 1:2: done, next at 10:00:05"},
	{"json", `{\"level\":\"info\",\"ts\":\"2026-11-22T10:00:00Z\",\"msg\":\"request handled\",\"status\":200}`},
	{"logfmt", `time=\"2026-11-22T10:00:00Z\" level=info msg=\"request handled\" status=200 path=/items/1`},
	{"klog", `I1122 10:00:00.123456       1 proxier.go:345] \"Removing service port\" portName=\"default/a\"`},
	{"error", "2026-11-22 10:00:00.123 [main] ERROR com.example.service.OrderService - order 4711 was refused"},
	{"headline", "java.lang.IllegalStateException: boom"},
}

func BenchmarkBegin(b *testing.B) {
	for _, line := range lines {
		b.Run(line.name, func(b *testing.B) { begin(b, all, line.text) })
	}
}

func BenchmarkBeginKlogOnly(b *testing.B) {
	for _, line := range []int{0, 7} {
		b.Run(lines[line].name, func(b *testing.B) { begin(b, klogs, lines[line].text) })
	}
}

func begin(b *testing.B, s Set, text string) {
	line := []byte(text)
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	begun := 0
	for b.Loop() {
		if begins, _ := s.Begins(line, Container); begins {
			begun++
		}
	}
	if begun > b.N {
		b.Error(begun)
	}
}

// BenchmarkTrace reads a trace of Java, line by line.
func BenchmarkTrace(b *testing.B) {
	lines := bytes.Split([]byte(javaCause), []byte("\n"))
	b.ReportAllocs()
	for b.Loop() {
		state := all.Begin(lines[0], Container)
		for _, line := range lines[1:] {
			state = state.Next(line)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	state := all.Begin([]byte("java.lang.IllegalStateException: boom"), Container)
	frame := []byte("\tat com.example.service.OrderService.accept(OrderService.java:123) ~[app.jar!/:1.0]")
	b.ReportAllocs()
	for b.Loop() {
		state.Next(frame)
	}
}
