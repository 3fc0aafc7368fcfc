package textlog

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// Every word of the table is a level, in the three styles that loggers write.
func TestLevels(t *testing.T) {
	for word, want := range map[string]filters.Severity{
		"trace": filters.Trace, "verbose": filters.Trace, "silly": filters.Trace, "trc": filters.Trace, "trac": filters.Trace,
		"trce": filters.Trace, "vrb": filters.Trace, "finer": filters.Trace, "finest": filters.Trace, "trace8": filters.Trace,
		"debug": filters.Debug, "dbg": filters.Debug, "debg": filters.Debug, "debu": filters.Debug, "dbug": filters.Debug,
		"debug5": filters.Debug, "fine": filters.Debug, "config": filters.Debug,
		"info": filters.Info, "information": filters.Info, "informational": filters.Info, "inf": filters.Info,
		"log": filters.Info, "note": filters.Info, "system": filters.Info,
		"notice": filters.Notice,
		"warn":   filters.Warn, "warning": filters.Warn, "wrn": filters.Warn, "warni": filters.Warn, "criti": filters.Critical,
		"error": filters.Error, "severe": filters.Error, "err": filters.Error, "eror": filters.Error, "erro": filters.Error, "fail": filters.Error,
		"critical": filters.Critical, "crit": filters.Critical, "alert": filters.Alert,
		"fatal": filters.Fatal, "panic": filters.Fatal, "emerg": filters.Fatal, "emergency": filters.Fatal, "dpanic": filters.Fatal,
		"ftl": filters.Fatal, "fata": filters.Fatal, "pani": filters.Fatal, "pnc": filters.Fatal,
	} {
		for text, style := range map[string]style{word: lower, strings.ToUpper(word): upper, strings.ToUpper(word[:1]) + word[1:]: capital} {
			got := levelOf([]byte(text))
			if text == "verbose" {
				want = filters.Debug // winston
			}
			if got.severity != want || got.style != style {
				t.Errorf("%s: %+v", text, got)
			}
			if text == "verbose" {
				want = filters.Trace
			}
		}
		if got := levelOf([]byte(word[:1] + strings.ToUpper(word[1:]))); got.severity != 0 {
			t.Errorf("%s in another case: %+v", word, got)
		}
		if got := levelOf([]byte(word + "x")); got.severity != 0 {
			t.Errorf("%sx: %+v", word, got)
		}
	}
	for _, word := range []string{"", "e", "er", "errors", "debug0", "debug9", "info1", "informationals", "warned", "success", "\xe5nfo"} {
		if got := levelOf([]byte(word)); got.severity != 0 {
			t.Errorf("%q: %+v", word, got)
		}
	}
}
