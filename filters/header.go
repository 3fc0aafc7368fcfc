package filters

import "time"

// Header is what a line of a program's own format says of itself. Its bytes
// lie in the line, or in the scratch memory that its parser was given. What the
// line does not say is zero.
type Header struct {
	Severity Severity
	// Time is in nanoseconds since 1970; it counts only when HasTime is true.
	Time    int64
	HasTime bool
	// Caller is where in the program's source the line was written, file:line.
	Caller Text
	// Thread is the number of the thread or process.
	Thread []byte
	// Program is who wrote it, in formats that many programs share.
	Program []byte
	// Message is the text behind the header.
	Message Text
	// Members are the line's other keys and values, a JSON object; nil when it
	// has none.
	Members []byte
}

// Civil is the time of day of a format that names no time zone, and perhaps
// no year (zero).
type Civil struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Nanosecond           int
}

// ahead is how far a clock may be ahead of whoever reads the log: as far as the
// time zones are, if that of the node is not known.
const ahead = int64(24 * time.Hour)

// leapYears is the longest that the next 29 February can be away.
const leapYears = 8

// Resolve returns the nanoseconds since 1970 that a civil time in zone stands
// for. A year that is missing is the last one that does not bring the time
// further than a day ahead of near, when the line was read: a line may be old,
// but it was not written in the future. It refuses dates that do not exist.
func (c Civil) Resolve(near int64, zone *time.Location) (ns int64, ok bool) {
	if c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Hour < 0 || c.Hour > 23 ||
		c.Minute < 0 || c.Minute > 59 || c.Second < 0 || c.Second > 59 {
		return 0, false
	}
	if c.Year != 0 {
		return c.in(c.Year, zone)
	}
	year := time.Unix(0, near).In(zone).Year()
	for y := year + 1; y >= year-leapYears; y-- {
		if ns, ok = c.in(y, zone); ok && ns-ahead <= near {
			return ns, true
		}
	}
	return 0, false
}

func (c Civil) in(year int, zone *time.Location) (int64, bool) {
	if year < 1678 || year > 2261 || c.Day > daysIn(year, c.Month) {
		return 0, false
	}
	return time.Date(year, time.Month(c.Month), c.Day, c.Hour, c.Minute, c.Second, c.Nanosecond, zone).UnixNano(), true
}

// Columns reads what stands in fixed columns. Bad turns true at the first
// thing that is not as it should be, and stays so.
type Columns struct {
	Text []byte
	Bad  bool
}

// Number reads the digits from one column up to another.
func (c *Columns) Number(from, to int) int {
	if to > len(c.Text) {
		c.Bad = true
		return 0
	}
	n := digits(c.Text[from:to])
	if n < 0 {
		c.Bad = true
		return 0
	}
	return n
}

// Expect says what byte must stand in a column.
func (c *Columns) Expect(at int, b byte) {
	if at >= len(c.Text) || c.Text[at] != b {
		c.Bad = true
	}
}

// Clock reads hh:mm:ss, which begins at a column, into civil.
func (c *Columns) Clock(at int, civil *Civil) {
	civil.Hour, civil.Minute, civil.Second = c.Number(at, at+2), c.Number(at+3, at+5), c.Number(at+6, at+8)
	c.Expect(at+2, ':')
	c.Expect(at+5, ':')
}

// DateTime reads the 19 columns of yyyy-mm-dd hh:mm:ss, with that byte between
// the parts of the date. There is no year zero.
func (c *Columns) DateTime(separator byte) (civil Civil) {
	civil.Year, civil.Month, civil.Day = c.Number(0, 4), c.Number(5, 7), c.Number(8, 10)
	c.Expect(4, separator)
	c.Expect(7, separator)
	c.Expect(10, ' ')
	c.Clock(11, &civil)
	c.Bad = c.Bad || civil.Year == 0
	return civil
}

// Fraction reads the digits that begin at a column as a fraction of a second,
// in nanoseconds, and returns the column behind them.
func (c *Columns) Fraction(at int) (nanoseconds, end int) {
	scale := 100_000_000
	for end = at; end < len(c.Text) && c.Text[end]-'0' <= 9; end++ {
		nanoseconds += int(c.Text[end]-'0') * scale
		scale /= 10
	}
	return nanoseconds, end
}
