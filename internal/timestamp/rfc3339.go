// Package timestamp reads and writes times in the notations that log lines use.
// Times are nanoseconds since 1970-01-01T00:00:00Z in an int64. Nothing here
// allocates.
package timestamp

import "github.com/k8slog/k8slog/internal/ascii"

// ParseRFC3339 parses an RFC 3339 time with a fraction of up to nine digits. The
// letters T and Z may be in lower case (RFC 3339, section 5.6). ok is false for
// any other notation, for dates and times that do not exist, for leap seconds,
// and for years that an int64 of nanoseconds cannot hold: those before 1678 and
// after 2261.
func ParseRFC3339(b []byte) (ns int64, ok bool) {
	// 2006-01-02T15:04:05Z is the shortest notation.
	if len(b) < 20 || b[4] != '-' || b[7] != '-' || b[10]|0x20 != 't' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	year, month, day := ascii.Number(b[0:4]), ascii.Number(b[5:7]), ascii.Number(b[8:10])
	hour, minute, second := ascii.Number(b[11:13]), ascii.Number(b[14:16]), ascii.Number(b[17:19])
	if year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, false
	}
	b = b[19:]
	if b[0] == '.' {
		n := 1
		for scale := int64(100_000_000); n < len(b) && b[n]-'0' <= 9; n++ {
			ns += int64(b[n]-'0') * scale
			scale /= 10
		}
		if n == 1 || n > 10 {
			return 0, false
		}
		b = b[n:]
	}
	offset, ok := zone(b)
	if !ok {
		return 0, false
	}
	seconds := daysSince1970(year, month, day)*86400 + int64(hour*3600+minute*60+second-offset)
	return seconds*1_000_000_000 + ns, true
}

// zone parses Z, or a numeric offset from UTC. offset is in seconds.
func zone(b []byte) (offset int, ok bool) {
	switch {
	case len(b) == 1 && b[0]|0x20 == 'z':
		return 0, true
	case len(b) != 6 || b[3] != ':':
		return 0, false
	}
	hour, minute := ascii.Number(b[1:3]), ascii.Number(b[4:6])
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, false
	}
	offset = hour*3600 + minute*60
	switch b[0] {
	case '+':
		return offset, true
	case '-':
		return -offset, true
	}
	return 0, false
}

// daysIn returns the number of days of a month, 1 to 12.
func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month]
}

// daysSince1970 returns the days from 1970-01-01 to a date of the proleptic
// Gregorian calendar. The computation begins each year in March, so that the leap
// day is the last day of a year.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	days := 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1
	return int64(days - 719468)
}
