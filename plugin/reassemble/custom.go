package reassemble

import "github.com/k8slog/k8slog/filters/multiline"

// beginMessage returns the state behind a line that may be the first of a message. An
// operator's rule for the source takes the place of the languages.
func (p *Plan) beginMessage(l *line, head []byte) multiline.State {
	if l.custom != nil {
		return l.custom.Begin(head)
	}
	return p.ra.config.Multiline.Begin(head, l.place)
}
