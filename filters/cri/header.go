package cri

import "bytes"

// HeaderPart returns the number of bytes at the start of a line that can be a part of a
// header: it is less than the length of any whole header with a text behind it.
func HeaderPart(line []byte) (n int) {
	const time = "2000-00-00T00:00:00"
	for n < len(line) && n < len(time) && (line[n] == time[n] || time[n] == '0' && isDigit(line[n])) {
		n++
	}
	if n < len(time) {
		return min(n, max(0, len(line)-1))
	}
	for n < len(line) && (isDigit(line[n]) || bytes.IndexByte([]byte(".:+-Z"), line[n]) >= 0) {
		n++
	}
	return min(n+longestAfterTime(line[n:]), max(0, len(line)-1))
}

// longestAfterTime returns the number of bytes that can be the part of a header behind the
// time.
func longestAfterTime(rest []byte) (n int) {
	for _, stream := range [...]string{" stdout ", " stderr "} {
		i := 0
		for i < len(rest) && i < len(stream) && rest[i] == stream[i] {
			i++
		}
		n = max(n, i)
	}
	if n == len(" stdout ") && n < len(rest) && (rest[n] == 'P' || rest[n] == 'F') {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c-'0' <= 9 }
