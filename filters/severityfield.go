package filters

import "github.com/k8slog/k8slog/internal/ascii"

// SeverityOfField returns the severity that a field states. value is without quotes.
// It returns zero when loggers do not use the key for a severity, and when the value
// is not a severity. Under the keys of OpenTelemetry's SeverityNumber every number of
// it is valid, and under severity those of Google Cloud, 100 to 800. Under all other keys
// only the numbers of bunyan and pino are, because the meaning of others, such as 3 or 400,
// depends on the logger.
func SeverityOfField(key, value []byte) Severity {
	switch severityKey(key) {
	case severityName:
		if len(value) == 3 && key[0]|0x20 == 's' {
			if s := googleSeverity(value); s != 0 {
				return s
			}
		}
		return ParseSeverity(value)
	case severityWord:
		if len(value) > 1 {
			return ParseSeverity(value)
		}
	case severityNumber:
		if len(value) <= 2 {
			return SeverityOfNumber(int64(ascii.Number(value)))
		}
	}
	return 0
}

// IsWeakLevel returns whether the value of a field, a number or a letter, can be a level of
// anything: {"event":"player","level":60}. It is a severity only if the rest of the record
// shows that it is a log line. A SeverityNumber has a key that says what it is.
func IsWeakLevel(key, value []byte) bool {
	return len(value) <= 2 && len(key) < len("severitynumber")
}

// googleSeverity returns the severity of a number of Google Cloud
// (https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity); zero for
// any other text.
func googleSeverity(value []byte) Severity {
	if string(value[1:]) != "00" || value[0]-'1' > 7 {
		return 0
	}
	return [...]Severity{Debug, Info, Notice, Warn, Error, Critical, Alert, Fatal}[value[0]-'1']
}

// severityKeyKind is the kind of value under a key.
type severityKeyKind uint8

const (
	noSeverity severityKeyKind = iota
	severityName
	severityWord   // a name of two letters or more: the key is too short to accept one letter
	severityNumber // a SeverityNumber of OpenTelemetry
)

// severityKey returns the kind of value under a key. The case of the key is ignored:
// Serilog uses Level, Python loggers use LEVEL, and zap in development uses L. Monolog
// uses level_name, hclog @level, and PostgreSQL error_severity.
func severityKey(key []byte) severityKeyKind {
	if len(key) == 0 || len(key) > len("severitynumber")+1 {
		return noSeverity
	}
	switch key[0] {
	case 'l', 'L', 's', 'S', '@', 'e':
	default:
		return noSeverity
	}
	var lower [16]byte
	for i, c := range key {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	switch string(lower[:len(key)]) {
	case "level", "severity", "lvl", "log.level", "@l", "@level", "levelname", "level_name", "loglevel", "log_level",
		"severitytext", "severity_text", "syslog_severity", "error_severity":
		return severityName
	case "l":
		return severityWord
	case "severitynumber", "severity_number":
		return severityNumber
	}
	return noSeverity
}
