package multiline

import "bytes"

// Go's format is that of its runtime
// (https://github.com/golang/go/blob/master/src/runtime/traceback.go, panic.go):
//
//	panic: first [recovered]
//	[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x65e316]
//
//	goroutine 1 [running]:
//	main.(*T).f(0x4182fd?, {0x252a7ff2e710?, 0x0?})
//		/app/main.go:4 +0x16
var goRules = table{golang, []rule{
	{"first", Starts(goCrashes...), "goPanic"},
	{goStacks, Starts("goroutine ").Ends("]:").If(numbered), "goFrames"},
	{goStacks, Line("runtime stack:"), "goFrames"},
	{"first", Ends("]:").Has("goroutine ").If(endsGoroutine), "goFrames"},
	// What the runtime tells before the crash.
	{"first", Starts("runtime: goroutine stack exceeds ", "runtime: out of memory", "unexpected fault address "), "goRuntime"},
	{"goRuntime", Starts("runtime: "), "goRuntime"},
	{"goRuntime", Starts("fatal error: "), "goPanic"},
	// net/http and the package log write the panic behind the time.
	{"first", Func(isServingPanic).First(goDate, nil).AsAbove(), "goPanic"},
	{"first", Func(isLoggedPanic).First(goDate, nil).AsAbove(), "mention"},

	{"first", Indented("panic: "), "mention"},
	{"first", Starts("Observed a panic: ", "Recovered from panic", "recovered from panic", "Panic recovered", "panic recovered"), "mention"},

	// Terraform shows how a provider crashed.
	{"first", Starts("Stack trace from the terraform-provider-"), "providerCrash"},
	{"providerCrash", Blank(), "providerCrash"},
	{"providerCrash", Starts(goCrashes...), "goPanic"},
	{"goBlank", Starts("Error: The terraform-provider-"), "closed"},

	{"goPanic", Starts("\t", "[signal ", "runtime: ", "PC=", "signal arrived during "), "goPanic"},
	{"goPanic", Line(""), "goPanicBlank"},
	{"goMessage", Starts("[signal "), "goPanic"},
	{"goPanicBlank goBlank goFrames", Line(""), "goBlank"},
	{"goPanic goPanicBlank goBlank goFrames", Starts("exit status "), "closed"}, // go run
	{"goFrames", Starts("created by ", "non-Go function"), "goCall"},
	{"goFrames", Ends(")").If(isGoCall), "goCall"},
	{"goFrames", Starts("...").Ends("frames elided..."), "goFrames"},
	{"goFrames", Starts("\tgoroutine running on other thread"), "goFrames"},
	{"goCall", Func(isIndented), "goFrames"},
	{"goPanic goPanicBlank goBlank goFrames goRegisters", Func(isGoRegister), "goRegisters"},
	{"goPanic goPanicBlank goMessage", Message(), "goMessage"},
}}

var (
	goCrashes = []string{"panic: ", "fatal error: ", "SIGQUIT: ", "SIGABRT: ", "SIGSEGV: ", "SIGBUS: "}
	goStacks  = mentions + " first goPanic goPanicBlank goBlank goFrames goMessage"
)

func endsGoroutine(line []byte) bool {
	return numbered(line[bytes.LastIndex(line, []byte("goroutine "))+len("goroutine "):])
}

// isServingPanic and isLoggedPanic look behind the time of the package log.
func isServingPanic(kept []byte) bool {
	return shaped(kept, goTime+"http: panic serving ") || shaped(kept, goTime+"http2: panic serving ")
}

func isLoggedPanic(kept []byte) bool { return shaped(kept, goTime+"panic: ") }

const goTime = "####/##/## ##:##:## "

func isIndented(line []byte) bool { return indent(line) > 0 }

// isGoCall says whether a line is a function with its arguments.
func isGoCall(line []byte) bool {
	name := line[:max(0, bytes.IndexByte(line, '('))]
	return alphanumeric(line[0]) && len(word(name)) == len(name) &&
		(bytes.IndexByte(name, '.') > 0 || string(name) == "panic" || has(name, "_cgo"))
}

// isGoRegister says whether a line is one of the registers that follow a
// signal's stacks.
func isGoRegister(line []byte) bool {
	name := word(line)
	value := bytes.TrimLeft(line[len(name):], " \t")
	return len(name) >= 2 && len(name) <= 6 && only(name, "") && has(value, "0x") && only(value, "")
}

// The reports of the race detector
// (https://go.dev/doc/articles/race_detector).
var goRaceRules = table{golang, []rule{
	{"first", Line(raceRule), "goRaceRule"},
	{started + " goRaceRule", Line(raceTitle), "goRace"},
	{"goRace", Line(raceRule), "closed"},
	{"goRace", Line(""), "goRace"},
	{"goRace", Starts("  ", "Location is "), "goRace"},
	{"goRace", Starts("Read at ", "Write at ", "Atomic read at ", "Atomic write at ", "Previous ", "Goroutine ", "Heap block ", "Mutex ").Ends(":"), "goRace"},
}}

const (
	raceRule  = "=================="
	raceTitle = "WARNING: DATA RACE"
)

// What cockroachdb/errors prints with %+v
// (https://github.com/cockroachdb/errors#available-error-leaves).
var cockroachRules = table{golang, []rule{
	{"first " + headers + " " + levels, Starts("(1) ").If(isErrorLayer), "reportFrames"},
	{"reportFrames", Starts("  | ", "  -- stack trace:", "Wraps: (", "Error types: ("), "reportFrames"},
}}

// isErrorLayer looks behind the number of the layer.
func isErrorLayer(text []byte) bool {
	return string(text) == "attached stack trace" || string(text) == "assertion failure" || string(text) == "forced error mark" || has(text, "secondary error attachment") || has(text, "tags: [")
}

// kubectl lists the faults of an object:
//
//	The Deployment "web" is invalid:
//	* spec.selector: Required value
var kubectlRules = table{golang, []rule{
	{"first", Starts("The ").Ends(`" is invalid: `, `" is invalid:`), "kubectl"},
	{"kubectl", Starts("* "), "kubectl"},
}}

// What Gin's recovery writes behind the request and the message
// (https://github.com/gin-gonic/gin/blob/master/recovery.go):
//
//	/app/main.go:12 (0x6f2a4e)
//		main.handle: panic("boom")
var ginRules = table{golang, []rule{
	{"first", Ends(" panic recovered:").Has("[Recovery] "), "ginPanic"},
	{"ginPanic ginMessage ginFrame", Ends(")").Has(" (0x").If(isGinFrame), "ginFrame"},
	{"ginFrame", Starts("\t"), "ginFrame"},
	{"ginFrame", Line("\x1b[0m"), "closed"}, // the colour of the report ends
	{"ginFrame", Blank(), "closed"},
	{"first", Starts("[GIN-debug] [WARNING] "), "ginWarning"},
	{"ginWarning", Starts(" - "), "ginWarning"},
	{"ginPanic ginMessage", Message(), "ginMessage"},
}}

// isGinFrame says whether a line is a place in a file, and an address.
func isGinFrame(line []byte) bool {
	i := bytes.LastIndex(line, []byte(" (0x"))
	if i < 0 {
		return false
	}
	_, ok := unnumbered(line[:i])
	return ok
}

// What chi's recoverer writes of a panic
// (https://github.com/go-chi/chi/blob/master/middleware/recoverer.go): below the
// message the functions and, indented, their places.
//
//	panic: boom
//
//	-> main.handler
//	->   /app/main.go:22
var chiRules = table{golang, []rule{
	{"first", Indented("panic: "), "chiPanic"},
	{"chiPanic chiFrames chiBlank", Blank(), "chiBlank"},
	{"chiPanic chiFrames chiBlank", Starts(" -> ", "    "), "chiFrames"},
	{"goPanicBlank chiFrames", Starts("-> "), "chiFrames"}, // without an indent
	{"chiFrames chiBlank", Starts("   "), "chiFrames"},
}}
