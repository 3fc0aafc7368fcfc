package filters

// Severity is the project's one scale: the numbers of OpenTelemetry's
// SeverityNumber (https://opentelemetry.io/docs/specs/otel/logs/data-model/).
// Zero means that the record says nothing of it.
type Severity uint8

// The severities that records are given.
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

// String returns the severity's text, and "" for zero.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return ""
}

// ParseSeverity reads a severity's name as programs write it, in any case, also
// one of log/slog between two names (WARN+2), and the numbers of bunyan and
// pino. It returns zero for a name that it does not know.
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
	case "trace", "trc", "verbose", "vrb", "silly", "finest", "finer", "t", "10":
		return Trace
	case "debug", "dbg", "dbug", "fine", "config", "d", "20":
		return Debug
	case "info", "inf", "information", "informational", "i", "30":
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
	return between(lower[:len(name)])
}

// between reads a level of log/slog that has no name of its own: the next name
// below, and how far it is from that (https://pkg.go.dev/log/slog#Level.String).
// slog's numbers are OpenTelemetry's less nine.
func between(name []byte) Severity {
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
	n := digits(name[i+1:])
	if n < 0 {
		return 0
	}
	if name[i] == '-' {
		n = -n
	}
	return NumberedSeverity(int64(min(max(base+n, 1), 24)))
}

// NumberedSeverity returns the severity of one of OpenTelemetry's numbers, 1 to
// 24, and zero for any other. Each of the project's severities has the lowest
// number of its range.
func NumberedSeverity(n int64) Severity {
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

// SyslogSeverity returns the severity of a syslog priority, 0 to 7 (RFC 5424,
// section 6.2.1), and zero for any other number.
func SyslogSeverity(priority int) Severity {
	if priority < 0 || priority > 7 {
		return 0
	}
	return [...]Severity{Fatal, Alert, Critical, Error, Warn, Notice, Info, Debug}[priority]
}
