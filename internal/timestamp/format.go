package timestamp

// Formatter formats times as RFC 3339 in UTC with nine digits of fraction. It
// caches the date and time of the last second, because consecutive records often
// share one. The zero Formatter is ready for use. A Formatter must not be used by
// several goroutines at once.
type Formatter struct {
	second int64
	prefix [20]byte // 2006-01-02T15:04:05.
	cached bool
}

// AppendTime appends ns, which is in nanoseconds since 1970. Years beyond 9999 do
// not occur: an int64 ends in 2262.
func (f *Formatter) AppendTime(dst []byte, ns int64) []byte {
	second, fraction := ns/1_000_000_000, ns%1_000_000_000
	if fraction < 0 {
		second, fraction = second-1, fraction+1_000_000_000
	}
	if second != f.second || !f.cached {
		f.set(second)
	}
	dst = append(dst, f.prefix[:]...)
	var d [10]byte
	d[9] = 'Z'
	for i := 8; i >= 0; i-- {
		d[i] = byte('0' + fraction%10)
		fraction /= 10
	}
	return append(dst, d[:]...)
}

// set caches the text of a second since 1970.
func (f *Formatter) set(second int64) {
	f.second, f.cached = second, true
	days, rest := second/86400, int(second%86400)
	if rest < 0 {
		days, rest = days-1, rest+86400
	}
	// The inverse of daysSince1970. An era is 400 years.
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
	copy(f.prefix[:], "0000-00-00T00:00:00.")
	put := func(at, width, n int) {
		for i := at + width - 1; i >= at; i-- {
			f.prefix[i] = byte('0' + n%10)
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
