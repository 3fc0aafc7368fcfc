package multiline

import "bytes"

// What programs print in a form that everybody knows: tables, manifests, requests.
//
//	+----+------+
//	| id | sku  |
//	+----+------+
//	|  1 | A-17 |
//	+----+------+
var documentRules = table{objects, []rule{
	{"first", Starts("+-", "+=").Ends("-+", "=+").If(isTableRule), "tableRule"},
	{"tableRule table", Starts("|").Ends("|"), "table"},
	{"table", Starts("+").If(isTableRule), "table"},

	// A manifest of Kubernetes. Its first line is the same in all of them.
	{"first", Line("---"), "yamlRule"},
	{"yamlRule", Starts("apiVersion: ", "kind: "), "yaml"},
	{"yaml", Starts("  ", "- "), "yaml"},
	{"yaml", Starts("apiVersion: ", "kind: ", "metadata:", "spec:", "data:", "stringData:", "type: ", "rules:", "subjects:", "roleRef:", "webhooks:", "status:"), "yaml"},

	// A request or an answer of HTTP/1, as clients and servers dump them
	// (https://www.rfc-editor.org/rfc/rfc9112).
	{"first", Starts("GET ", "HEAD ", "POST ", "PUT ", "PATCH ", "DELETE ", "OPTIONS ").Ends(" HTTP/1.1", " HTTP/1.0").If(isTarget), "httpHead"},
	{"first", Starts("HTTP/1.1 ", "HTTP/1.0 ", "HTTP/2.0 ").If(numbered), "httpHead"},
	{"httpHead http", Func(isHTTPField), "http"},
	{"http", Blank(), "closed"},
}}

// An error page that a server answered.
var htmlRules = table{tracing, []rule{
	{"first", Ends(htmlStarts...), "htmlHead"},
	{levels + " pyDone", Ends(htmlStarts...).If(isUnheaded), "htmlAhead"},
	{levels + " pyDone", Starts(htmlStarts...).If(isOpenPage), "htmlAhead"},
	{"htmlHead htmlAhead", Has("</html>", "</HTML>"), "closed"},
	{"htmlHead htmlAhead", Message(), "htmlAhead"},
}}

var htmlStarts = []string{"<html>", "<HTML>", "<!DOCTYPE html>", "<!doctype html>", "<!DOCTYPE HTML>"}

// isOpenPage says whether a page does not end in its first line.
func isOpenPage(text []byte) bool { return !bytes.Contains(text, []byte("</html>")) }

// isTableRule says whether a line is drawn with dashes alone.
func isTableRule(line []byte) bool { return len(line) > 3 && len(bytes.Trim(line, "+-=")) == 0 }

// isTarget looks behind the method: a target and the version.
func isTarget(text []byte) bool {
	return (has(text, "/") || has(text, "http")) && bytes.Count(text, []byte(" ")) == 1
}

// isHTTPField says whether a line is a field of HTTP: "Content-Type: text/plain".
func isHTTPField(line []byte) bool {
	name, _, found := bytes.Cut(line[:min(len(line), headerWindow)], []byte(":"))
	return found && len(name) > 1 && only(name, "-") && alphanumeric(name[0]) && !logged(line)
}

// HashiCorp's servers show their configuration at the start, aligned by the colons:
//
//	==> Vault server configuration:
//
//	             Api Address: http://10.0.0.4:8200
var hashicorpRules = table{objects, []rule{
	{"first", Starts("==> ").Ends(" configuration:", "Starting Consul agent...", "Starting Nomad agent..."), "hashiHead"},
	{"hashiHead hashi", Starts("  ").Has(": "), "hashi"},
	{"hashiHead", Blank(), "hashiHead"},
	{"hashiHead", Starts("Administrative Namespace: "), "hashi"},
	{"hashi", Blank(), "closed"},
	{"first", Starts("==> ").Ends("Log data will stream in below:"), "hashiHead"},
}}

// Helm tells which values a schema refuses.
var helmRules = table{golang, []rule{
	{"first", Starts("Error: ", "error: ").Ends(":").AsAbove(), "helmHead"},
	{"helmHead helm", Starts("- ", "* ", "  - ", "\t* "), "helm"},
	{"helmHead helm", Ends(":").If(isChart), "helm"},
	// Errors in a paragraph of their own.
	{"first", Ends("error(s):", " following errors:", " following error:"), "errorsHead"},
	{"helmHead errorsHead", Blank(), "errorsBlank"},
	{"errorsBlank", Message(), "errorsText"},
	{"errorsText", Starts("* ", "  ", "\t").If(isNotBlank), "errorsText"},
}}

// isChart says whether a line is the name of a chart, and a colon.
func isChart(line []byte) bool { return only(line[:len(line)-1], "-.") && alphanumeric(line[0]) }

// Prisma shows an error of a query with its place, or tells what to do, in paragraphs.
var prismaRules = table{node, []rule{
	{"first", Line("prisma:error", "prisma:error ", "prisma:warn", "prisma:warn "), "prismaHead"},
	{"first", Starts("Invalid `").Ends("invocation:", "invocation in"), "prismaMention"}, // an exception's message begins so
	{"prismaHead", Starts("Invalid `").Ends("invocation:", "invocation in"), "prisma"},
	{"prismaMention prisma", Blank(), "prisma"},
	{"prismaMention prisma", Starts("/", "  ", "→ "), "prisma"},
	{"prisma", Func(isUnheaded), "prismaText"},
	{"prismaText", Blank(), "prismaBlank"},
	{"prismaBlank", Starts("Please make sure your database server is running "), "closed"},
}}

// Dask tells of a task that failed.
var daskRules = table{python, []rule{
	{levels, Starts("Key:       "), "dask"},
	{"dask", Starts("State:     ", "Task:  ", "Function:  ", "args:      ", "kwargs:    ", "Exception: ", "Traceback: "), "dask"},
	{"dask", Blank(), "closed"},
}}

// Clojure's loggers align a trace by its columns, and show the data of an exception below
// it (https://github.com/AvisoNovate/pretty).
var prettyRules = table{java, []rule{
	{levels + " pretty", Starts("      ").If(isPrettyFrame), "pretty"},
	{"pretty", Func(isPackagedHeadline).First(letters, nil), "prettyHead"},
	{"prettyHead", Starts("    ").If(isField), "prettyHead"},
	{"prettyHead", Starts("      ").If(isPrettyFrame), "pretty"},
}}

// isPrettyFrame says whether a text ends with a file, a colon, and the aligned number of a
// line: "shop.core/handle/fn   core.clj:   42".
func isPrettyFrame(text []byte) bool {
	place := bytes.TrimRight(text, tenDigits)
	if len(place) == len(text) {
		return false
	}
	file, found := bytes.CutSuffix(bytes.TrimRight(place, " "), []byte(":"))
	return found && (ends(file, ".clj") || ends(file, ".cljc") || ends(file, ".java")) && bytes.Contains(file, []byte("  "))
}
