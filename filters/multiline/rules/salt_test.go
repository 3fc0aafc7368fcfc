package multiline

import "testing"

func TestSalt(t *testing.T) {
	const (
		state = "2020-08-11 03:42:07,001 [salt.state       :320 ][ERROR   ][9] {'ret': {\n    'a': 1,\n\n{'b': 2}}"
		trace = "2020-08-11 03:42:07,002 [salt.minion][WARNING ] failed\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x()\nValueError: x"
		line  = "2020-08-11 03:42:07,003 [salt.minion][INFO    ][9] done"
	)
	check(t, all, Component, line, state, trace, line, line)
	check(t, klogs, Component, line, state, line)
	// Of a container's lines this is not known.
	check(t, klogs, Container, "2020-08-11 03:42:07,001 [a][ERROR] {", "  'a': 1", "}")
}
