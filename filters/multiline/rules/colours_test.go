package multiline

import (
	"strings"
	"testing"
)

// What the programs themselves print, with ␛ for the escape: Nest 11 in node
// 20, Python 3.13 with FORCE_COLOR, and Ruby 3.1's full_message(highlight: true).
func TestColours(t *testing.T) {
	sequences := func(text string) string { return sample(strings.ReplaceAll(text, "␛", "\x1b")) }
	ordinary := sequences("␛[32m[Nest] 31341  - ␛[39m11/22/2026, 6:56:09 PM ␛[32m    LOG␛[39m ␛[38;5;3m[NestFactory] ␛[39m␛[32mStarting Nest application...␛[39m")
	warned := sequences("␛[33m[Nest] 31341  - ␛[39m11/22/2026, 6:56:10 PM ␛[33m   WARN␛[39m ␛[38;5;3m[Svc] ␛[39m␛[33mslow␛[39m")
	node := sequences(`␛[31m[Nest] 31341  - ␛[39m11/22/2026, 6:56:10 PM ␛[31m  ERROR␛[39m ␛[38;5;3m[ExceptionsHandler] ␛[39mError: boom in nest
    at A.boom ␛[90m(/app/␛[39mnest.js:3:44␛[90m)␛[39m
    at ␛[90mfile:///app/␛[39mnode_modules/␛[4m@nestjs/core␛[24m/router/router-execution-context.js:61:37
␛[90m    ... 7 lines matching cause stack trace ...␛[39m
    at Layer.handleRequest ␛[90m(/app/␛[39mnode_modules/␛[4mrouter␛[24m/lib/layer.js:169:33␛[90m)␛[39m {
  cause: TypeError: inner
  second line
      at A.boom ␛[90m(/app/␛[39mnest.js:3:79␛[90m)␛[39m
      at next ␛[90m(/app/␛[39mnode_modules/␛[4mrouter␛[24m/lib/route.js:163:13␛[90m)␛[39m
}`)
	stack := sequences(`␛[31m[Nest] 31341  - ␛[39m11/22/2026, 6:56:10 PM ␛[31m  ERROR␛[39m ␛[38;5;3m[Svc] ␛[39m␛[31mfailed to do x␛[39m
Error: stack here
    at /app/nest.js:8:46
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`)
	python := sequences(`Traceback (most recent call last):
  File ␛[35m"/app/c.py"␛[0m, line ␛[35m2␛[0m, in ␛[35m<module>␛[0m
    try: ␛[31mf␛[0m␛[1;31m(1)␛[0m
         ␛[31m~␛[0m␛[1;31m^^^␛[0m
  File ␛[35m"/app/c.py"␛[0m, line ␛[35m1␛[0m, in ␛[35mf␛[0m
    def f(a): return ␛[31ma␛[0m␛[1;31m/␛[0m␛[31m0␛[0m
                     ␛[31m~␛[0m␛[1;31m^␛[0m␛[31m~␛[0m
␛[1;35mZeroDivisionError␛[0m: ␛[35mdivision by zero␛[0m

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File ␛[35m"/app/c.py"␛[0m, line ␛[35m4␛[0m, in ␛[35m<module>␛[0m
    raise RuntimeError("two") from e
␛[1;35mRuntimeError␛[0m: ␛[35mtwo␛[0m`)
	ruby := sequences("/app/h.rb:1:in `f': ␛[1mboom (␛[1;4mRuntimeError␛[m␛[1m)␛[m\n␛[1msecond␛[m\n\tfrom /app/h.rb:2:in `<main>'\n" +
		"/app/h.rb:3:in `Integer': ␛[1minvalid value for Integer(): \"x\" (␛[1;4mArgumentError␛[m␛[1m)␛[m\n\tfrom /app/h.rb:3:in `<main>'")
	alone(t, ordinary, node, warned, stack, ordinary, python, ordinary, ruby, warned, ordinary)
	alone(t, sequences("␛[31mError: red\n    at f (/app/x.js:1:2)␛[39m"), ordinary)
	alone(t, sequences("2026-11-22T10:00:00.000Z\t␛[31merror␛[0m\tapp/main.go:12\tfailed\nmain.run\n\t/app/main.go:12"), ordinary)
	// Nothing of these goes together: they are no errors, or show no frames.
	alone(t, node, sequences("␛[0m"), sequences("␛[31m"), sequences("␛[2K"), sequences("␛[36mat last␛[39m"), sequences("␛["), ruby, sequences("␛[0m"))
}

func BenchmarkColoured(b *testing.B) {
	line := []byte("\x1b[31mError: boom\x1b[39m in `\x1b[1mf\x1b[m'")
	frame := []byte("    at A.boom \x1b[90m(/app/\x1b[39mnest.js:3:44\x1b[90m)\x1b[39m")
	b.ReportAllocs()
	for b.Loop() {
		all.Begin(line, Container).Next(frame)
	}
}
