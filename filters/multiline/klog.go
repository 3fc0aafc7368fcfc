package multiline

import (
	"slices"

	"github.com/k8slog/k8slog/filters/klog"
	"github.com/k8slog/k8slog/filters/logfmt"
)

// klog writes a value of several lines, each behind a tab, between "=<" and
// " >" (https://github.com/kubernetes/klog/blob/main/internal/serialize/keyvalues.go):
//
//	E1122 10:00:00.000000       1 a.go:1] "Failed" err=<
//		first line
//	 > pod="default/a"
//
// Its texts that are not structured go out as they are. Of a container only the
// blocks are read, and what apimachinery's package trace writes: other lines
// without a header may come from another program.
var klogRules = table{klogs, []rule{
	{"first component", Func(isKlog).Ends(klogOpens...).Last("<cC", opensBlock), "klogOpen"},
	{"first", Func(isKlogTrace).Has("] Trace[").First("IWEF", isKlogTrace), "klogTrace"},
	{"klogTrace", Starts("Trace["), "klogTrace"},
	{"component", Func(isKlog), "klogText"},

	// ingress-nginx puts an error of nginx, and its own banner, between rules.
	{"first", Line(ingressRule), "asanRule"},
	{"asanRule", Starts("NGINX Ingress controller"), "ingress"},
	{"ingress", Line(ingressRule), "closed"},
	{"ingress", Func(isNoKlog), "ingress"},
	{"klogText", Func(isKlogText), "klogText"},

	{"klogOpen", Starts("\t"), "klogOpen"},
	{"klogOpen", Starts(" > ").Ends(klogOpens...), "klogOpen"},
	{"klogOpen", Starts(" > "), "closed"},
	{"klogOpen", Line(" >"), "closed"},
}}

const ingressRule = "-------------------------------------------------------------------------------"

func isNoKlog(line []byte) bool { return !isKlog(line) }

var klogOpens = []string{"=<", `=\u003c`, `=\u003C`}

func isKlog(kept []byte) bool { return klog.Severity(kept) != 0 }

func opensBlock(kept []byte) bool {
	return isKlog(kept) && (ends(kept, klogOpens[0]) || ends(kept, klogOpens[1]) || ends(kept, klogOpens[2]))
}

// isKlogTrace looks behind the columns of the header.
func isKlogTrace(kept []byte) bool {
	const columns = "I1122 10:00:00.123456       1 "
	return len(kept) > len(columns) && kept[len(columns)] == 't' && has(kept[len(columns):], "trace.go:") && isKlog(kept)
}

// isKlogText says whether a line can be no line of its own: it has no header of
// any kind. What Go's runtime prints of a crash is its own text.
func isKlogText(line []byte) bool {
	if len(line) == 0 {
		return true
	}
	if line[0] == '{' || isKlog(line) || logfmt.Begins(line) || dated(line) || prefixed(line) {
		return false
	}
	return !slices.ContainsFunc(goCrashes, func(crash string) bool { return has(line, crash) })
}

// prefixed says whether Go's logger wrote a line: "[restful] 2026/11/22 …".
func prefixed(line []byte) bool {
	name := word(line)
	if len(name) < 2 || name[0] != '[' || name[len(name)-1] != ']' || len(name) == len(line) {
		return false
	}
	rest := line[len(name)+1:]
	return dated(rest) && rest[4] == '/'
}

// Salt writes values and traces as they are behind its header.
var saltRules = table{klogs, []rule{
	{"component", Func(isSalt), "saltText"},
	{"saltText", Func(isUndated), "saltText"},
}}

// isSalt says whether a line has the header of a Salt minion.
func isSalt(text []byte) bool {
	return shaped(text, "####-##-## ##:##:##,### [")
}

func isUndated(line []byte) bool { return !dated(line) }
