package textlog

import (
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters"
)

// shape is the shape of a header, as a pattern: a name in braces is a field (fields), a
// space stands for blanks, and all other bytes for themselves. level is the severity of its
// {=word}.
type shape struct {
	pattern string
	level   filters.Severity
}

// node is a step in the tree of the patterns: those that begin alike share their nodes.
type node struct {
	kind    partKind
	literal string           // of literal and fixedLevel; for anyText the byte behind it, for blanks as many
	level   filters.Severity // of fixedLevel
	last    bool             // a pattern ends here
	next    []*node          // what can follow, in the order of the table
	begins  byteSet          // the bytes that it can begin with
	by      *branch          // next, by the first byte; nil for one step at most
}

// branch is the steps that begin with a byte: lists[of[c]]. Most nodes have one step behind
// them, and need none.
type branch struct {
	of    [256]uint16
	lists [][]*node // the first one is empty
}

// newShapes makes a tree of patterns.
func newShapes(groups ...[]shape) *node {
	root := &node{}
	for _, group := range groups {
		for _, sh := range group {
			at := root
			for rest := sh.pattern; rest != ""; {
				var n *node
				n, rest = parsePart(rest)
				if n.kind == fixedLevel {
					n.level = sh.level
				}
				at = at.child(n)
			}
			at.last = true
		}
	}
	root.index()
	return root
}

// index sets by of a node and of all behind it.
func (parent *node) index() {
	for _, n := range parent.next {
		n.index()
	}
	if len(parent.next) < 2 {
		return
	}
	parent.by = &branch{lists: make([][]*node, 1)}
	var list []*node
	for c := range parent.by.of {
		list = list[:0]
		for _, n := range parent.next {
			if n.begins[c] {
				list = append(list, n)
			}
		}
		parent.by.of[c] = parent.by.add(list)
	}
}

// add returns the number of a list.
func (b *branch) add(list []*node) uint16 {
	for i := range b.lists {
		if slices.Equal(b.lists[i], list) {
			return uint16(i)
		}
	}
	b.lists = append(b.lists, slices.Clone(list))
	return uint16(len(b.lists) - 1)
}

// steps returns what can follow a node and begin with c.
func (parent *node) steps(c byte) []*node {
	switch {
	case parent.by != nil:
		return parent.by.lists[parent.by.of[c]]
	case len(parent.next) == 1 && parent.next[0].begins[c]:
		return parent.next
	}
	return nil
}

// parsePart returns the first part of a pattern, and the rest. Literals are single bytes, so that
// patterns share what they have in common.
func parsePart(pattern string) (n *node, rest string) {
	switch pattern[0] {
	case '{':
		name, rest, _ := strings.Cut(pattern[1:], "}")
		if word, ok := strings.CutPrefix(name, "="); ok {
			return &node{kind: fixedLevel, literal: word}, rest
		}
		return &node{kind: fields[name], literal: rest[:min(1, len(rest))]}, rest
	case ' ':
		rest = strings.TrimLeft(pattern, " ")
		return &node{kind: blanks, literal: pattern[:len(pattern)-len(rest)]}, rest
	}
	return &node{literal: pattern[:1]}, pattern[1:]
}

// child returns the child that is the same step as n, or else n as a new child.
func (parent *node) child(n *node) *node {
	for _, c := range parent.next {
		if c.kind == n.kind && c.level == n.level && (c.literal == n.literal || n.kind != literal && n.kind != fixedLevel && n.kind != blanks && n.kind != anyText) {
			return c
		}
	}
	for c := range n.begins {
		n.begins[c] = n.canBegin(byte(c))
	}
	parent.next = append(parent.next, n)
	return n
}

// find returns what the first pattern that a text has at i finds in it; the zero Found for
// none.
func (parent *node) find(s []byte, i int) Found { return parent.match(s, i, Found{}) }

// match matches what can follow a node with a text at i. f is what was found before.
func (parent *node) match(s []byte, i int, f Found) Found {
	for i < len(s) {
		all := parent.steps(s[i])
		if len(all) == 0 {
			break
		}
		last := len(all) - 1
		for _, n := range all[:last] {
			if end, found, ok := n.step(s, i, f); ok {
				if !n.last {
					found = n.match(s, end, found)
				}
				if found != (Found{}) {
					return found
				}
			}
		}
		var ok bool
		if parent = all[last]; parent.kind == literal {
			i++
		} else if i, f, ok = parent.step(s, i, f); !ok {
			break
		}
		if parent.last && f.Inner < len(s) {
			return f
		}
	}
	return Found{}
}

// step matches the node itself.
func (n *node) step(s []byte, i int, f Found) (end int, _ Found, ok bool) {
	end, severity := n.field(s, i)
	switch {
	case end == noField:
		return 0, f, false
	case severity != 0:
		f = Found{Severity: severity, Start: i, End: end}
	case n.kind == nextHeader:
		f = Found{Inner: i}
	}
	return end, f, true
}
