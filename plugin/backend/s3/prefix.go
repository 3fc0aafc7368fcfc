package s3

import (
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
)

// rendered is a source as it is written: what all of its lines share, and what the names of its
// objects begin with.
type rendered struct {
	shared   []byte
	source   filters.Source
	prefix   *prefix                // of a template without a date
	prefixes backend.ByHour[prefix] // of one with a date
}

// prefix is what the name of an object begins with.
type prefix struct{ text string }

// prefixAt returns the prefix for a record of that time.
func (b *Backend) prefixAt(source *rendered, ns int64) *prefix {
	if source.prefix != nil {
		return source.prefix
	}
	if p := source.prefixes.Load(ns); p != nil {
		return p
	}
	return source.prefixes.Store(ns, b.renderPrefix(&source.source, backend.DateFor(ns, time.Now())))
}

func (b *Backend) renderPrefix(s *filters.Source, ns int64) prefix {
	return prefix{text: prefixName(b.prefix.Or(s.Index).Text(s, ns, namePart))}
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
