package filters

import "github.com/k8slog/k8slog/internal/ascii"

// Severity is a severity of a record. Its value is an OpenTelemetry SeverityNumber
// (https://opentelemetry.io/docs/specs/otel/logs/data-model/). The zero Severity
// stands for unknown.
type Severity uint8

// The severities. Each has the lowest number of its range in OpenTelemetry.
const (
	Trace    Severity = 1
	Debug    Severity = 5
	Info     Severity = 9
	Notice   Severity = 10
	Warn     Severity = 13
	Error    Severity = 17
	Critical Severity = 18
	Alert    Severity = 19
	Fatal    Severity = 21
)

var severityNames = [...]string{
	Trace: "trace", Debug: "debug", Info: "info", Notice: "notice", Warn: "warn",
	Error: "error", Critical: "critical", Alert: "alert", Fatal: "fatal",
}

// String returns the name of a severity constant; "" for all other values.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return ""
}

// ParseSeverity parses the name of a severity, in any case: the names that loggers
// use, the numbers of bunyan and pino (10 to 60), and the levels of log/slog between
// two names (WARN+2). It returns zero for any other text.
func ParseSeverity(name []byte) Severity {
	var lower [13]byte
	if len(name) == 0 || len(name) > len(lower) {
		return 0
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	switch string(lower[:len(name)]) {
	case "verbose": // below debug in Serilog, and above it in winston, which writes it small
		if name[0] == 'v' {
			return Debug
		}
		return Trace
	case "trace", "trc", "vrb", "silly", "finest", "finer", "t", "10":
		return Trace
	case "debug", "dbg", "dbug", "fine", "config", "http", "d", "20", "debug1", "debug2", "debug3", "debug4", "debug5":
		return Debug
	case "info", "inf", "information", "informational", "log", "i", "30":
		return Info
	case "notice", "n":
		return Notice
	case "warn", "warning", "wrn", "w", "40":
		return Warn
	case "error", "err", "eror", "severe", "e", "50":
		return Error
	case "critical", "crit", "c":
		return Critical
	case "alert":
		return Alert
	case "fatal", "ftl", "panic", "dpanic", "emerg", "emergency", "f", "60":
		return Fatal
	}
	return parseSlogLevel(lower[:len(name)])
}

// parseSlogLevel parses a level of log/slog that has no name: a level name in lower
// case and an offset (https://pkg.go.dev/log/slog#Level.String). The number of a level
// in log/slog is its SeverityNumber in OpenTelemetry less 9.
func parseSlogLevel(name []byte) Severity {
	i := len("info")
	if i >= len(name) {
		return 0
	}
	if name[i] != '+' && name[i] != '-' {
		i++
	}
	if i+1 >= len(name) || name[i] != '+' && name[i] != '-' {
		return 0
	}
	base := 0
	switch string(name[:i]) {
	case "debug":
		base = int(Debug)
	case "info":
		base = int(Info)
	case "warn":
		base = int(Warn)
	case "error":
		base = int(Error)
	default:
		return 0
	}
	n := ascii.Number(name[i+1:])
	if n < 0 {
		return 0
	}
	if name[i] == '-' {
		n = -n
	}
	return SeverityOfNumber(int64(min(max(base+n, 1), 24)))
}

// SeverityOfNumber returns the severity of an OpenTelemetry SeverityNumber: the
// highest Severity constant that is not above n. It returns zero for numbers outside
// 1 to 24.
func SeverityOfNumber(n int64) Severity {
	if n < 1 || n > 24 {
		return 0
	}
	for _, s := range [...]Severity{Fatal, Alert, Critical, Error, Warn, Notice, Info, Debug} {
		if n >= int64(s) {
			return s
		}
	}
	return Trace
}

// SyslogSeverity returns the severity of a syslog severity, 0 to 7 (RFC 5424, section
// 6.2.1). It returns zero for any other number.
func SyslogSeverity(code int) Severity {
	if code < 0 || code > 7 {
		return 0
	}
	return [...]Severity{Fatal, Alert, Critical, Error, Warn, Notice, Info, Debug}[code]
}
