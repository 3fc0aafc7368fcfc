package cloudwatch

import "strings"

// maxName is the greatest length of the name of a group or a stream, in characters.
const maxName = 512

// unnamed is the name where a template comes to nothing.
const unnamed = "unnamed"

// groupPart makes a value fit for the name of a group, which is made of letters, digits and
// . - _ / #
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html).
// A value is one step of a path at most.
func groupPart(value string) string {
	return strings.Map(func(r rune) rune {
		if r != '/' && isGroupRune(r) {
			return r
		}
		return '_'
	}, value)
}

func isGroupRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_/#", r)
}

func groupName(text string) string {
	if text == "" {
		return unnamed
	}
	return text[:min(len(text), maxName)] // ASCII all of it
}

// streamPart makes a value fit for the name of a stream, which has neither : nor *
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html),
// and here only visible characters of ASCII.
func streamPart(value string) string {
	return strings.Map(func(r rune) rune {
		if isStreamRune(r) {
			return r
		}
		return '_'
	}, value)
}

func isStreamRune(r rune) bool { return r > ' ' && r < 0x7f && r != ':' && r != '*' }

func streamName(text string) string { return groupName(text) }
