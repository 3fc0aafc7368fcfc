package filters

// ParseTime reads an RFC 3339 time with a fraction of up to nine digits, as
// container runtimes write it, and returns nanoseconds since 1970. It refuses
// what does not exist, and what an int64 of nanoseconds does not reach (the
// years before 1678 and after 2261).
func ParseTime(b []byte) (ns int64, ok bool) {
	// 2006-01-02T15:04:05Z is the shortest.
	if len(b) < 20 || b[4] != '-' || b[7] != '-' || b[10]|0x20 != 't' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	year, month, day := digits(b[0:4]), digits(b[5:7]), digits(b[8:10])
	hour, minute, second := digits(b[11:13]), digits(b[14:16]), digits(b[17:19])
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

// zone reads Z, or an offset from UTC, in seconds.
func zone(b []byte) (offset int, ok bool) {
	switch {
	case len(b) == 1 && b[0]|0x20 == 'z':
		return 0, true
	case len(b) != 6 || b[3] != ':':
		return 0, false
	}
	hour, minute := digits(b[1:3]), digits(b[4:6])
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

// digits reads a number; it returns -1 when a byte is no digit.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		c -= '0'
		if c > 9 {
			return -1
		}
		n = n*10 + int(c)
	}
	return n
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month]
}

// daysSince1970 counts in the proleptic Gregorian calendar, with years that
// begin in March, so that the leap day is a year's last.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	days := 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1
	return int64(days - 719468)
}

// Clock writes times as RFC 3339 in UTC with nine digits of fraction. It
// remembers the last second, because records come in runs. The zero Clock is
// ready; it serves one goroutine.
type Clock struct {
	second int64
	prefix [20]byte // 2006-01-02T15:04:05.
	known  bool
}

// AppendTime appends ns, nanoseconds since 1970.
func (c *Clock) AppendTime(dst []byte, ns int64) []byte {
	second, fraction := ns/1_000_000_000, ns%1_000_000_000
	if fraction < 0 {
		second, fraction = second-1, fraction+1_000_000_000
	}
	if second != c.second || !c.known {
		c.set(second)
	}
	dst = append(dst, c.prefix[:]...)
	var d [10]byte
	d[9] = 'Z'
	for i := 8; i >= 0; i-- {
		d[i] = byte('0' + fraction%10)
		fraction /= 10
	}
	return append(dst, d[:]...)
}

func (c *Clock) set(second int64) {
	c.second, c.known = second, true
	days, rest := second/86400, int(second%86400)
	if rest < 0 {
		days, rest = days-1, rest+86400
	}
	// The inverse of daysSince1970, by eras of 400 years.
	days += 719468
	era := days / 146097
	ofEra := int(days - era*146097)
	yearOfEra := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	march := (5*ofYear + 2) / 153
	day := ofYear - (153*march+2)/5 + 1
	month := march + 3
	year := yearOfEra + int(era)*400
	if month > 12 {
		month, year = month-12, year+1
	}
	copy(c.prefix[:], "0000-00-00T00:00:00.")
	put := func(at, width, n int) {
		for i := at + width - 1; i >= at; i-- {
			c.prefix[i] = byte('0' + n%10)
			n /= 10
		}
	}
	put(0, 4, year)
	put(5, 2, month)
	put(8, 2, day)
	put(11, 2, rest/3600)
	put(14, 2, rest/60%60)
	put(17, 2, rest%60)
}
