// Package klog reads the header of the log lines of Kubernetes itself
// (https://github.com/kubernetes/klog/blob/main/klog.go, formatHeader):
//
//	Lmmdd hh:mm:ss.uuuuuu threadid file:line] msg
package klog

import "github.com/k8slog/k8slog/filters"

// Severity is a filter that takes the severity from klog's header, of records
// that have none yet.
type Severity struct{}

// Apply implements filters.Filter.
func (Severity) Apply(r *filters.Record) bool {
	if r.Severity == 0 {
		r.Severity = severity(r.Log.Start())
	}
	return true
}

// severity returns zero for a text that has no header. The header is
// recognised by its fixed columns: letter, four digits, time of day.
func severity(text []byte) filters.Severity {
	const columns = "Lmmdd hh:mm:ss."
	if len(text) < len(columns) || text[5] != ' ' || text[8] != ':' || text[11] != ':' || text[14] != '.' {
		return 0
	}
	for _, i := range [...]int{1, 2, 3, 4, 6, 7, 9, 10, 12, 13} {
		if text[i]-'0' > 9 {
			return 0
		}
	}
	switch text[0] {
	case 'I':
		return filters.Info
	case 'W':
		return filters.Warn
	case 'E':
		return filters.Error
	case 'F':
		return filters.Fatal
	}
	return 0
}
