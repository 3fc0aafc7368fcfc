package s3

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
)

// rendered is a source as it is written: what all of its lines share, and what the names of its
// objects begin with.
type rendered struct {
	shared []byte
	source filters.Source
	// prefix is that of a template without a date. With a date there is one for each hour.
	// The last two are kept, because records of two hours mix around the full hour.
	prefix *prefix
	hours  [2]atomic.Pointer[prefix]
}

// prefix is what the name of an object begins with.
type prefix struct {
	text string
	hour int64 // since 1970
}

// The limits of a date in a name, before and after now. The writer of a record may choose its
// time, and must not make any number of objects by it.
const (
	oldest = 30 * 24 * time.Hour
	newest = 24 * time.Hour
)

// prefixAt returns the prefix for a record of that time.
func (b *Backend) prefixAt(source *rendered, ns int64) *prefix {
	if source.prefix != nil {
		return source.prefix
	}
	hour := ns / int64(time.Hour)
	if ns < 0 {
		hour-- // which hour a time before 1970 is in does not matter
	}
	slot := &source.hours[hour&1]
	if p := slot.Load(); p != nil && p.hour == hour {
		return p
	}
	now := time.Now()
	at := min(max(ns, now.Add(-oldest).UnixNano()), now.Add(newest).UnixNano())
	p := b.renderPrefix(&source.source, at)
	p.hour = hour
	slot.Store(p)
	return p
}

func (b *Backend) renderPrefix(s *filters.Source, ns int64) *prefix {
	return &prefix{text: prefixName(b.prefix.Or(s.Index).Text(s, ns, namePart))}
}

// A key has 1024 bytes at most
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html). maxPrefix leaves
// room for the rest of the name.
const (
	maxKey    = 1024
	maxPrefix = 800
	maxNode   = 100
)

// namePart makes a value fit for a name: one step of a path, of characters that no tool has to
// escape.
func namePart(value string) string {
	value = strings.Map(func(r rune) rune {
		if isNameRune(r) {
			return r
		}
		return '_'
	}, value)
	return value[:min(len(value), maxPrefix)]
}

func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
}

// isPrefixRune reports whether a character may stand in the option: those that S3 calls safe,
// and the = of paths that Hive and Athena read as columns.
func isPrefixRune(r rune) bool { return isNameRune(r) || strings.ContainsRune("/!*'()=", r) }

// prefixName makes a prefix of the text of a template, in which steps of a path are not empty,
// and neither . nor .., which clients of HTTP take out.
func prefixName(text string) string {
	text = text[:min(len(text), maxPrefix)]
	steps := strings.Split(strings.TrimLeft(text, "/"), "/")
	for i, step := range steps {
		if step == "." || step == ".." || step == "" && i < len(steps)-1 {
			steps[i] = "_"
		}
	}
	if name := strings.Join(steps, "/"); name != "" {
		return name
	}
	return "k8slog/"
}
