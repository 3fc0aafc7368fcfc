package textlog

// clock returns the index after a time of day at s[i], with its fraction: 10:00:00.123,
// 10:00AM, 10:00:00 AM; 0 for none.
func clock(s []byte, i int) int {
	n := digits(s, i)
	if n == i || n > i+2 || at(s, n) != ':' {
		return 0
	}
	m := digits(s, n+1)
	if m != n+3 {
		return 0
	}
	half := m
	if at(s, half) == ' ' {
		half++
	}
	if at(s, half) == 'A' || at(s, half) == 'P' {
		if at(s, half+1) != 'M' || isWord(at(s, half+2)) {
			return 0
		}
		return half + 2
	}
	if n = digits(s, m+1); at(s, m) != ':' || n != m+3 {
		return 0
	}
	n = fraction(s, n)
	if c := at(s, n+1); at(s, n) == ' ' && (c == 'A' || c == 'P') && at(s, n+2) == 'M' && !isWord(at(s, n+3)) {
		n += 3
	}
	return n
}

// hoursMinutes returns the index after a time of day without seconds at s[i], which counts
// behind a date only; 0 for none.
func hoursMinutes(s []byte, i int) int {
	if digits(s, i) == i+2 && at(s, i+2) == ':' && digits(s, i+3) == i+5 {
		return i + 5
	}
	return 0
}

// fraction returns the index after the fraction of a second at s[i]; i for none.
func fraction(s []byte, i int) int {
	if c := at(s, i); c == '.' || c == ',' || c == ':' {
		if end := digits(s, i+1); end > i+1 {
			return end
		}
	}
	return i
}

// zone returns the index after a time zone at s[i]; i for none.
func zone(s []byte, i int) int {
	j := i
	if at(s, j) == ' ' {
		j++
	}
	switch c := at(s, j); {
	case (c == 'Z' || c == 'L') && j == i && !isWord(at(s, j+1)):
		return j + 1
	case c == '+' || c == '-':
		n := digits(s, j+1)
		if n == j+3 && at(s, n) == ':' {
			n = digits(s, n+1)
			if n == j+6 {
				return n
			}
			return i
		}
		if n == j+3 || n == j+5 {
			return n
		}
	case j > i && c-'A' < 26:
		n := j
		for n < len(s) && s[n]-'A' < 26 {
			n++
		}
		if !isWord(at(s, n)) && isZone(s[j:n]) {
			return n
		}
	}
	return i
}

// isZone returns whether s is the abbreviation of a time zone that a log may have before
// its level.
func isZone(s []byte) bool {
	switch string(s) {
	case "UTC", "GMT", "CET", "CEST", "EET", "EEST", "WET", "WEST", "BST", "MSK", "IST", "JST", "KST", "CST", "CDT",
		"EST", "EDT", "MST", "MDT", "PST", "PDT", "AEST", "AEDT", "HKT", "SGT", "BRT", "SAST":
		return true
	}
	return false
}
