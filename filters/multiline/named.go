package multiline

import "encoding/binary"

// Not all exceptions are called so: what their names have in common is only
// that they are names of classes. A line that begins with one is followed by
// its frames, or it is no exception.
//
//	com.example.OrderRejected: no stock
//	Timeout::ExitException: execution expired
//	OrderRejected: no stock

const (
	each = 0x0101010101010101 // in each byte of a word
	high = each * 0x80

	capitals  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters   = "_abcdefghijklmnopqrstuvwxyz" + capitals
	tenDigits = "0123456789"
)

// begins says whether a line begins with such a name, or a headline of Rails.
// Most lines show at once that they do not: a package has a dot among its first
// letters, as com, org or javax, and a capitalised word is not all in capitals.
func begins(kept []byte) bool {
	if len(kept) < 8 {
		return false
	}
	if kept[0]-'a' < 26 {
		dots := binary.LittleEndian.Uint64(kept) ^ each*'.'
		return (dots-each)&^dots&high != 0 && isNamed(kept)
	}
	return kept[1] >= 'a' && (isNamed(kept) || opensRails(kept) || isCmdlet(kept) || isSwiftFatal(kept))
}

func mayBeName(text []byte) bool { return isNamed(text) && begins(text) }

func isQualifiedName(text []byte) bool {
	_, qualified := startsNamed(text)
	return qualified && mayBeName(text)
}

func isNamed(text []byte) bool {
	is, _ := startsNamed(text)
	return is
}

func isUnloggedName(line []byte) bool { return isNamed(line) && !hasHeader(line) && !logged(line) }

// startsNamed says whether a text begins with the name of a class, and a colon
// or the end of the line follows; and whether the name tells of a package or
// module. One that does not has two capitalised words: "Processing: 7" is an
// ordinary line.
func startsNamed(text []byte) (named, qualified bool) {
	first, upper, lower, words := true, false, false, false // of a part of the name
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ':' && upper && (i+1 == len(text) || text[i+1] == ' '):
			return lower && !first && (qualified || words), qualified
		case c == ':' && i+2 < len(text) && text[i+1] == ':':
			qualified, first, lower = true, true, false
			i++
		case c == '$' && !first: // of a class within a class
		case c == '.' || c == '$' || c == '+':
			if first {
				return false, false
			}
			qualified, first, lower = qualified || c == '.', true, false
		case first && c|0x20-'a' >= 26:
			return false, false
		case alphanumeric(c):
			if first {
				first, upper = false, c-'A' < 26
			} else if c-'A' < 26 && lower {
				words = true
			}
			lower = lower || c-'a' < 26
		default:
			return false, false
		}
	}
	return qualified && upper && lower && !first, qualified
}
