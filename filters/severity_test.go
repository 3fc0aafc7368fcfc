package filters

import (
	"strings"
	"testing"
)

func TestParseSeverity(t *testing.T) {
	for name, want := range map[string]Severity{
		"error": Error, "ERROR": Error, "Warning": Warn, "informational": Info, "CONFIG": Debug, "VRB": Trace, "silly": Trace, "30": Info, "emergency": Fatal,
		// log/slog
		"WARN+2": Warn, "ERROR+4": Fatal, "ERROR+1": Critical, "ERROR+3": Alert, "INFO+2": Notice, "INFO-1": Debug,
		"verbose": Debug, "Verbose": Trace, "http": Debug, "LOG": Info, "DEBUG3": Debug, "DEBUG6": 0,
		"DEBUG-4": Trace, "DEBUG-9": Trace, "ERROR+12345": Fatal, "debug+1": Debug,
		"": 0, "what": 0, "3": 0, "400": 0, "35": 0, "success": 0, "WARN+": 0, "WARN+x": 0, "WARN 2": 0, "TRACE+1": 0,
		"+2": 0, "info+-1": 0, "ERROR+123456789": 0, "informationals": 0, "\u212a": 0,
	} {
		if got := ParseSeverity([]byte(name)); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

func TestSeverityOfField(t *testing.T) {
	for _, key := range []string{
		"level", "Level", "LEVEL", "severity", "lvl", "log.level", "@l", "@L", "loglevel", "logLevel", "log_level", "levelname", "levelName",
		"level_name", "@level", "severityText", "severity_text", "syslog_severity", "l", "L",
	} {
		if got := SeverityOfField([]byte(key), []byte("ERROR")); got != Error {
			t.Errorf("%q: %v", key, got)
		}
	}
	for _, key := range []string{
		"", "levels", "s", "severity_texts", "severityNumber", "\u212alvl", "`evel", "level ", "@levels", "slevel", "severity_number_of_all",
	} {
		if got := SeverityOfField([]byte(key), []byte("ERROR")); got != 0 {
			t.Errorf("%q: %v", key, got)
		}
	}
	for _, c := range []struct {
		key, value string
		want       Severity
	}{
		{"level", "50", Error},
		{"level", "e", Error},
		{"severity", "400", Warn},
		{"Severity", "800", Fatal},
		{"severity", "0", 0},
		{"severity", "450", 0},
		{"level", "400", 0},
		{"loglevel", "400", 0},
		{"error_severity", "LOG", Info},
		{"L", "e", 0},
		{"l", "d", 0},
		{"severityNumber", "17", Error},
		{"severity_number", "24", Fatal},
		{"severityNumber", "25", 0},
		{"severityNumber", "0", 0},
		{"severityNumber", "", 0},
		{"severityNumber", "-1", 0},
		{"severityNumber", "017", 0},
	} {
		if got := SeverityOfField([]byte(c.key), []byte(c.value)); got != c.want {
			t.Errorf("%s %s: %v, want %v", c.key, c.value, got, c.want)
		}
	}
}

// A SeverityNumber between two severities belongs to the lower one.
func TestSeverityOfNumber(t *testing.T) {
	const want = " trace trace trace trace debug debug debug debug info notice notice notice warn warn warn warn error critical alert alert fatal fatal fatal fatal "
	var got strings.Builder
	for n := range 26 {
		got.WriteString(SeverityOfNumber(int64(n)).String() + " ")
		if s := Severity(n); s.String() != "" && SeverityOfNumber(int64(n)) != s {
			t.Errorf("%d is not %s", n, s)
		}
	}
	if got.String() != want+" " {
		t.Errorf("got %q", got.String())
	}
}
