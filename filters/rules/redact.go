package rules

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/filters"
)

// redaction replaces what a pattern matches.
type redaction struct {
	pattern *pattern
	with    string // may have $1 and ${name}
	key     []byte // of the keyed hash that is put in its place; nil for with
}

// redact replaces what the redactions match in the text and in all fields of a record. It
// returns whether anything was replaced. It sees the text without escape sequences, which
// the text then has no more: a secret could hide in one. So a record without a match is
// changed only in this.
func redact(r *filters.Record, all []redaction) (changed bool) {
	if r.Log.Exists() {
		text := r.Plain()
		coloured := bytes.IndexByte(text, escape) >= 0
		if coloured {
			text = shown(r)
		}
		if text, changed = redactText(r, text, all); changed || coloured {
			r.Log = filters.PlainText(text)
		}
	}
	for i := range r.Fields {
		if redactField(r, &r.Fields[i], all) {
			changed = true
		}
	}
	return changed
}

// redactText redacts a text, which is not nil: what a pattern matches in it as it is, and
// what it matches without escapes.
func redactText(r *filters.Record, text []byte, all []redaction) (redacted []byte, changed bool) {
	for i := range all {
		a := &all[i]
		if bytes.IndexByte(text, '\\') >= 0 {
			if redacted, done := a.applyEscaped(r, text); done {
				text, changed = redacted, true
				continue
			}
		}
		if text, changed = a.apply(r, text, changed); text == nil {
			text = []byte{} // an empty text, which is not the absent one
		}
	}
	return text, changed
}

// applyEscaped replaces the matches in a text with escapes. done is false when the pattern
// sees nothing in the text without escapes. An escape in the middle of a secret would end the
// match in the text as it is, and the rest of the secret would stay. So the matches in the
// text without escapes come first; a match in the text as it is that overlaps one of them is
// replaced together with it, and another one by itself.
func (a *redaction) applyEscaped(r *filters.Record, text []byte) (redacted []byte, done bool) {
	start := len(r.Scratch)
	var escaped bool
	if r.Scratch, escaped = appendUnescaped(r.Scratch, text); !escaped {
		r.Scratch = r.Scratch[:start]
		return nil, false
	}
	view := r.Scratch[start:len(r.Scratch):len(r.Scratch)]
	if !a.pattern.matches(view) {
		return nil, false
	}
	type match struct {
		from, to int // in text
		in       []byte
		at       []int // in in
	}
	var found []match
	place := viewPlaces(text)
	for _, at := range a.pattern.re.FindAllSubmatchIndex(view, -1) {
		if at[0] < at[1] {
			found = append(found, match{place(at[0]), place(at[1]), view, at})
		}
	}
	inView := len(found)
	for _, at := range a.pattern.re.FindAllSubmatchIndex(text, -1) {
		if at[0] < at[1] {
			found = append(found, match{at[0], at[1], text, at})
		}
	}
	if inView == 0 {
		return nil, false
	}
	slices.SortStableFunc(found, func(a, b match) int { return a.from - b.from })
	dst, from := r.Scratch, 0
	start = len(dst)
	for i := 0; i < len(found); {
		m := found[i]
		for i++; i < len(found) && found[i].from < m.to; i++ {
			m.to = max(m.to, found[i].to)
			if found[i].from > m.from && insideEscape(text, m.from) {
				m.from = found[i].from // of \u0027, the match in the text would take u0027
			}
			if len(m.in) == len(text) && len(found[i].in) != len(text) {
				m.in, m.at = found[i].in, found[i].at
			}
		}
		dst = append(dst, text[from:m.from]...)
		dst = a.appendReplacement(dst, m.in, m.at)
		from = m.to
	}
	dst = append(dst, text[from:]...)
	r.Scratch = dst
	return dst[start:len(dst):len(dst)], true
}

// apply replaces the matches in a text. It allocates when there are any. changed is returned
// as true when there are, and as it was otherwise.
func (a *redaction) apply(r *filters.Record, text []byte, changed bool) ([]byte, bool) {
	if !a.pattern.matches(text) {
		return text, changed
	}
	start, from := len(r.Scratch), 0
	dst := r.Scratch
	for _, at := range a.pattern.re.FindAllSubmatchIndex(text, -1) {
		if at[0] == at[1] {
			continue
		}
		dst = append(dst, text[from:at[0]]...)
		dst = a.appendReplacement(dst, text, at)
		from = at[1]
		changed = true
	}
	dst = append(dst, text[from:]...)
	r.Scratch = dst
	return dst[start:len(dst):len(dst)], changed
}

// insideEscape reports whether a place is inside of an escape as JSON writes it, which must
// not be torn.
func insideEscape(text []byte, at int) (inside bool) {
	const long = 16 // more than an escape, so that a long text is not read for each match
	first := max(at-long, 0)
	at -= first
	text = text[first:min(first+2*long, len(text))]
	unescape(nil, text, func(_, from, behind int) {
		inside = inside || from < at && at < behind && bytes.IndexByte(text[from:behind], 'u') >= 0
	})
	return inside
}

// appendReplacement appends what takes the place of a match.
func (a *redaction) appendReplacement(dst, text []byte, at []int) []byte {
	if a.key != nil {
		return a.appendHash(dst, text[at[0]:at[1]])
	}
	return a.pattern.re.ExpandString(dst, a.with, unsafeString(text), at)
}

// hashLen is the number of bytes of a hash that are kept.
const hashLen = 16

// appendHash appends the HMAC-SHA256 of a text, cut to hashLen bytes, in hexadecimal.
func (a *redaction) appendHash(dst, text []byte) []byte {
	mac := hmac.New(sha256.New, a.key)
	mac.Write(text)
	return hex.AppendEncode(dst, mac.Sum(nil)[:hashLen])
}

// minKey is the length of the shortest key of a hash.
const minKey = 16

// redactions reads a list of patterns with what replaces their matches.
func (p *parser) redactions(n *yaml.Node) (all []redaction) {
	p.list(n, "redact", func(n *yaml.Node) {
		var a redaction
		var with *yaml.Node
		found := p.object(n, "redact",
			member{"pattern", func(n *yaml.Node) { a.pattern = p.pattern(n, "pattern") }},
			member{"with", func(n *yaml.Node) { a.with, _ = p.scalar(n, "with"); with = n }},
			member{"hash", func(n *yaml.Node) { a.key = p.hashKey(n) }},
		)
		if n.Kind != yaml.MappingNode {
			return
		}
		if found["pattern"] == nil {
			p.problem(n, "redact needs pattern, which says what is replaced")
		}
		if (found["with"] == nil) == (found["hash"] == nil) {
			p.problem(n, "redact needs either with, a text, or hash, which says where the key is")
		}
		if a.pattern == nil {
			return
		}
		if a.pattern.re.MatchString("") {
			p.problem(found["pattern"], "pattern matches the empty text, of which nothing can be replaced")
		}
		if with != nil {
			p.checkTemplate(with, &a)
		}
		if a.with != "" || with != nil || a.key != nil {
			all = append(all, a)
		}
	})
	return all
}

// checkTemplate refuses names of groups that the pattern does not have. Their value would
// be empty.
func (p *parser) checkTemplate(n *yaml.Node, a *redaction) {
	rest := strings.ReplaceAll(a.with, "$$", "")
	for {
		_, behind, found := strings.Cut(rest, "$")
		if !found {
			return
		}
		name, braces := behind, false
		if name, braces = strings.CutPrefix(behind, "{"); braces {
			name, _, _ = strings.Cut(name, "}")
		} else {
			end := strings.IndexFunc(name, func(c rune) bool {
				return c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
			})
			if end >= 0 {
				name = name[:end]
			}
		}
		if !hasGroup(a.pattern, name) {
			p.problem(n, "with has $%s, and the pattern has no such group: write $$ for a dollar sign, and ${1} before a letter", name)
		}
		rest = behind
	}
}

func hasGroup(p *pattern, name string) bool {
	if name != "" && strings.Trim(name, "0123456789") == "" {
		n := 0
		for _, c := range name {
			n = min(n*10+int(c-'0'), 1000)
		}
		return n <= p.re.NumSubexp()
	}
	return name != "" && p.re.SubexpIndex(name) >= 0
}

// hashKey reads the file with the key of a hash. What the file holds is in no problem.
func (p *parser) hashKey(n *yaml.Node) (key []byte) {
	path := ""
	p.object(n, "hash", member{"key_file", p.into(&path, "key_file")})
	if path == "" {
		if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
			p.problem(n, "hash needs key_file, the file that holds the key")
		}
		return nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.dir, path)
	}
	if p.config.NoFiles {
		return []byte(path) // nothing is redacted
	}
	content, err := os.ReadFile(path)
	if err != nil {
		p.problem(n, "key_file cannot be read: %v", err)
		return nil
	}
	if key = bytes.TrimSpace(content); len(key) < minKey {
		p.problem(n, "key_file %s holds %d bytes; allowed: %d or more, as of openssl rand -hex 32", path, len(key), minKey)
		return nil
	}
	return key
}
