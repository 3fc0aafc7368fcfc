package multiline

import "bytes"

// Some programs indent all lines of a message but the first, which has a form of
// its own. A block may have blank lines in it.

// Tornado, and with it Jupyter
// (https://www.tornadoweb.org/en/stable/log.html):
//
//	[E 261122 10:00:00 web:1871] Uncaught exception GET / (10.0.0.1)
//	    Traceback (most recent call last):
var tornadoRules = table{python, []rule{
	{"first", Starts("[E ", "[W ", "[C ").If(isTornado), "block4"},
	{"block4", Starts("    "), "block4"},
}}

// go test shows what a test wrote below its name
// (https://pkg.go.dev/cmd/go#hdr-Test_packages).
var goTestRules = table{golang, []rule{
	{"first", Starts("--- FAIL: ").Ends("s)"), "block4"},
	{"block4", Starts("    "), "block4"},
}}

// Jest, and Pulumi's diagnostics
// (https://jestjs.io/docs/getting-started, https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/).
var blockRules = table{node, []rule{
	{"first", Starts("  ● ").If(isNotBlank), "block4"},
	{"block4 block4Blank", Starts("    "), "block4"},
	{"block4 block4Blank", Blank(), "block4Blank"},

	{"first", Line("Diagnostics:"), "diagnostics"},
	{"diagnostics", Starts("  ").Ends("):").If(isResource), "block2"},
	{"block2", Starts("    "), "block2"},
	{"block2 block2Blank", Starts("  ").Ends("):").If(isResource), "block2"},
	{"block2", Blank(), "block2Blank"},
}}

// Ansible's results, as its YAML callback shows them.
var ansibleRules = table{python, []rule{
	{"first", Starts("fatal: [", "failed: [").Has(" => changed="), "block2"},
	{"block2", Starts("  "), "block2"},
}}

// isTornado looks behind the letter of the level: a date follows.
func isTornado(text []byte) bool {
	return shaped(text, "###### ##:##:## ") || shaped(text, "####-##-## ##:##:##.### ")
}

// isResource says whether a line names a resource of Pulumi: "pulumi:pulumi:Stack (a-dev):".
func isResource(text []byte) bool {
	return indent(text) == 0 && bytes.IndexByte(word(text), ':') > 0 && bytes.Contains(text, []byte(" ("))
}
