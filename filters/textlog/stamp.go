package textlog

import "bytes"

// stampKind is what a time shows of its logger.
type stampKind uint8

const (
	anyStamp  stampKind = iota
	goStamp             // 2026/11/22 10:00:00, as Go's package log writes it, without a level of its own
	julStamp            // Nov 22, 2026 10:00:00 AM, as java.util.logging writes it
	nanoStamp           // with nanoseconds, 10:00:00.123456789, as Falco writes it
)

// stamp returns the length of the date and time, or of the time of day, at the start of s,
// with its fraction and its zone. It returns 0 for anything else, also for a date alone.
// It looks at the shape only: 99:99:99 is a time.
func stamp(s []byte) (n int, k stampKind) {
	if len(s) < len("10:00AM") {
		return 0, 0
	}
	if s[0]-'0' > 9 {
		if s[0]-'A' >= 26 || s[1]-'a' >= 26 || s[2]-'a' >= 26 {
			return 0, 0
		}
		return wordStamp(s)
	}
	if isISO(s) {
		end := fraction(s, isoLength)
		switch {
		case s[4] == '/':
			k = goStamp
		case end == isoLength+len(".123456789"):
			k = nanoStamp
		}
		if half := at(s, end+1); at(s, end) == ' ' && (half == 'A' || half == 'P') && at(s, end+2) == 'M' && !isWord(at(s, end+3)) {
			return end + len(" AM"), k
		}
		return zone(s, end), k
	}
	first := digits(s, 0)
	if first == len(s) || first > 8 {
		return 0, 0
	}
	switch c := s[first]; {
	case c == ':' && first <= 2:
		if n = clock(s, 0); n == 0 {
			return 0, 0
		}
		if bytes.IndexByte(s[:n], '.') == n-10 && n == len("10:00:00.123456789") {
			k = nanoStamp
		}
		return zone(s, n), k
	case (c == '-' || c == '/' || c == '.') && first != 3 && first <= 4:
		n = dateBySeparator(s, first, c)
		if c == '/' && first == 4 {
			k = goStamp
		}
	case c == ' ' && first <= 2: // 22 Nov 2026
		if n = month(s, first+1); n > 0 && at(s, n) == ' ' {
			if year := digits(s, n+1); year == n+5 {
				n = year
			}
		} else {
			n = 0
		}
	case first == 6 && c == ' ', first == 8 && (c == ' ' || c == '-'): // 261122 10:00:00
		n = first
	case first == 8 && c == 'T': // 20261122T100000Z
		if end := digits(s, first+1); end == first+1+len("100000") {
			return zone(s, fraction(s, end)), k
		}
		n = first
	}
	if n = afterDate(s, n); n == 0 {
		return 0, 0
	}
	return n, k
}

const isoLength = len("2026-11-22 10:00:00")

// isISO returns whether s begins with the form that most times have: 2026-11-22 10:00:00.
func isISO(s []byte) bool {
	if len(s) < isoLength || s[13] != ':' || s[16] != ':' || s[4] != s[7] || s[10] != ' ' && s[10] != 'T' {
		return false
	}
	if s[4] != '-' && s[4] != '/' && s[4] != '.' {
		return false
	}
	return s[0]-'0' <= 9 && s[1]-'0' <= 9 && s[2]-'0' <= 9 && s[3]-'0' <= 9 && s[5]-'0' <= 9 && s[6]-'0' <= 9 &&
		s[8]-'0' <= 9 && s[9]-'0' <= 9 && s[11]-'0' <= 9 && s[12]-'0' <= 9 && s[14]-'0' <= 9 && s[15]-'0' <= 9 &&
		s[17]-'0' <= 9 && s[18]-'0' <= 9
}

// dateBySeparator returns the length of a date with a separator: 2026-11-22, 22.11.2026,
// 22-Nov-2026.
func dateBySeparator(s []byte, first int, separator byte) int {
	n := digits(s, first+1)
	if n == first+1 {
		n = month(s, n)
	} else if n > first+3 || separator == '.' && first < 4 && (first == 1 || n != first+3) {
		return 0
	}
	if first == 2 && n == 5 && separator != '.' && (at(s, n) == ' ' || at(s, n) == '|') {
		return n // 11-22 10:00:00
	}
	if n == 0 || at(s, n) != separator {
		return 0
	}
	last := digits(s, n+1)
	switch last - n - 1 {
	case 1, 2:
		if separator == '.' && first < 4 { // an address, or a version
			return 0
		}
		return last
	case 4:
		if c := at(s, last); separator == '.' && c != ' ' && c != ',' {
			return 0
		}
		return last
	}
	return 0
}

// afterDate returns the length of a date of n bytes and of the time behind it; 0 for no
// time.
func afterDate(s []byte, n int) int {
	if n == 0 || n+1 >= len(s) {
		return 0
	}
	switch s[n] {
	case ' ':
		if n++; has(s[n:], "- ") { // gin, KrakenD
			n += len("- ")
		} else if s[n] == ' ' { // Icecast
			n++
		}
	case 'T', '_', '-', '|':
		n++
	case ',':
		if n++; s[n] == ' ' {
			n++
		}
	case ':':
		if n++; s[n] == ':' {
			n++
		}
	default:
		return 0
	}
	if has(s[n:], "-- ") { // Suricata
		n += len("-- ")
	}
	start := n
	if n = clock(s, start); n == 0 {
		n = hoursMinutes(s, start)
	}
	if n == 0 {
		return 0
	}
	return zone(s, n)
}

// wordStamp parses a time that begins with the name of a day or month.
func wordStamp(s []byte) (n int, k stampKind) {
	day := 0
	switch string(s[:4]) {
	case "Sun ", "Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ":
		day = 4
	}
	if n = month(s, day); n == 0 || at(s, n) != ' ' {
		return 0, 0
	}
	if n++; at(s, n) == ' ' {
		n++
	}
	end := digits(s, n)
	if end == n || end > n+2 {
		return 0, 0
	}
	if n = end; at(s, n) == ',' {
		n, k = n+1, julStamp
	}
	if year := digits(s, n+1); at(s, n) == ' ' && year == n+5 {
		n = year
	}
	if n = afterDate(s, n); n == 0 {
		return 0, 0
	}
	if year := digits(s, n+1); at(s, n) == ' ' && year == n+5 {
		n = zone(s, year)
	}
	return n, k
}

// month returns the index after the name of a month at s[i]; 0 for none.
func month(s []byte, i int) int {
	if i+3 > len(s) {
		return 0
	}
	switch string(s[i : i+3]) {
	case "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec":
		return i + 3
	}
	return 0
}

// unix returns the length of a time in seconds since 1970 at the start of s, with its
// fraction; 0 for none.
func unix(s []byte) int {
	n := digits(s, 0)
	if n != 10 {
		return 0
	}
	if at(s, n) == '.' {
		return digits(s, n+1)
	}
	return n
}

// digits returns the index of the first byte at or after i that is not a digit.
func digits(s []byte, i int) int {
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	return i
}

// at returns s[i]; 0 behind the end.
func at(s []byte, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}
