package timestamp

import "time"

// Civil is a date and time without a time zone, as some log formats write it. Year
// is zero where the format has no year.
type Civil struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Nanosecond           int
}

// maxAhead is how far a time may be after the time at which its line was read. A
// day covers the difference between any two time zones, for a node whose time
// zone is not known.
const maxAhead = int64(24 * time.Hour)

// maxLeapGap is the largest number of years between two leap years.
const maxLeapGap = 8

// Resolve returns c in zone as nanoseconds since 1970. near is the time at which the
// line was read, in nanoseconds since 1970. A missing year becomes the latest year
// in which the time is at most a day after near: a line can be old, but cannot
// come from the future. ok is false for dates and times that do not exist.
func (c Civil) Resolve(near int64, zone *time.Location) (ns int64, ok bool) {
	if c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Hour < 0 || c.Hour > 23 ||
		c.Minute < 0 || c.Minute > 59 || c.Second < 0 || c.Second > 59 {
		return 0, false
	}
	if c.Year != 0 {
		return c.in(c.Year, zone)
	}
	year := time.Unix(0, near).In(zone).Year()
	for y := year + 1; y >= year-maxLeapGap; y-- {
		if ns, ok = c.in(y, zone); ok && ns-maxAhead <= near {
			return ns, true
		}
	}
	return 0, false
}

// in returns c in a year and a zone.
func (c Civil) in(year int, zone *time.Location) (int64, bool) {
	if year < 1678 || year > 2261 || c.Day > daysIn(year, c.Month) {
		return 0, false
	}
	return time.Date(year, time.Month(c.Month), c.Day, c.Hour, c.Minute, c.Second, c.Nanosecond, zone).UnixNano(), true
}
