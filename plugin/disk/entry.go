package disk

import (
	"bytes"
	"hash/crc32"
	"strconv"
	"time"
)

// seal appends an entry as a line with its checksum.
func seal(dst, entry []byte) []byte {
	dst = append(strconv.AppendUint(dst, uint64(crc32.ChecksumIEEE(entry)), 16), ' ')
	return append(append(dst, entry...), '\n')
}

// unseal returns the entry of a line; false for a damaged line.
func unseal(line []byte) (entry []byte, ok bool) {
	sum, entry, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(entry) == 0 {
		return nil, false
	}
	n, err := strconv.ParseUint(string(sum), 16, 32)
	return entry, err == nil && uint32(n) == crc32.ChecksumIEEE(entry)
}

// parser reads the values of an entry.
type parser struct {
	rest   string
	failed bool
}

func (p *parser) word() string {
	p.rest = trimSpace(p.rest)
	i := 0
	for i < len(p.rest) && p.rest[i] != ' ' {
		i++
	}
	word := p.rest[:i]
	p.rest = p.rest[i:]
	return word
}

func trimSpace(s string) string {
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	return s
}

func (p *parser) int() int64 {
	n, err := strconv.ParseInt(p.word(), 10, 64)
	p.failed = p.failed || err != nil
	return n
}

// time reads a time in nanoseconds since 1970; zero for none.
func (p *parser) time() time.Time {
	if n := p.int(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// nanoseconds is the inverse of time.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func (p *parser) uint() uint64 {
	n, err := strconv.ParseUint(p.word(), 10, 64)
	p.failed = p.failed || err != nil
	return n
}

func (p *parser) text() string {
	p.rest = trimSpace(p.rest)
	quoted, err := strconv.QuotedPrefix(p.rest)
	if err != nil {
		p.failed = true
		return ""
	}
	p.rest = p.rest[len(quoted):]
	text, err := strconv.Unquote(quoted)
	p.failed = p.failed || err != nil
	return text
}
