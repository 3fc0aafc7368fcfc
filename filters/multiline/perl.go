package multiline

import "bytes"

// Perl's format is that of Carp (https://perldoc.perl.org/Carp):
//
//	Cannot open config at /app/lib/Shop/Config.pm line 31.
//		Shop::Config::load("/etc/shop.conf") called at /app/lib/Shop.pm line 12
//		main::start() called at /app/bin/shop.pl line 7
var perlRules = table{perl, []rule{
	{"first", Ends(".").If(isPerlPlace).Last(".", isPerlPlace), "perlDied"},
	{"perlDied", Starts("BEGIN failed--compilation aborted", "Compilation failed in require").If(isPerlPlace), "perlDied"},
	{"first", Starts("DBD::").Has(" failed: "), "reportMaybe"}, // of DBI, with the answer of the server
	{"reportFrames", Indented("^ at ").Ends("."), "closed"},
	{"perlDied perlSyntax", Starts("Execution of ", "BEGIN not safe after errors").Ends("errors."), "perlDied"},
	{"perlSyntax", Starts("syntax error at ", "Global symbol ").Has(" line "), "perlSyntax"},
	{"perlSyntax perlDied", Starts("BEGIN failed--compilation aborted", "  (Might be a runaway "), "perlDied"},
	{"first", Starts("syntax error at ").Has(", near "), "perlSyntax"},
	{"perlDied reportFrames " + levels, Starts("\t").If(isPerlCall), "reportFrames"},
}}

// isPerlPlace says whether a line ends with a place: " at x.pl line 3.",
// " at x.pl line 3, <STDIN> line 1.".
func isPerlPlace(kept []byte) bool {
	const shortest = len("a at b line 1.")
	if len(kept) < shortest || kept[len(kept)-2]-'0' > 9 {
		return false
	}
	text := bytes.TrimRight(kept[:len(kept)-1], tenDigits)
	return ends(text, " line ") && bytes.Contains(text, []byte(" at "))
}

func isPerlCall(text []byte) bool {
	i := bytes.LastIndex(text, []byte(" called at "))
	return i > 0 && bytes.Contains(text[i:], []byte(" line "))
}
