package multiline

import "testing"

var goPanicked = sample(`panic: runtime error: invalid memory address or nil pointer dereference [recovered, repanicked]
	panic: second
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x65e316]

goroutine 1 [running]:
main.(*T).f(0x4182fd?, 0x0?, {0x252a7ff2e710?, 0x0?})
	/app/main.go:4 +0x16
panic({0x6e22c0?, 0x776610?})
	/usr/local/go/src/runtime/panic.go:860 +0x13a
main.main.g[...].func6(...)
	/app/main.go:19
...additional frames elided...
created by main.main in goroutine 1
	/app/main.go:13 +0x2ef

goroutine 5 gp=0x121525d24780 m=nil [chan receive, 10 minutes, locked to thread]:
runtime.gopark(0x0?, 0x0?, 0x0?, 0x0?, 0x0?)
	/usr/local/go/src/runtime/proc.go:462 +0xce fp=0x121525d58fa8 sp=0x121525d58f88 pc=0x476b2e
runtime.goexit({})
	/usr/local/go/src/runtime/asm_amd64.s:1771 +0x1
exit status 2`)

func TestGo(t *testing.T) {
	alone(t, goPanicked, goPanicked)
	alone(t, sample("panic: a\n\tb\n\tc\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:8 +0x27c"), "next")
	alone(t, sample(`fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
	/app/main.go:8 +0x27c
`))
	alone(t, sample(`runtime: goroutine stack exceeds 1000000000-byte limit
runtime: sp=0x35458f9f0388 stack=[0x35458f9f0000, 0x3545af9f0000]
fatal error: stack overflow

runtime stack:
runtime.throw({0x758b1c?, 0x35456f9861e0?})
	/usr/local/go/src/runtime/panic.go:1229 +0x48 fp=0x7f2d71ffbd20 sp=0x7f2d71ffbcf0 pc=0x482f48

goroutine 1 gp=0x35456f9061e0 m=5 mp=0x35456f982008 [running]:
main.rec(0x2aaaa47?)
	/app/main.go:5 +0x2b
...1000000 frames elided...
main.main()
	/app/main.go:5 +0x17`))
	alone(t, sample(`SIGQUIT: quit
PC=0x40816e m=0 sigcode=0

goroutine 0 gp=0x5471c0 m=0 mp=0x547f80 [idle]:
runtime.mcall()
	/usr/local/go/src/runtime/asm_amd64.s:496 +0x55

rax    0xfffffffffffffffc
r8     0x0
rflags 0x246
gs     0x0`))
	alone(t, sample(`2026/11/22 14:15:34 http: panic serving 127.0.0.1:51708: in handler
goroutine 5 [running]:
net/http.(*conn).serve.func1()
	/usr/local/go/src/net/http/server.go:1897 +0xbd
created by net/http.(*Server).Serve in goroutine 21
	/usr/local/go/src/net/http/server.go:3464 +0x485`), "2026/11/22 14:15:34 next")
	alone(t, sample("2026/11/22 14:15:34 panic: boom\ngoroutine 5 [running]:\nmain.main()\n\t/app/main.go:5 +0x17"))
	alone(t, sample("recovered boom, goroutine 5 [running]:\nmain.main()\n\t/app/main.go:5 +0x17"))
	alone(t, sample("E1122 10:00:00.000000       1 runtime.go:79] Observed a panic: \"boom\"\ngoroutine 5 [running]:\nmain.main()\n\t/app/main.go:5 +0x17"))
	alone(t, "2026/11/22 14:15:34 panic: boom", "the log goes on")
	alone(t, "goroutine 12 is busy", "main.main()", "\tindented")
}

// zap, and controller-runtime with it, print frames without arguments.
func TestZap(t *testing.T) {
	alone(t, sample(`2026-11-22T10:00:00Z	ERROR	Reconciler error	{"controller": "pod", "error": "boom"}
sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller[...]).reconcileHandler
	/go/pkg/mod/sigs.k8s.io/controller-runtime@v0.19.0/pkg/internal/controller/controller.go:316
main.main
	/app/main.go:10
runtime.goexit
	/usr/local/go/src/runtime/asm_amd64.s:1700`), "done", "2026-11-22T10:00:00Z	INFO	next")
	alone(t, "2026-11-22T10:00:00Z\tERROR\tfailed", "see the file x.y")
	stack := "\nmain.run\n\t/app/main.go:10\nmain.main\n\t/app/main.go:5"
	for _, level := range []string{"ERROR", "error", "WARN", "warn", "DPANIC", "dpanic", "panic", "fatal", "\x1b[31mERROR\x1b[0m", "\x1b[33mwarn\x1b[0m"} {
		for _, time := range []string{"2026-11-22T10:00:00.000Z", "2026-11-22T10:00:00.000+0100", "1.7637912e+09", "1.763791200123456e+09"} {
			alone(t, sample(time+"\t"+level+"\tapp/main.go:10\tfailed\t{\"id\": 7}"+stack), time+"\tinfo\tnext")
		}
	}
	for _, line := range []string{"2026-11-22T10:00:00.000Z\tinfo\tapp/main.go:10\tnext", "2026-11-22T10:00:00.000Z\terrors\tapp/main.go:10\tnext", "2026-11-22T10:00:00.000Z error app/main.go:10\tnext"} {
		alone(t, sample(line+"\nmain.run\n\t/app/main.go:10"))
		alone(t, line, "main.run", "\tx")
	}
}

func TestGoExpects(t *testing.T) {
	expects(t, `+panic: boom
+
+goroutine 1 [running]:
+main.main()
+	/app/main.go:5 +0x17
-exit status 2`)
	expects(t, "-E1122 10:00:00.000000       1 runtime.go:79] Observed a panic\n+goroutine 5 [running]:")
}

func TestGoVariants(t *testing.T) {
	stack := "\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x17"
	for _, first := range []string{
		"SIGQUIT: quit", "SIGABRT: abort", "SIGSEGV: segmentation violation", "SIGBUS: bus error",
		"runtime: out of memory: cannot allocate 8192-byte block\nfatal error: out of memory",
		"unexpected fault address 0x0\nfatal error: fault\n[signal SIGSEGV: segmentation violation code=0x80 addr=0x0 pc=0x65e316]",
		"fatal error: unexpected signal\nruntime: x\nPC=0x40816e m=0 sigcode=0\nsignal arrived during cgo execution",
	} {
		alone(t, sample(first+stack), "next")
	}
	for _, frame := range []string{
		"non-Go function\n\tpc=0x40816e", "_cgoexp_0123_f(0x1)\n\t_cgo_gotypes.go:50 +0x1", "panic({0x1, 0x2})\n\t/x.go:1", "...23 frames elided...",
		"\tgoroutine running on other thread; stack unavailable", "created by a.b\n\t/x.go:1",
	} {
		alone(t, sample("goroutine 1 [running]:\n"+frame+"\nmain.main()\n\t/app/main.go:5"), "finished(ok)")
	}
	alone(t, "2026/11/22 14:15:34 http: panic serving 127.0.0.1:51708: in handler", "2026/11/22 next")
	alone(t, "the fault is unexpected", "fatal errors", "panics: x", "SIGHUP: reload", "runtime: 3 s")
	expects(t, "+runtime: out of memory\n+fatal error: out of memory\n+\n+goroutine 1 [running]:\n+main.main()\n+\t/x.go:3\n+\n-rax    0x0")
	expects(t, "-2026-11-22T10:00:00Z\tERROR\tx\n+main.main\n+\t/x.go:3")
}

// The race detector's reports.
func TestGoRace(t *testing.T) {
	report := `==================
WARNING: DATA RACE
Write at 0x00c0000b4018 by goroutine 7:
  main.main.func1()
      /app/main.go:9 +0x44

Previous read at 0x00c0000b4018 by main goroutine:
  main.main()
      /app/main.go:12 +0x8e

Location is global 'main.n' of size 8 at 0x0000005f2a40 (main+0x5f2a40)

Goroutine 7 (running) created at:
  main.main()
      /app/main.go:8 +0x7a
==================`
	alone(t, sample(report), report, "Found 1 data race(s)")
	alone(t, sample(report[len(raceRule)+1:]), "next")
	alone(t, raceRule, "next", raceRule, raceRule)
	expects(t, "-"+raceRule+"\n+"+raceTitle+"\n+Read at 0x0 by goroutine 7:\n+  main.f()\n-"+raceRule)
}

// Gin's recovery, in debug mode and out of it.
func TestGin(t *testing.T) {
	frames := `
/app/main.go:12 (0x6f2a4e)
	main.handle: panic("boom")
/go/pkg/mod/github.com/gin-gonic/gin@v1.10.0/context.go:185 (0x6e9d0d)
	(*Context).Next: c.handlers[c.index](c)
/usr/local/go/src/runtime/asm_amd64.s:1700 (0x47f1a0)
	goexit: BYTE	$0x90	// NOP`
	head := "\x1b[31m2026/11/22 10:00:00 [Recovery] 2026/11/22 - 10:00:00 panic recovered:"
	next := "[GIN] 2026/11/22 - 10:00:00 | 500 |    1.2ms | 10.0.0.1 | GET \"/\""
	alone(t, "", sample(head+`
GET /items HTTP/1.1
Host: localhost:8080
Accept: */*
User-Agent: curl/8.0


runtime error: index out of range [3] with length 3`+frames+"\n\x1b[0m"), next)
	alone(t, sample("2026/11/22 10:00:00 [Recovery] 2026/11/22 - 10:00:00 panic recovered:\nboom"+frames), next)
	alone(t, head, "boom", next)
	alone(t, head, "boom", "", "main.go:12 (x)", "f (0x12)")
	alone(t, "worker 3: panic recovered:", "/app/main.go:12 (0x6f2a4e)")
	expects(t, "+"+head+"\n-boom\n+/app/main.go:12 (0x6f2a4e)\n+\tmain.handle: panic()\n-\x1b[0m")
}

// What a program dies of may have lines of its own.
func TestGoMessages(t *testing.T) {
	stack := "\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x17"
	alone(t, sample("panic: a\nb\nc"+stack), sample("fatal error: concurrent map writes"+stack), "next")
	alone(t, sample("panic: template: a.html:3: unexpected\n\n  {{ x }}\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x65e316]"+stack))
	alone(t, sample("2026/11/22 14:15:34 http2: panic serving 127.0.0.1:51708: in handler\ngoroutine 5 [running]:\nmain.main()\n\t/app/main.go:5 +0x17"))
	for _, line := range logLines {
		if !hard(line) {
			check(t, all, Container, "panic: a\nb\n"+line+"\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x17")
			continue
		}
		check(t, all, Container, "panic: a", "b", line, "goroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x17")
	}
	alone(t, "fatal error: x.h: No such file or directory", "compilation terminated.", "make: *** [Makefile:3: a] Error 1")
}

// A line may have the words of a frame of Gin, and no address.
func TestPlaceWithoutAddress(t *testing.T) {
	for _, head := range []string{"2026-11-22 10:00:00 ERROR failed", "2026/11/22 10:00:00 failed", "*errors.errorString boom"} {
		alone(t, head, "see /app/main.go:12 (retrying)", head, "main.go:12: f()", "next")
	}
}
