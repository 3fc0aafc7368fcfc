package options

import (
	"slices"
	"strconv"
	"strings"
)

// Statuses are codes of HTTP, and classes of them: 4 is 4xx.
type Statuses struct{ Codes, Classes []int }

// Named says whether a code stands there itself.
func (s Statuses) Named(status int) bool { return slices.Contains(s.Codes, status) }

// Classed says whether its class stands there.
func (s Statuses) Classed(status int) bool { return slices.Contains(s.Classes, status/100) }

func statuses(field func(*Config) *Statuses) func(*Config, string) string {
	return func(c *Config, value string) string {
		var s Statuses
		for entry := range strings.SplitSeq(value, ",") {
			entry = strings.TrimSpace(entry)
			class, isClass := strings.CutSuffix(strings.ToLower(entry), "xx")
			n, err := strconv.Atoi(class)
			switch {
			case err == nil && isClass && n >= 2 && n <= 5:
				s.Classes = append(s.Classes, n)
			case err == nil && !isClass && n >= 200 && n <= 599:
				s.Codes = append(s.Codes, n)
			default:
				return "has " + strconv.Quote(entry) + ", which is no code"
			}
		}
		*field(c) = s
		return ""
	}
}

// checkStatuses refuses codes that would mean two things.
func (c *Config) checkStatuses() error {
	lists := []struct {
		name string
		Statuses
	}{{"http_success", c.HTTPSuccess}, {"http_retry", c.HTTPRetry}, {"http_reject", c.HTTPReject}}
	for i, one := range lists {
		for _, other := range lists[:i] {
			for _, n := range one.Codes {
				if other.Named(n) {
					return &Error{Option: one.name, Value: strconv.Itoa(n), Problem: "stands in " + other.name + " as well; allowed: in one of them"}
				}
			}
			for _, n := range one.Classes {
				if slices.Contains(other.Classes, n) {
					return &Error{Option: one.name, Value: strconv.Itoa(n) + "xx", Problem: "stands in " + other.name + " as well; allowed: in one of them"}
				}
			}
		}
	}
	return nil
}
