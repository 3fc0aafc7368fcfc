package multiline

import "bytes"

// What frameworks of PHP write in forms of their own.
var phpToolRules = table{php, []rule{
	// CodeIgniter (https://codeigniter.com/user_guide/general/logging.html).
	{levels, Starts("[Method: ").Ends("]"), "codeigniter"},
	{levels + " codeigniter", Starts("in ").Has(" on line "), "codeigniter"},
	{"codeigniter", Starts(" ").If(isCodeIgniterCall), "codeigniter"},

	// CakePHP (https://book.cakephp.org/5/en/core-libraries/logging.html).
	{"first", Func(isCake).First(tenDigits, nil).AsAbove(), "cake"},
	{"cake " + levels, Line("Stack Trace:"), "cakeFrames"},
	{"cakeFrames", Starts("- "), "cakeFrames"},
	{"cakeFrames cakeBlank", Blank(), "cakeBlank"},
	{"cakeFrames cakeBlank", Starts("Request URL: ", "Referer URL: ", "Client IP: ", "Exception Attributes: "), "cakeFrames"},

	// The slow log of php-fpm.
	{"first", Func(isFPMSlow).First("[", isFPMSlow), "fpmSlow"},
	{"fpmSlow", Starts("script_filename = "), "fpmSlow"},
	{"fpmSlow", Starts("[0x").Has("() "), "fpmSlow"},

	// Collision, which Laravel's console shows errors with
	// (https://github.com/nunomaduro/collision). All of its lines are indented.
	{"first", Starts("   ").If(isCollision).First(capitals, nil), "collision"},
	{"collision", Starts("  "), "collision"},
	{"collision", Blank(), "collision"},

	// Slim (https://www.slimframework.com/docs/v4/middleware/error-handling.html).
	{"first", Line("Slim Application Error"), "slimHead"},
	{"slimHead", Starts("Type: "), "slim"},
	{"slim", Starts("Code: ", "Message: ", "File: ", "Line: ", "Trace: "), "slim"},
	{"slim", Starts("#").If(numbered), "slim"},
}}

// isCollision says whether a text is the class of an exception in a namespace, and no more.
func isCollision(text []byte) bool {
	name := bytes.TrimRight(text, " ")
	return throwable(name) && bytes.IndexByte(name, '\\') > 0 && only(name, `\`)
}

// isCodeIgniterCall says whether a text is the number of a call, and its place.
func isCodeIgniterCall(text []byte) bool {
	text = text[indent(text):]
	n := digits(text)
	return n > 0 && has(text[n:], " ") && bytes.Contains(text, []byte(".php("))
}

// isCake says whether a line has the header of CakePHP, and the class of an exception:
// "2026-11-22 10:00:00 error: [Cake\Http\Exception\NotFoundException] …".
func isCake(text []byte) bool {
	return shaped(text, "####-##-## ##:##:## ") && bytes.Contains(text[:min(len(text), window)], []byte(": [")) && bytes.Contains(text[:min(len(text), window)], []byte("] "))
}

func isFPMSlow(kept []byte) bool { return shaped(kept, "[##-???-#### ##:##:##]  [pool ") }
