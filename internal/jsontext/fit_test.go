package jsontext

import (
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"
)

// checkFit compares FitBody and FitValidUTF8 with the length of the output.
func checkFit(t *testing.T, s string, room int) {
	t.Helper()
	for name, f := range map[string]struct {
		fit   func([]byte, int) int
		write func(dst, s []byte) []byte
	}{"FitBody": {FitBody, AppendBody}, "FitValidUTF8": {FitValidUTF8, AppendValidUTF8}} {
		n := f.fit([]byte(s), room)
		if n < 0 || n > len(s) || len(f.write(nil, []byte(s[:n]))) > room {
			t.Fatalf("%s(%q, %d) = %d", name, s, room, n)
		}
		if n == len(s) {
			continue
		}
		// The next character does not fit, and no character is split.
		_, size := utf8.DecodeRuneInString(s[n:])
		if len(f.write(nil, []byte(s[:n+size]))) <= room {
			t.Fatalf("%s(%q, %d) = %d, which is too little", name, s, room, n)
		}
		if utf8.ValidString(s) && !utf8.ValidString(s[:n]) {
			t.Fatalf("%s(%q, %d) = %d, inside a character", name, s, room, n)
		}
	}
}

func TestFit(t *testing.T) {
	for _, s := range traps {
		for room := range 6*len(s) + 2 {
			checkFit(t, s, room)
		}
	}
	atEachOffset(func(s string) { checkFit(t, s, max(len(s)-3, 0)) })
	random := rand.New(rand.NewSource(1))
	for range 2000 {
		var b strings.Builder
		for range random.Intn(40) {
			b.WriteString(traps[random.Intn(len(traps))])
		}
		checkFit(t, b.String(), random.Intn(2*b.Len()+1))
	}
}

func FuzzFit(f *testing.F) {
	for _, s := range traps {
		f.Add(s, len(s)/2)
	}
	f.Fuzz(func(t *testing.T, s string, room int) {
		if room >= 0 {
			checkFit(t, s, room)
		}
	})
}
