package multiline

// Many runtimes report a failure in one way: a headline that little else begins
// with, perhaps a message, and lines of which each has a form that only such a
// report has.
//
//	Fatal error: exception Failure("boom")
//	Raised at Stdlib.failwith in file "stdlib.ml", line 29, characters 17-33
//
// As no two runtimes have a form in common, their tables share these states. A
// table has rules that lead to "report" or "reportMaybe" (weakStates) over its
// headlines, and from reports to "reportFrames" over its other lines.
var reportRules = table{every, []rule{
	{"report reportMaybe reportAhead", Message(), "reportAhead"},
	{"reportFrames reportBlank", Blank(), "reportBlank"},
}}

const reports = "report reportMaybe reportAhead reportFrames reportBlank"
