package multiline

import "testing"

func TestObjects(t *testing.T) {
	alone(t, sample("{\n  \"level\": \"error\",\n  \"items\": [\n    1,\n    {}\n  ]\n}"), sample("[\n  {\n    \"error\": \"Error: x\"\n  }\n]"), "next")
	alone(t, sample("{\n\t\"a\": true\n}"), sample("[\n  1,\n  2\n]"), sample("[\n  'a'\n]"))
	alone(t, sample("{\n  a: 1,\n  b: [ 1, 2 ]\n}"), sample("saved {\n  a: 1,\n  b: undefined\n}"), sample("saved [\n  { id: 1 }\n]"))
	// The end is missing, or is no end.
	alone(t, sample("{\n  \"a\": 1"), "next", "}")
	alone(t, "saved {", "  a: 1,", "next", "}")
	alone(t, "{", "next", "}")
	alone(t, "{", "  usage of shop", "}")
	alone(t, "[", "]")
	alone(t, "saved {", "  usage of shop", "}")
	// What a block of source or a configuration looks like.
	alone(t, "if (x) {", "  y: 1,", "}")
	alone(t, "server {", "    listen 80;", "}")
	expects(t, "-{\n+  \"a\": 1\n-}")
	expects(t, "-saved {\n-  a: 1\n-}")
}
