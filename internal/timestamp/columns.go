package timestamp

import "github.com/k8slog/k8slog/internal/ascii"

// Columns parses a text in which every part has a fixed column. Columns count bytes
// from 0. The first part that does not match sets Invalid, which stays set, so
// that callers check it once, after the last part.
type Columns struct {
	Text    []byte
	Invalid bool
}

// Number parses the decimal digits in the columns from..to-1.
func (c *Columns) Number(from, to int) int {
	if to > len(c.Text) {
		c.Invalid = true
		return 0
	}
	n := ascii.Number(c.Text[from:to])
	if n < 0 {
		c.Invalid = true
		return 0
	}
	return n
}

// Expect requires byte b in a column.
func (c *Columns) Expect(at int, b byte) {
	if at >= len(c.Text) || c.Text[at] != b {
		c.Invalid = true
	}
}

// Clock parses hh:mm:ss, which begins in a column, into civil.
func (c *Columns) Clock(at int, civil *Civil) {
	civil.Hour, civil.Minute, civil.Second = c.Number(at, at+2), c.Number(at+3, at+5), c.Number(at+6, at+8)
	c.Expect(at+2, ':')
	c.Expect(at+5, ':')
}

// DateTime parses yyyy-mm-dd hh:mm:ss in the first 19 columns, with separator in
// place of the hyphens. Year zero is invalid, because zero stands for a missing
// year.
func (c *Columns) DateTime(separator byte) (civil Civil) {
	civil.Year, civil.Month, civil.Day = c.Number(0, 4), c.Number(5, 7), c.Number(8, 10)
	c.Expect(4, separator)
	c.Expect(7, separator)
	c.Expect(10, ' ')
	c.Clock(11, &civil)
	c.Invalid = c.Invalid || civil.Year == 0
	return civil
}

// Fraction parses the digits that begin in a column as the fraction of a second.
// It returns nanoseconds and the column after the last digit. Digits after the
// ninth are ignored.
func (c *Columns) Fraction(at int) (nanoseconds, end int) {
	scale := 100_000_000
	for end = at; end < len(c.Text) && c.Text[end]-'0' <= 9; end++ {
		nanoseconds += int(c.Text[end]-'0') * scale
		scale /= 10
	}
	return nanoseconds, end
}
