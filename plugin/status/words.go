package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The functions below write numbers for people.

// Number returns a number with groups of three digits.
func Number(n int64) string {
	if n < 0 {
		return "-" + Number(-n)
	}
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Plural returns a number of things.
func Plural(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return Number(n) + " " + what
}

// Bytes returns a number of bytes with a unit.
func Bytes(n int64) string {
	if n < 1<<10 {
		return Number(n) + " B"
	}
	value, units := float64(n)/(1<<10), []string{"KiB", "MiB", "GiB", "TiB"}
	for value >= 1<<10 && len(units) > 1 {
		value, units = value/(1<<10), units[1:]
	}
	if value < 10 {
		return fmt.Sprintf("%.1f %s", value, units[0])
	}
	return fmt.Sprintf("%.0f %s", value, units[0])
}

// Duration returns a duration in its largest unit, or two.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Duration(-d)
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// Since returns a time, and how long ago it is.
func Since(t, now time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	format := "15:04:05 UTC"
	if now.Sub(t) >= 12*time.Hour {
		format = "2006-01-02 15:04 UTC"
	}
	return fmt.Sprintf("%s (%s)", t.UTC().Format(format), Duration(now.Sub(t)))
}
