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
