package multiline

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Begin runs for every line of every container, and nearly all of them begin
// nothing. suspicious screens them: it may be wrong about a line that it lets
// through, for start and hint look closer, but what it holds back is lost. It
// looks at the first bytes, the last ones, and for the names of levels and
// exceptions, which all have an upper-case E or A (but for Throwable, which is
// found only where it begins or ends a line).
func (s Set) suspicious(text []byte) bool {
	if s.suspiciousStart(text) || s.suspiciousEnd(text) || suspiciousWord(text[:min(len(text), window)]) {
		return true
	}
	return len(text) >= 8 && mayBeName(binary.LittleEndian.Uint64(text)) && (begun(text) || isLogging(text))
}

// window is how much of a long line is searched for names of exceptions.
const window = 256

func (s Set) suspiciousStart(text []byte) bool {
	switch c := text[0]; c {
	case ' ', '\t', escape:
		return true
	case '\\':
		return has(text, `\t`) || has(text, inString) || has(text, `\u003c--- Last`) || isNodeScript(text)
	case '<':
		return string(text) == lastCollections || isNodeScript(text)
	case '=':
		return string(text) == raceRule
	case '-':
		return string(text) == loggingError || string(text) == nativeStack
	case '/':
		return s&python != 0 && isPyWarning(text)
	case 'C':
		return has(text, "Caused by: ")
	case 'E':
		return s&golang != 0 && len(text) > 1 && text[1]-'0' <= 9 // klog
	case 'F':
		return s&golang != 0 && len(text) > 1 && text[1]-'0' <= 9 || has(text, "Fatal error") || has(text, fatalPython) || has(text, threadDump)
	case 'N':
		return has(text, "NOTICE: PHP ")
	case 'P':
		return has(text, "PHP ") || has(text, "Process terminated.")
	case 'S':
		return has(text, "SIG") || string(text) == "Stack overflow."
	case 'T':
		return has(text, "Task exception ") || isTrace(text)
	case 'U':
		return has(text, "Unhandled ")
	case '[': // [22-Nov-2026 10:00:00 UTC] PHP …
		return len(text) > 7 && text[3] == '-' && text[7] == '-'
	case 'e':
		return has(text, "exception '")
	case 'j':
		return has(text, "java.lang.Throwable")
	case 'p':
		return has(text, "panic: ")
	case 'r':
		return has(text, "runtime")
	case 'u':
		return has(text, "unexpected fault ")
	case 'f':
		return has(text, "fatal error: ") || has(text, "fail: ")
	case 'c', 'd', 'i', 't', 'w':
		return len(text) > 4 && text[4] == ':' && text[len(text)-1] == ']'
	default:
		if c-'0' > 9 || len(text) <= 26 {
			return false
		}
		// 2026/11/22 10:00:00 http: panic serving …
		if text[4] != '/' {
			return s&golang != 0 && zapTime(text) && (isZap(text) || coloured(text[:min(len(text), longestTime+len(inString))]))
		}
		return text[19] == ' ' && (has(text[20:], "http: panic") || has(text[20:], "http2: panic") || has(text[20:], "panic: "))
	}
}

func (s Set) suspiciousEnd(text []byte) bool {
	switch last := text[len(text)-1]; last {
	case ':':
		return true
	case ' ':
		return ends(text, "RemoteTraceback: ") || ends(text, "WithTraceback: ")
	case ')', '\'':
		return s&ruby != 0 && bytes.Contains(text, []byte(":in "))
	case '{':
		return ends(text, "] {")
	case 'e':
		return ends(text, "Throwable")
	case 'm':
		return endsColoured(text)
	default:
		return last-'0' <= 9 && s&node != 0 && isNodeSource(text)
	}
}

// suspiciousWord looks at 32 bytes at once, and at the last ones twice.
func suspiciousWord(text []byte) bool {
	const block = 32
	rest := text
	for len(rest) > 0 {
		if len(rest) < block {
			if len(text) < block {
				return suspiciousShort(text)
			}
			rest = text[len(text)-block:]
		}
		a, b, c, d := eOrA(rest), eOrA(rest[8:]), eOrA(rest[16:]), eOrA(rest[24:])
		if (a|b|c|d)&high != 0 && tellsOfErrors(rest, a&high>>7|b&high>>6|c&high>>5|d&high>>4) {
			return true
		}
		rest = rest[block:]
	}
	return false
}

func suspiciousShort(text []byte) bool {
	for i, c := range text {
		if c|0x04 == 'E' && tellsOfError(text, i) {
			return true
		}
	}
	return false
}

const (
	each = 0x0101010101010101
	high = each * 0x80
)

// eOrA returns a word in which the highest bit is set of each byte that is an E
// or A, and maybe of one behind such a byte. The two differ in one bit.
func eOrA(text []byte) uint64 {
	x := (binary.LittleEndian.Uint64(text) | each*('A'^'E')) ^ each*'E'
	return (x - each) & ^x
}

// tellsOfErrors looks at what is found in a block: bit 8i+k stands for byte 8k+i.
func tellsOfErrors(block []byte, found uint64) bool {
	for ; found != 0; found &= found - 1 {
		bit := bits.TrailingZeros64(found)
		if tellsOfError(block, bit&7*8+bit>>3) {
			return true
		}
	}
	return false
}

// tellsOfError says whether the E or A at i is that of a level or of the name
// of an exception. What stands around the word is looked at later.
func tellsOfError(text []byte, i int) bool {
	if i+1 >= len(text) {
		return false
	}
	rest := text[i+1:]
	if text[i] == 'E' {
		switch rest[0] {
		case 'R':
			return has(rest, "RR")
		case 'r':
			return has(rest, "rror") && (len(rest) == 4 || rest[4] == ':' || rest[4] == ' ' || rest[4] == '(' || rest[4] == ']')
		case 'x':
			return has(rest, "xception")
		case 'V':
			return has(rest, "VERE")
		case 'M':
			return has(rest, "MERGENCY")
		}
		return false
	}
	switch rest[0] {
	case 'R':
		return has(rest, "RN")
	case 'T':
		return has(rest, "TAL")
	case 'N':
		return has(rest, "NIC")
	case 'L':
		return has(rest, "LERT") || len(rest) == 1 || !alphanumeric(rest[1]) // CRITICAL
	}
	return false
}
