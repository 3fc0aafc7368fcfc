package multiline

import "bytes"

// Python's format is that of the module traceback
// (https://docs.python.org/3/library/traceback.html):
//
//	Traceback (most recent call last):
//	  File "/app/x.py", line 3, in f
//	    return a / b
//	           ~~^~~
//	ZeroDivisionError: division by zero
var pythonRules = table{python, []rule{
	{pythonStarted, Starts("  + ").Ends("Group " + traceback), "pyGroup"},
	{pythonStarted + " pyFuture pyLogging", Line(traceback), "pyStack"},
	{"first", Ends(traceback), "pyStack"},
	{levels, Ends(traceback).If(isOneTraceback), "pyStack"},
	{pythonStarted, Func(isRemote).Last(": ", endsRemote), "pyRemote"},

	{levels, Starts("  File \"").Has("\", line "), "pyStack"}, // of Ray, whose headline stands in the logger's line

	// Frames: the file, the code below it, and marks below that. loguru puts
	// blank lines and one ">" between them.
	{"pyStack", Func(isPyCode), "pyStack"},
	{"pyStack", Indented(`File "`, "[Previous line repeated "), "pyStack"},
	{"pyStack", Starts(`> File "`, "> [Previous line repeated "), "pyStack"},
	{"pyStack pyChain", Func(isRemote), "pyRemote"},
	{"pyStack", Func(isPyResult).Has("ApiException: ("), "pyResponse"},  // of Kubernetes' client
	{"pyStack", Func(isPyResult).Ends(" terminated with:"), "pyStatus"}, // of gRPC
	{"pyStack", Func(isPyResult).Ends(":"), "pyStatus"},                 // a list follows
	{"pyStatus", Starts("\t", "  "), "pyStatus"},
	{"pyStatus", Line(">"), "pyDone"},
	{"pyStatus", Starts("py4j.").If(isNotBlank), "thrown"},                                // the trace of py4j
	{"pyStack", Starts("ray.exceptions.", "ray::").Has("ray::").If(isRayTask), "pyStack"}, // the stack of the task follows
	{"pyStack pyChain pyBoxDone", Func(isPyResult), "pyDone"},                             // one that was never raised has no frames

	// Dagster shows the exceptions with a headline behind each, and a stack without one.
	{levels + " first", Starts("dagster.").If(isDagster), "pyChain"},
	{"pyChain pyMessage pyBlank " + pyDones, Line("Stack Trace:"), "pyFile"},
	{"pyFile", Starts(`  File "`, `,  File "`, `, File "`), "pyFile"},
	{"pyFile", Starts("The above exception was caused by the following exception:"), "pyChain"},
	{"pyFile", Starts("The above exception occurred during handling of the following exception:"), "pyChain"},
	{"pyFile", Starts(pyCauses...), "pyChain"},

	// A syntax error that nobody caught has no headline.
	{"first", Starts(`  File "`).Has(`", line `), "pyFile"},
	{"pyFile", Func(isPyCode), "pyFile"},
	{"pyFile", Starts("SyntaxError: ", "IndentationError: ", "TabError: "), "pyDone"},

	// What may stand behind the line of the exception. A program rarely begins
	// a line of its own with spaces.
	{pyDones, Blank(), "pyBlank"},
	{pyDones, Line(`"""`), "pyDone"},
	{pyDones + " pyBlank", Starts("\t", "DETAIL:  ", "HINT:  ", "CONTEXT:  ", "[SQL: ", "[parameters: ", "(Background on this error at"), "pyDone"},
	{pyDones + " pyBlank", Starts("LINE ").If(numbered), "pyDone"},
	{pyDones + " pyBlank", Func(caret), "pyDone"},
	{pyDones + " pyMessage", Starts(`  in "`).Has(`", line `), "pyDone"},     // of YAML
	{pyDones, Starts("connection to server at ").Has(" failed: "), "pyDone"}, // of libpq, for each address
	{pyDones, Starts("    For further information visit "), "pyDone"},        // of pydantic
	{pyDones, Starts("CUDA kernel errors ", "For debugging consider passing CUDA_LAUNCH_BLOCKING", "Compile with `TORCH_USE_CUDA_DSA`"), "pyDone"},
	{pyDones, Starts("Help: https://docs.oracle.com/"), "pyDone"},
	{pyDones, Starts("ORA-").If(numbered), "pyDone"},

	{pyDones + " pyMessage", Starts("  (Session info: ", "  (Driver info: "), "pyDone"}, // of Selenium
	{pyDones, Line("Stacktrace:"), "pyStatus"},
	{"pyStatus", Starts("#").If(numbered), "pyStatus"},
	{"pyBlank pyMessage", Starts("Failed validating ", "On instance", "On schema").Ends(":"), "pyStatus"}, // of jsonschema

	// TensorFlow, and the stack that XGBoost and LightGBM show.
	{"first", Ends(" CPU instructions in performance-critical operations."), "tensorflow"},
	{"tensorflow", Starts("To enable the following instructions: "), "closed"},
	{pyDones, Line("Stack trace:"), "btFrames"},
	{"btFrames", Starts("  [bt] ("), "btFrames"},
	{"btFrames", Blank(), "closed"},

	// What torchrun tells of the processes, between rules.
	{"pyDone", Starts(torchRule), "torchRule"},
	{"torchRule", Ends(" FAILED"), "torchBox"},
	{"torchBox", Starts(torchRule), "closed"},
	{"torchBox", Message(), "torchBox"},
	{pyDones, Line("Call stack:", stackInfo), "pyCalls"},
	{"pyDone", Starts(": ").If(isHeadline), "thrown"}, // py4j's
	{"pyResponse", Starts("Reason: ", "HTTP response headers: ", "HTTP response body: "), "pyResponse"},
	{"pyBlank", Blank(), "pyBlank"},

	{"pyBlank pyMessage " + raised, Starts(pyCauses...), "pyChain"},
	{"pyChain", Blank(), "pyChain"},
	{"pyRemote", Line(`"""`, "'''"), "pyChain"},

	// What SQLAlchemy writes behind a statement, and pydantic behind the name
	// of a field.
	{"pyMessage", Starts("[parameters: ", "(Background on this error at"), "pyDone"},
	{"pyMessage", Starts("DETAIL:  ", "HINT:  ", "CONTEXT:  "), "pyDone"}, // of PostgreSQL, behind a detail of several lines
	{"pyMessage", Line(`"""`), "pyDone"},
	{"pyMessage", Starts("  ").Has(" [type=", " (type="), "pyDone"},
	{pyDones + " pyBlank pyMessage", Message(), "pyMessage"},

	// The tree that an exception group is drawn as. Only the line that closes it
	// has no number.
	{"pyGroupDone", Blank(), "pyBlank"},
	{pyGroups, Starts("  ").If(isGroupEnd), "pyGroupDone"},
	{pyGroups, Starts("  ").If(isGroupLine), "pyGroup"},

	// asyncio tells of what it complained in the line above.
	{levels, Starts("future: <", "task: <", "handle: <", "client_session: <", "connector: <", "connections: [", "client_connection: Connection<"), "pyFuture"},
	{"pyFuture", Starts("connector: <"), "pyFuture"},
}}

// Ray writes who printed a line before each line of a worker
// (https://docs.ray.io/en/latest/ray-observability/user-guides/configure-logging.html):
//
//	(f pid=214) Traceback (most recent call last):
//	(f pid=214)   File "/app/main.py", line 6, in f
//	(f pid=214) ZeroDivisionError: division by zero
var rayRules = table{python, []rule{
	{"first", Starts("(").Ends(") " + traceback).Has(" pid="), "rayStack"},
	{"rayStack", Starts("(").If(isRayCode), "rayStack"},
	{"rayStack", Starts("(").If(isRayResult), "closed"},

	// PyTorch writes the rank.
	{"first", Starts("[rank").Ends("]: " + traceback), "rankStack"},
	{"rankStack", Starts("[rank").If(isRankLine), "rankStack"},
}}

// isOneTraceback says whether a line has no header, and no name of a worker.
func isOneTraceback(line []byte) bool {
	return isUnheaded(line) && !has(line, "[rank") && (!has(line, "(") || !bytes.Contains(line, []byte(" pid=")))
}

// isRankLine looks behind "[rank": the code, or what the exception is.
func isRankLine(text []byte) bool {
	n := digits(text)
	if n == 0 || !has(text[n:], "]:") {
		return false
	}
	text = bytes.TrimPrefix(text[n+len("]:"):], []byte(" "))
	return isPyCode(text) || has(text, "  ") || isPyResult(text) || isOneOf(word(text), "CUDA For Compile The During Traceback")
}

func isRayTask(text []byte) bool {
	return bytes.Contains(text, []byte("() (pid=")) || bytes.Contains(text, []byte("pid="))
}

// printed returns what a worker printed: text is a line without its first byte.
func printed(text []byte) []byte {
	if i := bytes.Index(text, []byte(") ")); i > 0 && bytes.Contains(text[:i], []byte("pid=")) {
		return text[i+2:]
	}
	return nil
}

func isRayCode(text []byte) bool   { return has(printed(text), "  ") }
func isRayResult(text []byte) bool { return isPyResult(printed(text)) }

// rich draws a box around a traceback
// (https://rich.readthedocs.io/en/stable/traceback.html).
var pythonBoxRules = table{python, []rule{
	{"first", Starts("╭─").Has(" Traceback (most recent call last) "), "pyBox"},
	{levels + " pyChain", Trimmed("╭─").Has(" Traceback (most recent call last) "), "pyBox"}, // RichHandler, structlog
	{"first", Starts("+-").Has(" Traceback (most recent call last) "), "pyBox"},              // without UTF-8
	{"pyBox", Starts("| "), "pyBox"},
	{"pyBox", Starts("+-"), "pyBoxDone"},
	{"pyBox", Trimmed("│"), "pyBox"},
	{"pyBox", Trimmed("╰─"), "pyBoxDone"},
	{"pyBoxDone", Indented("").If(isPyResult), "pyDone"},
}}

const torchRule = "=========="

const traceback = "Traceback (most recent call last):"

var (
	pythonStarted = mentions + " first failure pyChain levelAhead listEnd emptyText levelSQL celeryBody pyNamed"
	pyDones       = "pyDone pyResponse pyStatus"
	pyGroups      = "pyGroup pyGroupDone"
	pyCauses      = []string{
		"During handling of the above exception, another exception occurred:",
		"The above exception was the direct cause of the following exception:",
	}
)

// isDagster looks behind "dagster.".
func isDagster(text []byte) bool {
	name := word(text)
	return ends(name, "Error:") && isName(name[:len(name)-1])
}

// isRemote says whether the traceback of another process follows, in quotes:
// multiprocessing's RemoteTraceback, and Celery's ExceptionWithTraceback.
func isRemote(text []byte) bool {
	name := word(text)
	return endsRemote(name) && isName(name[:len(name)-1]) && len(text) <= len(name)+1
}

func endsRemote(text []byte) bool {
	text = bytes.TrimSuffix(text, []byte(" "))
	return ends(text, "RemoteTraceback:") || ends(text, "ExceptionWithTraceback:")
}

func isName(name []byte) bool { return len(name) > 0 && name[0]-'0' > 9 && only(name, ".<>") }

func isPyCode(line []byte) bool {
	n := indent(line)
	return n >= 4 || n == len(line)
}

// isPyResult says whether a line is the exception that ends a traceback: its
// class, and perhaps a message. Python's classes may have any name; but here
// neither that of a level, as logging.basicConfig writes it, nor a bare word in
// lower case.
func isPyResult(line []byte) bool {
	name := word(line)
	if len(name) == 0 {
		return false
	}
	if last := len(name) - 1; name[last] == ':' {
		name = name[:last]
	} else if len(name) < len(line) {
		return false
	}
	return !isLevel(name, false) && isName(name) && (name[0]-'a' >= 26 || bytes.IndexByte(name, '.') > 0)
}

func isGroupLine(line []byte) bool {
	text := line[indent(line):]
	return has(text, "|") || has(text, "+")
}

func isGroupEnd(line []byte) bool {
	text := line[indent(line):]
	return has(text, "+") && len(bytes.Trim(text[1:], "-")) == 0
}
