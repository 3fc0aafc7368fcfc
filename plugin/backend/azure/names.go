package azure

import "strings"

// maxStream is the greatest length of the name of a stream here: that of a table is 63, and
// templates put it together of several names.
const maxStream = 128

func streamName(text string) string { return text[:min(len(text), maxStream)] } // ASCII all of it

// streamPart makes a value fit for the name of a stream, which is made of letters, digits,
// _ and - behind Custom- or Microsoft-
// (https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-rule-structure#stream-declarations).
func streamPart(value string) string {
	return strings.Map(func(r rune) rune {
		if isStreamRune(r) {
			return r
		}
		return '_'
	}, value)
}

// isStream reports whether a text begins as all streams do.
func isStream(text string) bool {
	return strings.HasPrefix(text, "Custom-") || strings.HasPrefix(text, "Microsoft-")
}

func isStreamRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}
