package multiline

import "testing"

// What a program prints behind a trace of one of these languages stands alone.
func TestForeignLines(t *testing.T) {
	for _, text := range []string{
		"thread 'main' panicked at src/main.rs:4:5:\nboom",
		"thread 'main' panicked at src/main.rs:4:5:\nboom\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
		"Unhandled exception:\nboom\n#0      main (file:///app/bin/server.dart:7:7)",
		"boom at /app/x.pl line 3.\n\tmain::f() called at /app/x.pl line 9",
		"** (RuntimeError) boom\n    shop.exs:2: Shop.div/2",
		"Fatal error: boom: file a.swift, line 3\nCurrent stack trace:\n0    libswiftCore.so                    0x00007f0c2a1b0d70 f + 115",
		"Error in f(1) : boom\nCalls: main -> f",
		"terminate called after throwing an instance of 'std::runtime_error'\n  what():  boom",
		"*** SIGSEGV (@0x0) received by PID 1 (TID 0x7f3c6a0d1d80) from PID 0; stack trace: ***\n    @     0x7f3c6a0e1520 (unknown)",
		"Get-Item : x\nAt line:1 char:1\n+ Get-Item x\n    + CategoryInfo          : x",
		"Fatal error: exception Failure(\"boom\")\nCalled from Dune__exe__Main in file \"bin/main.ml\", line 3, characters 9-21",
		"lua: a.lua:3: boom\nstack traceback:\n\ta.lua:3: in main chunk",
		"ERROR: boom\nStacktrace:\n [1] f()\n   @ Main /app/x.jl:2",
		"Unhandled exception: boom (Exception)\n  from app.cr:3:3 in '__crystal_main'",
		"/app/x.nim(5)            f\nError: unhandled exception: boom [IndexDefect]",
		"2026-11-22 10:00:00.123 UTC [73] STATEMENT:  select *\n\tfrom x",
	} {
		alone(t, sample(text), "next", "12 jobs are done", "  an indented line", "In the end", "[a] b", text, "  - a list", "/app/x is there")
	}
	// Nor does any of the first lines take what does not belong to it.
	for _, line := range []string{
		"thread 'main' is busy", "Unhandled exception: boom", "Fatal error: boom", "Error in f(1) : boom", "terminate called after throwing an instance of 'x'",
		"Get-Item : x", "Get-Item: x", "lua: boom", "ERROR: boom", "2026-11-22 10:00:00.123 UTC [73] STATEMENT:  select *", "boom at /app/x.pl line 3.",
		"==================================", "*** SIGSEGV", "Line |", "╷", "┌─",
	} {
		alone(t, line, "next", line, "12 jobs are done", line, "  indented", line, "/app/x is there")
	}
}
