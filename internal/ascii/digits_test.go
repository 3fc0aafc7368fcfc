package ascii

import "testing"

func TestDigits(t *testing.T) {
	for _, c := range []struct {
		s      string
		digits bool
		number int
	}{
		{"", false, 0}, {"0", true, 0}, {"007", true, 7}, {"123456789012345678", true, 123456789012345678},
		{"-1", false, -1}, {"1 ", false, -1}, {"1.5", false, -1}, {"/", false, -1}, {":", false, -1}, {"\xb0", false, -1},
	} {
		if got := Digits([]byte(c.s)); got != c.digits {
			t.Errorf("Digits(%q) = %t", c.s, got)
		}
		if got := Number([]byte(c.s)); got != c.number {
			t.Errorf("Number(%q) = %d, want %d", c.s, got, c.number)
		}
	}
}
