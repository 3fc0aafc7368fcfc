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

// ParseSeverity reads a severity's name as programs write it, in any case, and
// their numbers of bunyan and pino. It returns zero for a name that it does
// not know.
func ParseSeverity(name []byte) Severity {
	var lower [12]byte
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
	case "trace", "trc", "verbose", "finest", "finer", "t", "10":
		return Trace
	case "debug", "dbg", "dbug", "fine", "d", "20":
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
	return 0
}

// IsLevelKey says whether programs write their severity under a key, in
// whatever case: Serilog has Level, some of Python's loggers LEVEL.
func IsLevelKey(key []byte) bool {
	var lower [9]byte
	if len(key) < 2 || len(key) > len(lower) {
		return false
	}
	for i, c := range key {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	switch string(lower[:len(key)]) {
	case "level", "severity", "lvl", "log.level", "@l", "levelname", "loglevel":
		return true
	}
	return false
}

// SyslogSeverity returns the severity of a syslog priority, 0 to 7 (RFC 5424,
// section 6.2.1), and zero for any other number.
func SyslogSeverity(priority int) Severity {
	if priority < 0 || priority > 7 {
		return 0
	}
	return [...]Severity{Fatal, Alert, Critical, Error, Warn, Notice, Info, Debug}[priority]
}
