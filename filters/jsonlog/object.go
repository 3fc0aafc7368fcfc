package jsonlog

import "github.com/k8slog/k8slog/internal/jsontext"

// maxDepth is how deep an object may nest: more than any log has, and less
// than any reader refuses.
const maxDepth = 32

// Object says whether text is, but for white space around it, one valid JSON
// object (RFC 8259), all of its strings valid UTF-8 and none with half a
// surrogate pair, and nested no deeper than maxDepth; and returns it without
// that white space. broken tells that it has line breaks between its tokens.
func Object(text []byte) (object []byte, broken, ok bool) {
	c := checker{s: text}
	c.space()
	start := c.i
	c.broken = false
	if c.i == len(text) || text[c.i] != '{' || !c.value(0) {
		return nil, false, false
	}
	end, broken := c.i, c.broken
	if c.space(); c.i < len(text) {
		return nil, false, false
	}
	return text[start:end:end], broken, true
}

// AppendOneLine appends a valid object without its line breaks: with one, a
// record would be two in a backend that takes a record a line.
func AppendOneLine(dst, object []byte) []byte {
	start := len(dst)
	dst = append(dst, object...)
	onOneLine(dst[start:])
	return dst
}

// onOneLine makes spaces of line breaks. Inside of a valid string is none.
func onOneLine(object []byte) {
	for i, c := range object {
		if c == '\n' || c == '\r' {
			object[i] = ' '
		}
	}
}

// checker reads JSON from s[i] on.
type checker struct {
	s      []byte
	i      int
	broken bool // there was a line break
}

// space skips white space.
func (c *checker) space() {
	for ; c.i < len(c.s); c.i++ {
		switch c.s[c.i] {
		case ' ', '\t':
		case '\n', '\r':
			c.broken = true
		default:
			return
		}
	}
}

// skip skips a byte, if it is the next one.
func (c *checker) skip(b byte) bool {
	if c.i < len(c.s) && c.s[c.i] == b {
		c.i++
		return true
	}
	return false
}

// value reads a value that stands inside of so many others.
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

// list reads what stands behind the opening bracket of an object or array.
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

// str reads what stands behind the opening quote of a string.
func (c *checker) str() bool {
	end, form, _ := jsontext.Scan(c.s[c.i:])
	c.i += end + 1
	return form == jsontext.Plain || form == jsontext.Escaped
}

func (c *checker) word(w string) bool {
	if len(c.s)-c.i < len(w) || string(c.s[c.i:c.i+len(w)]) != w {
		return false
	}
	c.i += len(w)
	return true
}

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

// digits reads one digit or more.
func (c *checker) digits() bool {
	start := c.i
	for c.i < len(c.s) && c.s[c.i]-'0' <= 9 {
		c.i++
	}
	return c.i > start
}

// memberList walks over the members of an object.
type memberList struct {
	checker
	behind            bool   // there was a member before
	key, value, whole []byte // whole is both, as they stand
}

func membersOf(text []byte) memberList {
	m := memberList{checker: checker{s: text}}
	m.space()
	if !m.skip('{') {
		m.i = len(text)
	}
	m.space()
	return m
}

// next reads a member. At the end, and at what is none, it returns false and
// stays where it is.
func (m *memberList) next() bool {
	before := m.i
	ok := m.read()
	if !ok {
		m.i = before
	}
	return ok
}

func (m *memberList) read() bool {
	if m.behind && !m.skip(',') {
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
	m.behind = true
	return true
}

// ended says whether all that is left is the end of the object.
func (m *memberList) ended() bool {
	ok := m.skip('}')
	m.space()
	return ok && m.i == len(m.s)
}
