package http

import (
	"slices"
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/plugin/options"
)

// Answers are the meanings that the user gives to answers of the server.
type Answers struct{ Success, Retry, Reject Statuses }

// Statuses are codes of HTTP, and classes of them: 4 is 4xx.
type Statuses struct{ Codes, Classes []int }

// hasCode reports whether the list has the code itself.
func (s *Statuses) hasCode(status int) bool { return slices.Contains(s.Codes, status) }

// hasClass reports whether the list has the class of the code.
func (s *Statuses) hasClass(status int) bool { return slices.Contains(s.Classes, status/100) }

// set reads the value of an option.
func (s *Statuses) set(value string) string {
	var read Statuses
	for entry := range strings.SplitSeq(value, ",") {
		entry = strings.TrimSpace(entry)
		class, isClass := strings.CutSuffix(strings.ToLower(entry), "xx")
		n, err := strconv.Atoi(class)
		switch {
		case err == nil && isClass && n >= 2 && n <= 5:
			read.Classes = append(read.Classes, n)
		case err == nil && !isClass && n >= 200 && n <= 599:
			read.Codes = append(read.Codes, n)
		default:
			return "has " + strconv.Quote(entry) + ", which is no code"
		}
	}
	*s = read
	return ""
}

// check refuses codes with two meanings.
func (as *Answers) check() error {
	lists := []struct {
		name string
		*Statuses
	}{{"http_success", &as.Success}, {"http_retry", &as.Retry}, {"http_reject", &as.Reject}}
	for i, one := range lists {
		for _, other := range lists[:i] {
			for _, n := range one.Codes {
				if other.hasCode(n) {
					return &options.Error{Option: one.name, Value: strconv.Itoa(n), Problem: "stands in " + other.name + " as well; allowed: in one of them"}
				}
			}
			for _, n := range one.Classes {
				if slices.Contains(other.Classes, n) {
					return &options.Error{Option: one.name, Value: strconv.Itoa(n) + "xx", Problem: "stands in " + other.name + " as well; allowed: in one of them"}
				}
			}
		}
	}
	return nil
}
