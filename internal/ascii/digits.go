// Package ascii reads decimal digits from bytes, in place.
package ascii

// Digits reports whether s is one decimal digit or more, and nothing else.
func Digits(s []byte) bool {
	for _, c := range s {
		if c-'0' > 9 {
			return false
		}
	}
	return len(s) > 0
}

// Number returns the value of the decimal digits in s, and -1 when any other
// byte is in s. An empty s is 0. Number does not detect overflow: callers pass
// at most 18 digits.
func Number(s []byte) int {
	n := 0
	for _, c := range s {
		c -= '0'
		if c > 9 {
			return -1
		}
		n = n*10 + int(c)
	}
	return n
}
