package multiline

import "bytes"

// Go's format is that of its runtime
// (https://github.com/golang/go/blob/master/src/runtime/traceback.go, panic.go):
//
//	panic: first [recovered]
//		panic: second
//	[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x65e316]
//
//	goroutine 1 [running]:
//	main.(*T).f(0x4182fd?, {0x252a7ff2e710?, 0x0?})
//		/app/main.go:4 +0x16
//	created by main.main in goroutine 1
//		/app/main.go:9 +0x2ef
//
//	goroutine 2 [select]:
//	…

// startGo returns the step behind a line that begins what the runtime prints.
func startGo(text []byte) step {
	switch text[0] {
	case 'p', 'f', 'S':
		if crash(text) {
			return goPanic
		}
	case 'g':
		if isGoroutine(text) {
			return goFrames
		}
	case 'W':
		if string(text) == raceTitle {
			return goRace
		}
	}
	return none
}

// crash says whether a line tells why a program ends.
func crash(text []byte) bool {
	return has(text, "panic: ") || has(text, "fatal error: ") ||
		has(text, "SIGQUIT: ") || has(text, "SIGABRT: ") || has(text, "SIGSEGV: ") || has(text, "SIGBUS: ")
}

// explainsCrash says whether the runtime tells what it dies of in a line before
// the crash.
func explainsCrash(text []byte) bool {
	return has(text, "runtime: goroutine stack exceeds ") || has(text, "runtime: out of memory") ||
		has(text, "unexpected fault address ")
}

// isGoroutine says whether a line is the head of a goroutine's stack.
func isGoroutine(line []byte) bool {
	const head = "goroutine "
	return has(line, head) && ends(line, "]:") && digits(line[len(head):]) > 0 || string(line) == "runtime stack:"
}

func afterGoPanic(_ State, line []byte) step {
	switch {
	case has(line, "\t"), has(line, "[signal "), has(line, "runtime: "), has(line, "PC="), has(line, "signal arrived during "):
		return goPanic
	case len(line) == 0:
		return goPanicBlank
	}
	return afterGoBlank(None, line)
}

// afterGoMessage takes what shows that the lines above are of what the program
// died of.
func afterGoMessage(_ State, line []byte) step {
	switch {
	case isGoroutine(line):
		return goFrames
	case has(line, "[signal "):
		return goPanic
	}
	return none
}

// afterGoRuntime takes the crash that the runtime explained before.
func afterGoRuntime(_ State, line []byte) step {
	switch {
	case has(line, "runtime: "):
		return goRuntime
	case has(line, "fatal error: "):
		return goPanic
	}
	return none
}

// afterGoBlank takes what may stand behind a blank line, and that line.
func afterGoBlank(_ State, line []byte) step {
	switch {
	case len(line) == 0:
		return goBlank
	case isGoroutine(line):
		return goFrames
	case has(line, "exit status "):
		return closed // go run
	}
	return afterGoRegister(None, line)
}

func afterGoFrame(_ State, line []byte) step {
	switch {
	case has(line, "created by "), has(line, "non-Go function"), isGoCall(line):
		return goCall
	case has(line, "...") && ends(line, "frames elided..."), has(line, "\tgoroutine running on other thread"):
		return goFrames
	}
	return afterGoBlank(None, line)
}

// isGoCall says whether a line is a function with its arguments:
//
//	net/http.(*conn).serve(0x30c0c5ad2090, {0x77c0b0, 0x30c0c5aca120})
//	main.g[...](...)
//	panic({0x6e22c0?, 0x776610?})
func isGoCall(line []byte) bool {
	if !ends(line, ")") || !alphanumeric(line[0]) {
		return false
	}
	name := line[:max(0, bytes.IndexByte(line, '('))]
	return len(word(name)) == len(name) && (bytes.IndexByte(name, '.') > 0 || string(name) == "panic" || has(name, "_cgo"))
}

func afterGoCall(_ State, line []byte) step {
	if indent(line) > 0 {
		return goFrames
	}
	return none
}

// afterGoRegister takes the registers that follow a signal's stacks.
func afterGoRegister(_ State, line []byte) step {
	name := word(line)
	if len(name) < 2 || len(name) > 6 {
		return none
	}
	for _, c := range name {
		if !alphanumeric(c) {
			return none
		}
	}
	if value := line[len(name):]; has(value[indent(value):], "0x") && len(word(value[indent(value):])) == len(value[indent(value):]) {
		return goRegisters
	}
	return none
}

// afterGoPlain takes the frames that zap and controller-runtime print below a
// line with the level ERROR: without the arguments
// (https://github.com/uber-go/zap/blob/master/internal/stacktrace/stack.go).
func afterGoPlain(_ State, line []byte) step {
	if isGoFunction(line) {
		return goPlainCall
	}
	return none
}

// isGoFunction says whether a line is the full name of a function and no more:
//
//	sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller[...]).Start
func isGoFunction(line []byte) bool {
	dot := false
	for i, c := range line {
		switch c {
		case '.':
			dot = dot || i > 0
		case '/', '(', ')', '*', '[', ']', '-', '~', '%':
		default:
			if !alphanumeric(c) && c < 0x80 {
				return false
			}
		}
	}
	return dot && alphanumeric(line[0]) && alphanumeric(line[len(line)-1]) && line[0]-'0' > 9
}

func afterGoPlainCall(_ State, line []byte) step {
	if has(line, "\t") {
		return goPlain
	}
	return none
}
