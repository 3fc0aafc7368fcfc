package textlog

// byteKind is what a byte is for MayHave.
type byteKind uint8

const (
	none byteKind = iota
	inName
	opening // of a field in brackets, or of JSON, or an escape sequence
	backslash
	lowerCase
	upperCase
	digit
	other // an underscore, or a byte that is not ASCII
)

// kinds has the kind of each byte. Those of words are the last.
var kinds = func() (t [256]byteKind) {
	for c := range t {
		switch b := byte(c); {
		case b-'a' < 26:
			t[c] = lowerCase
		case b-'A' < 26:
			t[c] = upperCase
		case b-'0' <= 9:
			t[c] = digit
		case b == '_' || b >= 0x80:
			t[c] = other
		case b == '.' || b == '-':
			t[c] = inName
		case b == '[' || b == '<' || b == '=' || b == '(' || b == '{' || b == escape:
			t[c] = opening
		case b == '\\':
			t[c] = backslash
		}
	}
	return t
}()

// byteSet is a set of bytes.
type byteSet [256]bool

// wordsAnd returns the bytes of words and others.
func wordsAnd(others string) (set byteSet) {
	for c := range set {
		set[c] = isWord(byte(c))
	}
	for _, c := range []byte(others) {
		set[c] = true
	}
	return set
}

// inHex has the hexadecimal digits.
var inHex = func() (set byteSet) {
	for _, c := range []byte("0123456789abcdefABCDEF") {
		set[c] = true
	}
	return set
}()

var (
	inIdentifier = wordsAnd(".-")
	inNumber     = wordsAnd(".#:/%-")
	inToken      = wordsAnd(".:/$@=,#%*()[]<>~-") // of a name, a position or a key with its value
	inLogger     = wordsAnd(".:$/-")
	inCategory   = wordsAnd(".+`-<>,") // .NET's names of classes
)

// isWord returns whether c is a part of a word: a letter, a digit, an underscore, or a byte
// of a letter that is not ASCII.
func isWord(c byte) bool { return kinds[c] >= lowerCase }
