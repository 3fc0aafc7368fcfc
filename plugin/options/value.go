package options

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The functions below return the Set of an Option, one for each type of value.

// Text takes any text.
func Text(to *string) func(value string) string {
	return func(value string) string {
		*to = value
		return ""
	}
}

// OneOf takes one of the choices.
func OneOf[S ~string](choices []string, to *S) func(value string) string {
	return func(value string) string {
		if !slices.Contains(choices, value) {
			return "is not one of the choices"
		}
		*to = S(value)
		return ""
	}
}

// Switch takes what Fluent Bit takes for on and off.
func Switch(to *bool) func(value string) string {
	return func(value string) string {
		switch strings.ToLower(value) {
		case "on", "true", "yes":
			*to = true
		case "off", "false", "no":
			*to = false
		default:
			return "is neither on nor off"
		}
		return ""
	}
}

// Duration takes a duration as Go writes it, or a plain number of seconds,
// which is what Fluent Bit's own options take.
func Duration(least, most time.Duration, to *time.Duration) func(value string) string {
	return func(value string) string {
		d, err := time.ParseDuration(value)
		if seconds, e := strconv.ParseUint(value, 10, 32); e == nil {
			d, err = time.Duration(seconds)*time.Second, nil
		}
		if err != nil {
			return "is not a duration"
		}
		if d < least || d > most {
			return "is out of range"
		}
		*to = d
		return ""
	}
}

// Size takes a number of bytes, with or without a unit.
func Size(least, most int, to *int) func(value string) string {
	return func(value string) string {
		n, ok := parseSize(value)
		if !ok {
			return "is not a size"
		}
		if n < least || n > most {
			return "is out of range"
		}
		*to = n
		return ""
	}
}

// Number takes a whole number.
func Number(least, most int, to *int) func(value string) string {
	return func(value string) string {
		n, err := strconv.Atoi(value)
		if err != nil {
			return "is not a number"
		}
		if n < least || n > most {
			return "is out of range"
		}
		*to = n
		return ""
	}
}

// parseSize reads bytes: a number with a unit of Fluent Bit (K, KB, M, MB, G,
// GB: powers of 1000) or of IEC (KiB, MiB, GiB: powers of 1024), or none.
func parseSize(s string) (int, bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i < 0 {
		i = len(s)
	}
	n, err := strconv.ParseUint(s[:i], 10, 32)
	if err != nil {
		return 0, false
	}
	unit, ok := map[string]int{
		"": 1, "b": 1,
		"k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
	}[strings.ToLower(strings.TrimSpace(s[i:]))]
	return int(n) * unit, ok
}
