package multiline

import "bytes"

// What libraries of Go make of an error.
var goToolRules = table{golang, []rule{
	// hashicorp/go-multierror, and the errors of package yaml.
	{"first", Ends(" error occurred:", " errors occurred:"), "items"},
	{"goPanic", Ends(" error occurred:", " errors occurred:"), "goPanic"},
	{"items", Starts("\t* "), "items"},
	{"first", Ends("yaml: unmarshal errors:"), "items"},
	{"items", Starts("  line ").If(numbered), "items"},
	{"items", Line(""), "itemsEnd"},
	{"itemsEnd", Line(`"`), "closed"}, // a logger quotes the error

	// hashicorp/go-hclog shows a value of several lines below its key.
	{levels, Starts("  ").Ends("=").If(isHclogKey), "hclog"},
	{"hclog", Starts("  | ", "  |"), "hclog"},
	{"hclog", Starts("   ").If(isHclogKey), "hclog"},

	// gorm writes the statement below the place
	// (https://gorm.io/docs/logger.html).
	{"first", Func(isGorm).First(goDate, nil).AsAbove(), "gorm"},
	{"gorm", Starts("[").Has("ms] [rows:"), "gorm"},

	// go-errors/errors, and others that show the code as Gin does.
	{"first", Starts("*errors.", "*fmt.wrapError "), "goError"},
	{"goError " + headers + " " + levels, Ends(")").Has(".go:").If(isGinFrame), "ginFrame"},

	// MinIO tells of a request, and where it failed.
	{"first", Starts("API: ").Ends(")"), "reportMaybe"},
	{"reportMaybe", Starts("Time: "), "report"},
	{"reportAhead", Starts("      ").Has(".go:").If(isMinioFrame), "reportFrames"},
	{"reportFrames", Starts("      ").Has(".go:").If(isMinioFrame), "reportFrames"},

	// The compiler.
	{"first", Starts("# ").If(isPackage), "goBuild"},
	{"goBuild goBuilt", Has(".go:").If(isGoFault), "goBuilt"},
	{"goBuilt", Starts("\t"), "goBuilt"},
	{"goBuilt", Line("too many errors"), "closed"},

	// The clients of Azure and of Google Cloud.
	{"first", Ends("Credential: failed to acquire a token."), "azure"},
	{"azure", Line("Attempted credentials:"), "azure"},
	{"azure", Starts("\t").Has("Credential: "), "azure"},
	{"first", Func(isGoogleAPI).First(goDate+"g", nil).Words("googleapi: Error "), "googleapi"},
	{"googleapi", Line("Details:"), "googleDetails"},
	{"googleDetails", Line("["), "googleDetails"},
	{"googleDetails", Starts("  "), "googleDetails"},
	{"googleDetails", Line("]"), "googleEnd"},
	{"googleEnd", Starts(", "), "closed"},
}}

// The AWS SDK for Go, version 1, writes the request and the cause below an error
// (https://docs.aws.amazon.com/sdk-for-go/api/aws/awserr/).
var awsRules = table{golang, []rule{
	{"first", Func(isAWSError).First(goDate, nil).Words(awsErrors...), "aws"},
	{"aws failure " + mentions, Starts("\tstatus code: ").Has(", request id: "), "aws"},
	{"aws failure " + mentions, Starts("caused by: "), "aws"},
	{"aws", Starts("\tFor verbose messaging see "), "closed"},
}}

// awsErrors are the codes whose words the prefilter finds without looking for more letters.
var awsErrors = []string{"AccessDenied: ", "RequestError: ", "ExpiredToken: ", "RequestLimitExceeded: ", "ValidationError: "}

var awsFinder = newFinder(false, awsErrors...)

// isAWSError and isGoogleAPI say whether the package log wrote such an error. The second
// one may stand without a time.
func isAWSError(text []byte) bool { return datedByGo(text) && awsFinder.in(text) }
func isGoogleAPI(text []byte) bool {
	return (text[0] == 'g' || datedByGo(text)) && bytes.Contains(text, []byte("googleapi: Error "))
}

// isPackage says whether a text is the path of a package, perhaps with that of its test.
func isPackage(text []byte) bool {
	return len(text) > 0 && only(word(text), "/.-~") && bytes.IndexByte(word(text), '.') > 0 && bytes.IndexByte(word(text), '/') > 0
}

// isGoFault says whether a line is a place in a source file of Go, and a message.
func isGoFault(line []byte) bool {
	place := bytes.TrimSuffix(word(line), []byte(":"))
	file, ok := unnumbered(place)
	if inner, ok := unnumbered(file); ok {
		file = inner
	}
	return ok && ends(file, ".go") && len(place) < len(line)
}

// isMinioFrame says whether a text is a number and a place: "6: cmd/server.go:12:cmd.serve()".
func isMinioFrame(text []byte) bool {
	text = text[indent(text):]
	n := digits(text)
	return n > 0 && has(text[n:], ": ")
}

// isHclogKey says whether a text is a key and "=", perhaps with a value behind it.
func isHclogKey(text []byte) bool {
	text = text[indent(text):]
	key, _, found := bytes.Cut(text, []byte("="))
	return found && len(key) > 0 && only(key, "-.")
}

// isGorm says whether a place in a source file of Go stands behind the time of the
// package log: "2026/11/22 10:00:00 /app/repo/order.go:12 record not found".
func isGorm(text []byte) bool {
	if len(text) <= len(goTime) || text[len(goTime)] != '/' || !shaped(text, goTime) {
		return false
	}
	_, line, found := bytes.Cut(word(text[len(goTime):]), []byte(".go:"))
	return found && numbered(line)
}

// mayBeGorm says so of a kept text, which may have a colour before the place.
func mayBeGorm(kept []byte) bool {
	c := kept[len(goTime)]
	return (c == '/' || c == escape || c == '\\') && bytes.Contains(kept[:min(len(kept), window)], []byte(".go:")) && shaped(kept, goTime)
}
