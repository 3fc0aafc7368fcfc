package multiline

import "bytes"

// What frameworks of Python write besides tracebacks.
var pythonToolRules = table{python, []rule{
	// Twisted indents a traceback by a tab.
	{mentions + " " + headers, Line("\t" + traceback), "pyStack"},
	{"pyStack", Starts("\t").If(isPyResult), "pyDone"},

	// What Click and argparse tell of wrong arguments.
	{"first", Starts("Usage: ", "usage: "), "usage"},
	{"usage usageMore", Starts("  "), "usageMore"},
	{"usage", Starts("Try '").Ends(" for help."), "usageTry"},
	{"usageTry", Blank(), "usageBlank"},
	{"usageBlank", Starts("Error: ", "╭─ Error "), "closed"},
	{"usage usageMore", Has(": error: ").If(isUnheaded), "closed"},

	// PyTorch shows the traceback of a worker below the exception.
	{pyDones, Line("Original " + traceback), "pyStack"},

	// Celery tells of a task that it does not know
	// (https://docs.celeryq.dev/en/stable/userguide/tasks.html).
	{levels, Starts("The message has been ignored and discarded."), "celeryAhead"},
	{"celeryAhead", Starts("The full contents of the message body"), "celeryHead"},
	{"celeryAhead", Message(), "celeryAhead"},
	{"celeryHead", Func(isUnheaded), "celeryBody"},
	{"celeryBody", Blank(), "celeryBody"},
	{"celeryBody", Starts("The full contents of the message headers:", "The delivery info for this task is:"), "celeryHead"},

	// A message of the logger may be the exception that the traceback is of.
	{"level levelBlank", Func(isHeadline).First(letters, nil), "pyNamed"},
	{"first", Ends("Uncaught app exception", "Uncaught app execution"), "level"}, // of Streamlit

	// Jinja shows the line of a template below the exception.
	{"pyStack", Func(isPyResult).Has("TemplateSyntaxError: ", "TemplateAssertionError: "), "pyTemplate"},
	{"pyTemplate", Starts("  line ", `  File "`), "pyTemplate"},
	{"pyTemplate", Starts("    "), "pyTemplate"},

	// Django's checks (https://docs.djangoproject.com/en/stable/topics/checks/).
	{"first", Ends("System check identified some issues:"), "django"},
	{"pyStack", Func(isPyResult).Has("SystemCheckError: "), "django"},
	{"django djangoRemark", Blank(), "django"},
	{"django", Line("CRITICALS:", "ERRORS:", "WARNINGS:", "INFOS:", "DEBUGS:"), "django"},
	{"django djangoRemark", Has(": (").If(isDjangoRemark), "djangoRemark"},
	{"djangoRemark", Starts("\tHINT: "), "djangoRemark"},
	{"django", Starts("System check identified "), "closed"},
}}

// isDjangoRemark says whether a line is an object, and the number of a check:
// "shop.Order.user: (fields.E304) Reverse accessor …".
func isDjangoRemark(line []byte) bool {
	_, text, _ := bytes.Cut(line, []byte(": ("))
	check, _, found := bytes.Cut(text, []byte(") "))
	dot := bytes.LastIndexByte(check, '.')
	return found && dot > 0 && shaped(check[dot+1:], "?###") && only(check, ".")
}

// IPython, and with it Jupyter and Papermill, show a traceback below a rule
// (https://ipython.readthedocs.io/en/stable/):
//
//	ZeroDivisionError                         Traceback (most recent call last)
//	Cell In[3], line 2
//	----> 2     return 1 / 0
//
//	ZeroDivisionError: division by zero
var jupyterRules = table{python, []rule{
	{"first", Line(jupyterRule), "ipyRule"},
	{"first ipyRule", Ends("  Traceback (most recent call last)").If(isJupyter), "ipy"},
	{"ipy", Blank(), "ipy"},
	{"ipy", Starts("Cell In", "Input In", "In  [", "<ipython-input-", "File ", "/", "~/"), "ipy"},
	{"ipy", Func(isJupyterCode), "ipy"},
	{"ipy", Func(isPyResult), "pyDone"},
}}

const jupyterRule = "---------------------------------------------------------------------------"

func isJupyter(text []byte) bool { return isName(word(text)) }

// isJupyterCode says whether a line is a numbered one of the code, perhaps behind an
// arrow: "----> 2     return 1 / 0".
func isJupyterCode(line []byte) bool {
	text := line[indent(line):]
	if arrow := bytes.TrimLeft(text, "-"); len(arrow) < len(text) {
		if !has(arrow, "> ") {
			return false
		}
		text = arrow[2:]
	} else if len(text) == len(line) {
		return false
	}
	return numbered(text)
}

// pip tells why a package cannot be built
// (https://pip.pypa.io/en/stable/).
var pipRules = table{python, []rule{
	{"first", Line(pipErrors...), "pip"},
	{"first", Indented(pipErrors...), "pip"},
	{"pip", Blank(), "pip"},
	{"pip", Trimmed("× ", "│ ", "╰─> ", "note: ", "hint: "), "pip"},
	{"pip", Starts("      "), "pip"},
}}

var pipErrors = []string{
	"error: subprocess-exited-with-error", "error: metadata-generation-failed", "error: legacy-install-failure", "error: externally-managed-environment",
}

// Spark shows the plan below an error of its analysis.
var sparkPlanRules = table{python, []rule{
	{"pyStack", Func(isPyResult).Ends(";").Has("AnalysisException: "), "pySpark"},
	{"pySpark", Func(isUnheaded), "pyPlan"},
	{"pyPlan", Trimmed("+- ", ":- ", ":  "), "pyPlan"},
	{"pyPlan", Blank(), "closed"},
}}
