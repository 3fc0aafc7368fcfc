package multiline

// Terraform and OpenTofu write an error without a box where they do not colour it
// (https://developer.hashicorp.com/terraform/cli/commands/plan#no-color):
//
//	Error: Unsupported argument
//
//	  on main.tf line 12, in resource "aws_instance" "web":
//	  12:   foo = "bar"
//
//	An argument named "foo" is not expected here.
//
// The place tells it from other errors. Of the text below, the first paragraph belongs
// to it.
var terraformRules = table{objects, []rule{
	{"first", Starts("Error: ", "Warning: "), "reportMaybe"},
	{"reportMaybe reportAhead", Starts("  on ").Has(" line ").Ends(":"), "place"},
	{"place", Starts("  ").If(isNotBlank), "place"},
	{"place", Blank(), "place"},
	{"place", Ends(".", "?").If(isShortDetail), "closed"},
	{"place", Func(isDetail).First(capitals, nil).Inner(), "bannerEnd"},
	{"bannerEnd", Blank(), "closed"},
	{"bannerEnd", Message(), "bannerEnd"},
}}

// isShortDetail says whether a detail was not wrapped, at 78 columns.
func isShortDetail(line []byte) bool { return len(line) < 60 && isDetail(line) }

// isDetail says whether a line is a sentence, and no error of its own.
func isDetail(line []byte) bool {
	return len(line) > 1 && line[1]-'a' < 26 || has(line, "A ") || has(line, "I ")
}
