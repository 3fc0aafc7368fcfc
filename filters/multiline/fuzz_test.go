package multiline

import (
	"bytes"
	"strings"
	"testing"
)

// The first lines that programs write are recognised in both spellings.
func TestEscaped(t *testing.T) {
	lines := append([]string{}, ordinary...)
	for _, text := range samples {
		lines = append(lines, strings.Split(text, "\n")...)
	}
	for _, line := range lines {
		for _, place := range []Place{Container, Component} {
			want := all.Begin([]byte(line), place)
			if got := all.Begin([]byte(escaped(line)), place); got != want {
				t.Errorf("%s: escaped %+v, plain %+v", line, got, want)
			}
			if got := all.Begin([]byte(line+"\r"), place); got != want {
				t.Errorf("%s: with a carriage return %+v, without %+v", line, got, want)
			}
		}
	}
}

func FuzzLines(f *testing.F) {
	for _, text := range samples {
		f.Add([]byte(text), uint32(all), false)
	}
	f.Add([]byte("E1122 10:00:00.123456 1 a.go:1] x=<\n\ty\n > z=<"), uint32(1<<7), true)
	f.Fuzz(func(t *testing.T, text []byte, languages uint32, component bool) {
		set, place := Set(languages)&all, Container
		if component {
			place = Component
		}
		state := None
		for _, line := range bytes.Split(text, []byte("\n")) {
			if None.Next(line) != None {
				t.Fatalf("%q follows nothing", line)
			}
			if state = state.Next(line); state != None {
				if state.Tentative() != state.live.within(rules.names.set(lookaheadStates)) || state.more.used() > maxLookahead {
					t.Fatalf("%q is held as %+v", line, state)
				}
				if state.Tentative() {
					givenBack(t, set, place, line)
				}
				continue
			}
			state = set.Begin(line, place)
			if state != None && (set == 0 || len(line) == 0 || line[0] == '{' && len(line) > 3 || state.set != set) {
				t.Fatalf("%q begins %+v", line, state)
			}
			if state.live == rules.names.set("closed") {
				t.Fatalf("%q begins and ends", line)
			}
			set.Begin([]byte(escaped(string(line))), place)
			sound(t, set, line)
		}
	})
}

// givenBack checks that a line that is held is not missed where it is given
// back: it begins nothing for certain, and no logger wrote it.
func givenBack(t *testing.T, set Set, place Place, line []byte) {
	t.Helper()
	if bytes.HasSuffix(line, []byte("\r")) {
		line = line[:len(line)-1]
	}
	if st := set.Begin(line, place).live; !st.within(rules.soft.and(rules.names.set("thrown thrownMaybe qualified"))) || hasHeader(line) {
		t.Fatalf("%q is held, and begins %v", line, st)
	}
}

// sound checks that no rule takes a first line that the prefilter holds back.
// The one exception is a Throwable of a package whose name is long.
func sound(t *testing.T, set Set, line []byte) {
	t.Helper()
	if len(line) == 0 || rules.candidate(set, line) || dated(line) || bytes.Contains(line, []byte("Throwable")) {
		return
	}
	if live, _ := rules.step(rules.first, set, line, &kind{}); !live.empty() {
		t.Errorf("%q is no candidate, and begins %v", line, live)
	}
}

func TestPrefilter(t *testing.T) {
	for _, text := range append(append(samples, ordinary...), caseTexts(t)...) {
		for line := range bytes.SplitSeq([]byte(text), []byte("\n")) {
			for i := range Languages {
				sound(t, 1<<i, line)
			}
			for n := 1; n < len(line); n += 7 {
				sound(t, all, line[n:])
				sound(t, all, line[:n])
			}
		}
	}
}
