package loki

import (
	"slices"
	"strconv"
	"strings"
)

// pair is a label of a stream.
type pair struct{ name, value string }

// canonical is the form in which Loki prints the labels of a stream: sorted by
// name, quoted as Go does, in braces.
func canonical(pairs []pair) string {
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	dst := []byte{'{'}
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(dst, p.name...), '=')
		dst = strconv.AppendQuote(dst, p.value)
	}
	return string(append(dst, '}'))
}

// cutLabels returns the labels at the start of a text, with their braces. It
// returns false where there are none, or where they are not complete.
func cutLabels(text string) (labels string, ok bool) {
	_, rest, ok := readLabels(text)
	return text[:len(text)-len(rest)], ok
}

// readLabels reads the labels at the start of a text, and returns what stands
// behind them.
func readLabels(text string) (pairs []pair, rest string, ok bool) {
	rest, ok = strings.CutPrefix(text, "{")
	for ok {
		var p pair
		var quoted string
		if p.name, rest, ok = strings.Cut(rest, "="); !ok || !isLabelName(p.name) {
			return nil, text, false
		}
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, text, false
		}
		rest = rest[len(quoted):]
		p.value, _ = strconv.Unquote(quoted)
		pairs = append(pairs, p)
		if after, end := strings.CutPrefix(rest, "}"); end {
			return pairs, after, true
		}
		rest, ok = strings.CutPrefix(rest, ", ")
	}
	return nil, text, false
}

// scopeOf returns the scope of a stream that Loki names. Loki adds labels to those
// that were sent: service_name, and __stream_shard__ where it divides a stream.
// These are left out.
func (b *Backend) scopeOf(labels string) string {
	pairs, _, _ := readLabels(labels)
	pairs = slices.DeleteFunc(pairs, func(p pair) bool {
		return !slices.ContainsFunc(b.labels, func(l Label) bool { return l.Name == p.name })
	})
	if len(pairs) == 0 {
		pairs = []pair{jobLabel}
	}
	return canonical(pairs)
}
