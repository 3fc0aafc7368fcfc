package filters

// KeyedSeverity returns the severity that a key and its value, without quotes,
// are; zero where the key is none under which programs write one, or the value
// is none. A number counts under a key that only OpenTelemetry has, or as one of
// bunyan and pino: what 3 is, or 400, depends on who wrote it.
func KeyedSeverity(key, value []byte) Severity {
	switch levelKey(key) {
	case aLevel:
		return ParseSeverity(value)
	case aWord:
		if len(value) > 1 {
			return ParseSeverity(value)
		}
	case aNumber:
		if len(value) <= 2 {
			return NumberedSeverity(int64(digits(value)))
		}
	}
	return 0
}

// keyKind is what stands under a key.
type keyKind uint8

const (
	noLevel keyKind = iota
	aLevel
	aWord   // a level only if it is more than a letter: the key itself is short
	aNumber // OpenTelemetry's
)

// levelKey says what programs write under a key, in whatever case: Serilog has
// Level, some of Python's loggers LEVEL, zap in development L, Monolog
// level_name, HashiCorp's hclog @level.
func levelKey(key []byte) keyKind {
	if len(key) == 0 || len(key) > len("severitynumber")+1 {
		return noLevel
	}
	switch key[0] {
	case 'l', 'L', 's', 'S', '@':
	default:
		return noLevel
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
		return aLevel
	case "l":
		return aWord
	case "severitynumber", "severity_number":
		return aNumber
	}
	return noLevel
}
