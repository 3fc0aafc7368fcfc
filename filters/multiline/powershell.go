package multiline

import "bytes"

// PowerShell shows an error in one of two forms
// (https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_preference_variables#errorview):
//
//	Get-Item : Cannot find path 'C:\x' because it does not exist.
//	At line:1 char:1
//	+ Get-Item C:\x
//	+ ~~~~~~~~~~~~~
//	    + CategoryInfo          : ObjectNotFound: (C:\x:String) [Get-Item], ItemNotFoundException
//
//	Get-Item: /app/start.ps1:12
//	Line |
//	  12 |  Get-Item /missing
//	     |  ~~~~~~~~~~~~~~~~~
var powershellRules = table{powershell, []rule{
	{"first", Func(isCmdlet).First(capitals, nil).AsAbove(), "psError"},
	{"first", Starts("Exception: ", "ParserError: ", "InvalidOperation: ", "OperationStopped: "), "psError"},
	{psErrors, Starts("At ").If(isPSPlace), "psPlace"},
	{psErrors, Line("Line |"), "psCode"},
	{"psPlace", Starts("+ "), "psPlace"},
	{"psPlace", Indented("+ "), "psPlace"},
	{"psCode", Indented("").If(isPSCode), "psCode"},
	{"psError psMessage", Message(), "psMessage"},
}}

var psErrors = "psError psMessage thrownMaybe named mention message"

// isCmdlet says whether a line begins with the name of a cmdlet, a verb and a noun,
// and a colon: "Get-Item : x", "Get-Item: x".
func isCmdlet(kept []byte) bool {
	const shortest, longest = len("Ab-Cd: x"), len("Disconnect-")
	if len(kept) < shortest {
		return false
	}
	i := bytes.IndexByte(kept[:min(len(kept), longest)], '-')
	if i < 2 || i+1 >= len(kept) || kept[i+1]-'A' >= 26 || kept[1]-'a' >= 26 {
		return false
	}
	name := word(kept)
	if last := len(name) - 1; name[last] == ':' {
		name = name[:last]
	} else if !has(kept[len(name):], " : ") {
		return false
	}
	return only(name, "-")
}

func isPSPlace(text []byte) bool {
	i := bytes.LastIndex(text, []byte(" char:"))
	return i > 0 && numbered(text[i+len(" char:"):])
}

// isPSCode says whether a line stands in the frame below "Line |".
func isPSCode(text []byte) bool { return has(bytes.TrimLeft(text[digits(text):], " "), "|") }
