package multiline

import "testing"

// What node 20 printed when its heap was full.
func TestNodeFatal(t *testing.T) {
	report := `FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0xb78db3 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [/usr/bin/node]
 4: 0x10fb205  [/usr/bin/node]
16: 0x195e476  [/usr/bin/node]`
	heap := sample(`<--- Last few GCs --->

[16493:0x40505e20]       92 ms: Mark-Compact 30.0 (46.9) -> 30.0 (62.9) MB, 8.08 / 0.00 ms  (average mu = 0.480, current mu = 0.435) allocation failure; scavenge might not succeed
[16493:0x40505e20]      112 ms: Mark-Compact 30.0 (46.9) -> 30.0 (62.9) MB, 8.08 / 0.00 ms  (average mu = 0.480, current mu = 0.435) allocation failure; scavenge might not succeed


<--- JS stacktrace --->

` + report)
	alone(t, "", heap, "next", sample(report), "Aborted (core dumped)", heap)
	alone(t, "2026-11-22 10:00:00 ERROR failed", "<--- Last few GCs --->", "next", "2026-11-22 10:00:00 ERROR failed", report, "17: items", " 1: 0xb78db3")
	alone(t, "FATAL ERROR: no", "----- Native stack trace ----- ", " 1: 0xb78db3", "<--- JS stacktrace --->", "[7:0x1] 3 ms: no")
}
