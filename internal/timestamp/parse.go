package timestamp

import (
	"math"

	"github.com/k8slog/k8slog/internal/ascii"
)

// Parse parses a time in one of the notations that programs write into their own
// lines:
//
//   - RFC 3339; the zone may lack its colon (zap), and the T may be a space
//     (CRI-O);
//   - a decimal number since 1970, with an optional fraction and exponent. The
//     size of the number selects the unit: seconds, milliseconds, microseconds or
//     nanoseconds.
//
// ok is false for any other text.
func Parse(b []byte) (ns int64, ok bool) {
	if len(b) < 5 || b[4] != '-' {
		return parseUnix(b)
	}
	var buf [40]byte
	n := len(b)
	if n >= len(buf) {
		return 0, false
	}
	if b[n-5] == '+' || b[n-5] == '-' {
		b = append(append(append(buf[:0], b[:n-2]...), ':'), b[n-2:]...)
	}
	if n > 10 && b[10] == ' ' {
		b = append(buf[:0], b...)
		b[10] = 'T'
	}
	return ParseRFC3339(b)
}

// parseUnix parses a number such as 1533958925.658, 1533958925658 or
// 1.533958925658E9. A number that is before 1973 in seconds is refused, because
// it is unlikely to be a time.
func parseUnix(b []byte) (ns int64, ok bool) {
	var mantissa uint64
	scale, point, exponent := 0, false, 0 // the value is mantissa / 10^scale
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if mantissa >= 1e18 {
				if !point {
					return 0, false
				}
				continue
			}
			mantissa = mantissa*10 + uint64(c-'0')
			if point {
				scale++
			}
			continue
		case c == '.' && !point && i > 0:
			point = true
			continue
		case c|0x20 == 'e' && i > 0:
			if exponent, ok = parseExponent(b[i+1:]); !ok {
				return 0, false
			}
		default:
			return 0, false
		}
		break
	}
	scale -= exponent
	whole := -scale // digits before the decimal point
	for m := mantissa; m > 0; m /= 10 {
		whole++
	}
	switch {
	case mantissa == 0 || whole < 9 || whole > 19:
		return 0, false
	case whole < 12:
		scale -= 9
	case whole < 15:
		scale -= 6
	case whole < 18:
		scale -= 3
	}
	for ; scale > 0; scale-- {
		mantissa /= 10
	}
	for ; scale < 0; scale++ {
		if mantissa > math.MaxInt64/10 {
			return 0, false
		}
		mantissa *= 10
	}
	return int64(mantissa), mantissa <= math.MaxInt64
}

// parseExponent parses the exponent that follows the e of a number.
func parseExponent(b []byte) (int, bool) {
	sign := 1
	if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 2 {
		return 0, false
	}
	n := ascii.Number(b)
	return sign * n, n >= 0
}
