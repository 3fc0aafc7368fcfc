package multiline

import "bytes"

// The reports of the sanitizers
// (https://github.com/google/sanitizers/wiki/AddressSanitizer):
//
//	==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010
//	    #0 0x55d8f0a3c1b1 in main /src/a.cc:5:10
//	SUMMARY: AddressSanitizer: heap-use-after-free /src/a.cc:5:10 in main
var sanitizerRules = table{cpp, []rule{
	{"first", Starts("=====").If(isSanitizerRule), "asanRule"},
	{"first", Line("AddressSanitizer:DEADLYSIGNAL", "UndefinedBehaviorSanitizer:DEADLYSIGNAL", "ThreadSanitizer:DEADLYSIGNAL"), "asanSignal"},
	{"asanSignal", Starts("=====").If(isSanitizerRule), "asanRule"},
	{"first asanRule asanSignal", Starts("==").Has("Sanitizer: ", "Sanitizer:DEADLYSIGNAL"), "asan"},
	{"first asanRule", Starts("WARNING: ThreadSanitizer: ", "WARNING: MemorySanitizer: "), "asan"},
	{"first", Starts("/").Has(": runtime error: ").First("/", isUndefined), "ubsan"},
	{"ubsan", Starts("    #").If(numbered), "ubsan"},
	{"ubsan", Starts("SUMMARY: "), "closed"},

	{"asan asanMessage", Starts("SUMMARY: "), "asanEnd"},
	{"asan asanMessage", Starts(" ", "==", "READ of ", "WRITE of ", "0x", "freed by ", "previously allocated ", "allocated by ", "Thread T", "Address 0x",
		"Direct leak ", "Indirect leak ", "HINT: ", "Hint: ", "AddressSanitizer can not "), "asan"},
	{"asan", Blank(), "asan"},
	{"asan asanMessage", Message(), "asanMessage"},
	{"asanEnd", Starts("Shadow bytes ", "Shadow byte legend", "  ", "=>0x"), "asanEnd"},
	{"asanEnd", Ends("==ABORTING"), "closed"},
	{"asanEnd", Line("Exiting"), "closed"},
	{"asanEnd", Starts("=====").If(isSanitizerRule), "closed"},
}}

// What the libraries of C++ print when a program ends by an exception or a signal
// (https://github.com/google/glog/blob/master/src/signalhandler.cc):
//
//	*** Aborted at 1763805600 (unix time) try "date -d @1763805600" if you are using GNU date ***
//	PC: @     0x55d8f0a3c1b1 shop::Load()
//	*** SIGSEGV (@0x0) received by PID 1 (TID 0x7f3c6a0d1d80) from PID 0; stack trace: ***
//	    @     0x7f3c6a0e1520 (unknown)
var nativeRules = table{cpp, []rule{
	{"first", Starts("terminate called "), "cppTerminate"},
	{"cppTerminate", Starts("  what(): "), "closed"},
	{"first", Starts("*** Aborted at ", "*** SIG"), "reportFrames"},

	// Ceph.
	{"first", Starts("*** Caught signal ("), "report"},
	{"first", Starts("/").Has(": In function '"), "reportMaybe"},
	{reports, Has(": FAILED ceph_assert", ": FAILED assert(", ": ceph_abort"), "reportFrames"},
	{reports, Starts(" ceph version "), "reportFrames"},
	{"reportFrames", Starts(" ").If(isCephFrame), "reportFrames"},
	{"reportFrames", Starts(" NOTE: a copy of the executable"), "closed"},

	{"reportFrames", Starts("*** SIG", "PC: @"), "reportFrames"},
	{levels, Starts("*** Check failure stack trace: ***"), "reportFrames"},
	{"reportFrames", Indented("@ "), "reportFrames"},
}}

// isCephFrame says whether a text is a number and a place: "1: (OSD::f()+0x12) [0x55d1]".
func isCephFrame(text []byte) bool {
	n := digits(text)
	return n > 0 && has(text[n:], ": ") && ends(text, "]")
}

func isSanitizerRule(text []byte) bool { return len(bytes.Trim(text, "=")) == 0 }

func isUndefined(kept []byte) bool { return bytes.Contains(kept, []byte(": runtime error: ")) }
