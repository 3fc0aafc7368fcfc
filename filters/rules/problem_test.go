package rules

import (
	"errors"
	"strings"
	"testing"
)

func TestProblems(t *testing.T) {
	const rule = "rules:\n  - name: x\n    match: {}\n    "
	for _, c := range []struct{ text, want string }{
		{"", `r.yaml: is empty; allowed: rules: and a list of rules`},
		{"a: [", `r.yaml:1: is not YAML: did not find expected node content; texts with special characters need single quotes, as in '\d+' and '!kube-*'`},
		{"rule: []", `r.yaml:1: unknown key "rule" in the file; did you mean rules?`},
		{"rules: {a: b}", `r.yaml:1: rules is keys with values; allowed: a list, each with - before it`},
		{"rules: []\n---\nrules: []", `r.yaml:2: the file has a second document; allowed: one`},
		{"rules:\n  - match: {}\n    drop: true", `r.yaml:2: rule "number 1": has no name, by which metrics and problems call it`},
		{"rules:\n  - name: x\n    drop: true", `r.yaml:2: rule "x": has no match, which says what sources it is for; match: {} is all sources`},
		{"rules:\n  - name: x\n    match: {}", `r.yaml:2: rule "x": does nothing: it has no key besides name, match and when`},
		{rule + "drop: true\n  - name: x\n    match: {}\n    drop: true", `r.yaml:5: rule "x": the name is that of the rule in line 2; allowed: a name of its own`},
		{rule + "mutliline: {}", `r.yaml:4: rule "x": unknown key "mutliline" in the rule; did you mean multiline?`},
		{rule + "filter: {}", `r.yaml:4: rule "x": unknown key "filter" in the rule; allowed: name, match, when, multiline, redact, preset, fields, severity, time, drop, keep, sample, set, remove, text, tenant, index`},
		{rule + "drop: {text: '('}", "r.yaml:4: rule \"x\": text is no regular expression: missing closing ): `(`"},
		{rule + "drop: {level: warn}", `r.yaml:4: rule "x": unknown key "level" in drop; did you mean severity?`},
		{rule + "drop: {text: '*a'}", "r.yaml:4: rule \"x\": text is no regular expression: missing argument to repetition operator: `*`; any text is .*, and a pattern matches anywhere without it"},
		{rule + "drop: {text: '(?!a)b'}", "r.yaml:4: rule \"x\": text is no regular expression: invalid or unsupported Perl syntax: `(?!`; Go has no lookahead and no lookbehind: say it with {not: PATTERN}"},
		{rule + "redact: '\\d+'", `r.yaml:4: rule "x": redact is '\d+'; allowed: keys with values, namely pattern, with, hash`},
		{rule + "tenant: {namespace}", `r.yaml:4: rule "x": tenant is keys with values; allowed: one text; a text with { at its beginning needs quotes, as in '{namespace}'`},
		{"rules:\n\t- name: x", `r.yaml:2: is not YAML: found character that cannot start any token; the line is indented with a tab; allowed: spaces`},
		{"rules:\n  - name: a: b", `r.yaml:2: is not YAML: mapping values are not allowed in this context; a text with a colon needs single quotes, and all keys of an object begin in the same column`},
		{"rules:\n  - name: x\n     match: {}", `r.yaml:3: is not YAML: mapping values are not allowed in this context; a text with a colon needs single quotes, and all keys of an object begin in the same column`},
		{"rules:\n  - name: x\n    match: {}\n   drop: true", `r.yaml:2: is not YAML: did not find expected '-' indicator; in this line or below it, a key of an object, or a - of a list, does not begin in the column of the others`},
		{"- name: x", `r.yaml:1: is a list; allowed: rules: in a line above the list`},
		{"rules:\n  - name: x\n    match: {namespace: a, b}\n    drop: true", `r.yaml:3: rule "x": "b" has no value in match; a list stands in brackets, as in [a, b]`},
		{"rules:\n  - name: x\n    match: {namespace: 'a,b'}\n    drop: true", `r.yaml:3: rule "x": namespace "a,b" matches nothing: a list of names stands in brackets, as in [a, b]`},
		{"rules:\n  - name: x\n    match: {pod: ^a.*}\n    drop: true", `r.yaml:3: rule "x": pod "^a.*" matches nothing: it is no regular expression: * stands for any text and ? for any character`},
		{"rules:\n  - name: x\n    match: {pod: a/b}\n    drop: true", `r.yaml:3: rule "x": pod "a/b" matches nothing: no name has a slash or a blank; the namespace has a key of its own`},
		{rule + "drop: {severity: lower info}", `r.yaml:4: rule "x": severity is "lower info"; allowed: a severity as in warn, below warn, warn or below, above warn, warn or above, none`},
		{rule + "drop: {severity: '<info'}", `r.yaml:4: rule "x": severity is "<info"; allowed: a severity as in warn, below warn, warn or below, above warn, warn or above, none`},
		{rule + "drop: {severity: warning}", `r.yaml:4: rule "x": severity is "warning"; did you mean warn?`},
		{rule + "drop: {}", `r.yaml:4: rule "x": drop is empty; allowed: text, severity, field`},
		{rule + "drop: false", `r.yaml:4: rule "x": drop is "false"; allowed: true for all records, or text, severity, field, as in drop: {text: 'a pattern'}`},
		{rule + "drop: {field: {status: '> many'}}", `r.yaml:4: rule "x": field status is compared with "many", which is no number`},
		{rule + "preset: nginx", `r.yaml:4: rule "x": preset "nginx" is not known; did you mean ingress-nginx-access or nginx-access?`},
		{rule + "preset: zz", `r.yaml:4: rule "x": preset "zz" is not known; allowed: `},
		{rule + "fields: {pattern: 'a(b)'}", `r.yaml:4: rule "x": pattern has no named group, as in (?P<user>\S+), and makes no fields`},
		{rule + "fields: {pattern: '(?P<kubernetes>b)'}", `r.yaml:4: rule "x": the group kubernetes is a name that the plugin writes itself; allowed: another name, as in app_kubernetes`},
		{rule + "fields: {}", `r.yaml:4: rule "x": fields needs one of pattern, keys and json, which say where the fields are found`},
		{rule + "fields: {pattern: '(?P<a>b)', numbers: [b]}", `r.yaml:4: rule "x": numbers has "b", which is no field of this rule`},
		{rule + "set: {log: x}", `r.yaml:4: rule "x": the field log is a name that the plugin writes itself; allowed: another name, as in app_log`},
		{rule + "severity: {key: level, map: {a: loud}}", `r.yaml:4: rule "x": severity is "loud"; allowed: trace, debug, info, notice, warn, error, critical, alert, fatal`},
		{rule + "severity: {map: {a: info}}", `r.yaml:4: rule "x": severity needs either key or pattern, which say where the severity is found`},
		{rule + "severity: {pattern: '(a)(b)'}", `r.yaml:4: rule "x": pattern has several groups, and none with the name severity: name one (?P<severity>…)`},
		{rule + "time: {key: t, layout: '%Q'}", `r.yaml:4: rule "x": layout "%Q" has the unknown conversion %Q; allowed: rfc3339, unix, strftime as in %Y-%m-%d %H:%M:%S, or Go as in 2006-01-02 15:04:05`},
		{rule + "time: {key: t, layout: 'YYYY-MM-DD'}", `r.yaml:4: rule "x": layout "YYYY-MM-DD" has no time in it; allowed: `},
		{rule + "time: {key: t, zone: Mars}", `r.yaml:4: rule "x": zone "Mars" is no time zone; allowed: Local, UTC, or a name as in Europe/Berlin`},
		{rule + "sample: 2", `r.yaml:4: rule "x": sample is "2"; allowed: a share above 0 and below 1, as in 0.1, 10% or 1/10`},
		{rule + "sample: {severity: info}", `r.yaml:4: rule "x": sample needs keep, the share of the records that stay, as in keep: 1/10`},
		{rule + "redact: {pattern: a}", `r.yaml:4: rule "x": redact needs either with, a text, or hash, which says where the key is`},
		{rule + "redact: {pattern: 'a*', with: x}", `r.yaml:4: rule "x": pattern matches the empty text, of which nothing can be replaced`},
		{rule + "redact: {pattern: 'a', with: 'x$1y'}", `r.yaml:4: rule "x": with has $1y, and the pattern has no such group: write $$ for a dollar sign, and ${1} before a letter`},
		{rule + "redact: {pattern: 'a', hash: {key_file: none}}", `r.yaml:4: rule "x": key_file cannot be read: open none: no such file or directory`},
		{rule + "multiline: {max_lines: 10}", `r.yaml:4: rule "x": multiline needs a pattern: start, continue, unfinished or end`},
		{rule + "multiline: {start: a, max_lines: 1}", `r.yaml:4: rule "x": max_lines is "1"; allowed: a number from 2 to 100000`},
		{rule + "when: {text: a}\n    tenant: b", `r.yaml:5: rule "x": tenant and when exclude each other: tenant must not depend on what a log says`},
		{rule + "when: {text: a}\n    redact: {pattern: a, with: b}", `r.yaml:5: rule "x": redact and when exclude each other: redact must not depend on what a log says`},
		{"rules:\n  - name: x\n    match: {namespace: !kube-*}\n    drop: true", `r.yaml:3: is not YAML: did not find expected whitespace or line break; texts with special characters need single quotes, as in '\d+' and '!kube-*'`},
		{"rules:\n  - name: x\n    match:\n      namespace: !kube\n    drop: true", `r.yaml:4: rule "x": namespace begins with !, which YAML reads as a type: write it in quotes, as in '!kube'`},
		{"rules:\n  - name: x\n    match: {component: a, pod: b}\n    drop: true", `r.yaml:3: rule "x": match has component and pod, and no source has both: write two rules`},
		{"rules:\n  - name: x\n    match: {stream: err}\n    drop: true", `r.yaml:3: rule "x": stream is "err"; allowed: stdout, stderr`},
		{"rules:\n  - name: x\n    match: {stream: stderr}\n    index: a", `r.yaml:4: rule "x": index and match: {stream: …} exclude each other: both streams of a container have one index`},
		{"rules:\n  - name: x\n    match: {}\n    drop: true\n    drop: true", `r.yaml:5: rule "x": key "drop" is given twice in the rule`},
		{"rules:\n  - name: a b\n    match: {}\n    drop: true", `r.yaml:2: rule "a b": name is "a b"; allowed: 63 letters, digits, -, _, . and / at most`},
	} {
		_, err := Parse("r.yaml", []byte(c.text), Config{Reserved: func(name string) string {
			if name == "kubernetes" || name == "log" {
				return "is a name that the plugin writes itself"
			}
			return ""
		}})
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%q: no problem", c.text)
			continue
		}
		if got := problems[0].Error(); got != c.want && !(strings.HasSuffix(c.want, "allowed: ") && strings.HasPrefix(got, c.want)) {
			t.Errorf("%q:\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}

// A check finds all problems of a file.
func TestAllProblems(t *testing.T) {
	_, err := Parse("r.yaml", []byte("rules:\n  - {name: a, match: {}, drop: {text: '('}}\n  - {name: b, match: {x: y}, sample: 7}\n"), Config{})
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Fatalf("%v", err)
	}
	if got := err.Error(); !strings.HasSuffix(got, "(and 2 other problems; k8slog check lists all)") {
		t.Error(got)
	}
}
