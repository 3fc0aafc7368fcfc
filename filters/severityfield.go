package filters

import "github.com/k8slog/k8slog/internal/ascii"

// SeverityOfField returns the severity that a field states. value is without quotes.
// It returns zero when loggers do not use the key for a severity, and when the value
// is not a severity. Under the keys of OpenTelemetry's SeverityNumber every number of
// it is valid. Under all other keys only the numbers of bunyan and pino are, because
// the meaning of others, such as 3 or 400, depends on the logger.
func SeverityOfField(key, value []byte) Severity {
	switch severityKey(key) {
	case severityName:
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
// uses level_name, and hclog uses @level.
func severityKey(key []byte) severityKeyKind {
	if len(key) == 0 || len(key) > len("severitynumber")+1 {
		return noSeverity
	}
	switch key[0] {
	case 'l', 'L', 's', 'S', '@':
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
		"severitytext", "severity_text", "syslog_severity":
		return severityName
	case "l":
		return severityWord
	case "severitynumber", "severity_number":
		return severityNumber
	}
	return noSeverity
}
