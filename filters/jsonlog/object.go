package jsonlog

import "github.com/k8slog/k8slog/internal/jsontext"

// maxDepth is the largest depth of nested objects and arrays. Logs nest less deeply, and
// all JSON parsers accept this depth.
const maxDepth = 32

// Object checks that text is one JSON object (RFC 8259) with white space around it. All of
// its strings must be valid UTF-8 without unpaired surrogates, and it must not nest deeper
// than 32 levels. Object returns the object, in place, without the white space around it.
// multiline is true when it has line breaks between its tokens. ok is false for any other
// text.
func Object(text []byte) (object []byte, multiline, ok bool) {
	c := checker{s: text}
	c.space()
	start := c.i
	c.multiline = false
	if c.i == len(text) || text[c.i] != '{' || !c.value(0) {
		return nil, false, false
	}
	end, multiline := c.i, c.multiline
	if c.space(); c.i < len(text) {
		return nil, false, false
	}
	return text[start:end:end], multiline, true
}

// AppendOneLine appends a valid object with spaces in place of its line breaks. Backends
// that receive one record a line would otherwise split the object.
func AppendOneLine(dst, object []byte) []byte {
	start := len(dst)
	dst = append(dst, object...)
	joinLines(dst[start:])
	return dst
}

// joinLines replaces line breaks by spaces. Valid strings do not contain line breaks.
func joinLines(object []byte) {
	for i, c := range object {
		if c == '\n' || c == '\r' {
			object[i] = ' '
		}
	}
}

// checker parses JSON that begins at s[i]. The methods return false for invalid JSON.
type checker struct {
	s         []byte
	i         int
	multiline bool // white space with a line break was skipped
}

// space skips white space.
func (c *checker) space() {
	for ; c.i < len(c.s); c.i++ {
		switch c.s[c.i] {
		case ' ', '\t':
		case '\n', '\r':
			c.multiline = true
		default:
			return
		}
	}
}

// skip skips b and returns true when b is the next byte.
func (c *checker) skip(b byte) bool {
	if c.i < len(c.s) && c.s[c.i] == b {
		c.i++
		return true
	}
	return false
}

// value skips a value inside of depth nested objects and arrays.
func (c *checker) value(depth int) bool {
	if c.i == len(c.s) {
		return false
	}
	switch b := c.s[c.i]; b {
	case '"':
		c.i++
		return c.str()
	case '{', '[':
		c.i++
		return depth < maxDepth && c.list(b == '{', depth+1)
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	}
	return c.number()
}

// list skips the rest of an object or array, after its opening bracket.
func (c *checker) list(object bool, depth int) bool {
	end := byte(']')
	if object {
		end = '}'
	}
	c.space()
	if c.skip(end) {
		return true
	}
	for {
		c.space()
		if object {
			if !c.skip('"') || !c.str() {
				return false
			}
			c.space()
			if !c.skip(':') {
				return false
			}
			c.space()
		}
		if !c.value(depth) {
			return false
		}
		c.space()
		if c.skip(end) {
			return true
		}
		if !c.skip(',') {
			return false
		}
	}
}

// str skips the rest of a string, after its opening quote.
func (c *checker) str() bool {
	end, kind, _ := jsontext.Scan(c.s[c.i:])
	c.i += end + 1
	return kind == jsontext.Plain || kind == jsontext.Escaped
}

// word skips one of the literals true, false and null.
func (c *checker) word(w string) bool {
	if len(c.s)-c.i < len(w) || string(c.s[c.i:c.i+len(w)]) != w {
		return false
	}
	c.i += len(w)
	return true
}

// number skips a number.
func (c *checker) number() bool {
	c.skip('-')
	if !c.skip('0') && !c.digits() {
		return false
	}
	if c.skip('.') && !c.digits() {
		return false
	}
	if c.skip('e') || c.skip('E') {
		if !c.skip('+') {
			c.skip('-')
		}
		return c.digits()
	}
	return true
}

// digits skips one digit or more.
func (c *checker) digits() bool {
	start := c.i
	for c.i < len(c.s) && c.s[c.i]-'0' <= 9 {
		c.i++
	}
	return c.i > start
}

// memberList iterates over the members of an object. It checks that each member is valid
// JSON. See lenientMembers for truncated objects.
type memberList struct {
	checker
	started           bool   // a member was read
	key, value, whole []byte // of the current member; key is without quotes
}

// membersOf starts an iteration. A text that is not an object has no members.
func membersOf(text []byte) memberList {
	m := memberList{checker: checker{s: text}}
	m.space()
	if !m.skip('{') {
		m.i = len(text)
	}
	m.space()
	return m
}

// next reads the next member. It returns false, and does not move, at the end of the
// object and at invalid JSON.
func (m *memberList) next() bool {
	before := m.i
	ok := m.read()
	if !ok {
		m.i = before
	}
	return ok
}

// read reads the next member.
func (m *memberList) read() bool {
	if m.started && !m.skip(',') {
		return false
	}
	m.space()
	start := m.i
	if !m.skip('"') || !m.str() {
		return false
	}
	m.key = m.s[start+1 : m.i-1]
	m.space()
	if !m.skip(':') {
		return false
	}
	m.space()
	value := m.i
	if !m.checker.value(1) {
		return false
	}
	m.value, m.whole = m.s[value:m.i], m.s[start:m.i]
	m.space()
	m.started = true
	return true
}

// ended returns whether only the end of the object is left.
func (m *memberList) ended() bool {
	ok := m.skip('}')
	m.space()
	return ok && m.i == len(m.s)
}
