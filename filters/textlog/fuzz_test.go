package textlog

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// seeds are the texts of the tests of filters/header: of programs, and of nobody's logger.
func seeds(t testing.TB) (texts []string) {
	t.Helper()
	for _, name := range []string{"programs.txt", "ordinary.txt"} {
		data, err := os.ReadFile("../header/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			_, text, found := strings.Cut(line, "\t")
			if !found || name == "ordinary.txt" {
				text = line
			}
			texts = append(texts, strings.NewReplacer(`\n`, "\n", `\e`, "").Replace(text))
		}
	}
	data, err := os.ReadFile("../header/testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Lines []string }
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		texts = append(texts, strings.Join(c.Lines, "\n"))
	}
	return texts
}

// brackets are fields in brackets, and their contents.
var brackets = regexp.MustCompile(`\[[^][]*\]|\([^()]*\)|<[^<>]*>|\{[^{}]*\}`)

// sentence is what no header has before its level: two words in lower case with a blank
// between them.
var sentence = regexp.MustCompile(`(^|[ \t])[a-z]+ [a-z]+ `)

// check checks that a level that is found stands where a logger puts it.
func check(t *testing.T, text []byte) {
	t.Helper()
	f := Find(text)
	if f != Find(text[:min(len(text), Window)]) {
		t.Errorf("%q: what is behind the window counts", text)
	}
	if f.Severity == 0 {
		if f.Start != 0 || f.End != 0 || f.Inner < 0 || f.Inner >= max(len(text), 1) {
			t.Errorf("%q: %+v", text, f)
		}
		return
	}
	if f.Inner != 0 || f.Start < 0 || f.End <= f.Start || f.End > min(len(text), Window) {
		t.Fatalf("%q: %+v", text, f)
	}
	if !MayHave(text) {
		t.Errorf("%q: %q is found, and MayHave is false", text, text[f.Start:f.End])
	}
	before, token := text[:f.Start], text[f.Start:f.End]
	if f.Start > 0 && isWord(before[len(before)-1]) && isWord(token[0]) && !bytes.HasSuffix(token, []byte("Warning")) {
		t.Errorf("%q: %q is a part of a word", text, token)
	}
	if f.End < len(text) && len(token) > 1 && string(token) != "ERR_PNPM" && isWord(text[f.End]) && isWord(token[len(token)-1]) {
		t.Errorf("%q: %q is a part of a word", text, token)
	}
	if !stated(token) {
		t.Errorf("%q: %q is no level", text, token)
	}
	// A thread in the brackets of the level can have a name of any words.
	outside := before
	if i := bytes.LastIndexByte(before, '['); i >= 0 && bytes.IndexByte(before[i:], ']') < 0 {
		outside = before[:i]
	}
	// PostgreSQL's prefix has names of any words.
	if !bytes.HasPrefix(text[f.End:], []byte(":  ")) && !bytes.ContainsRune(before, '\n') {
		if words := sentence.Find(brackets.ReplaceAll(outside, []byte("#"))); words != nil {
			t.Errorf("%q: %q is behind the sentence %q", text, token, words)
		}
	}
	// Without the level, nothing is found in its place, nor before it. The name of a part of
	// the program can be a level.
	without := bytes.Clone(text)
	for i := f.Start; i < f.End; i++ {
		without[i] = 'z'
	}
	if g := Find(without); g.Severity != 0 && g.Start < f.Start && !bytes.Contains(before, []byte(" | ")) {
		t.Errorf("%q: %q is found, and without it %q before it", text, token, without[g.Start:g.End])
	} else if g.Severity != 0 && g.Start == f.Start {
		t.Errorf("%q is a level in %q", without[g.Start:g.End], without)
	}
}

// stated returns whether a token is one that a logger writes for a level.
func stated(token []byte) bool {
	if levelOf(token).severity != 0 {
		return true
	}
	switch s := string(token); s {
	case "Warning", "*", "#", "-", ".":
		return true
	default:
		if fixedWords[s] || ibmCode.MatchString(s) {
			return true
		}
	}
	if letter(token[0]) != 0 && (len(token) == 1 || len(token) == 2 && token[0] == 'D') {
		return true
	}
	return digits(token, 0) == len(token) && len(token) <= 3
}

// ibmCode is a code of a message whose last letter is its severity.
var ibmCode = regexp.MustCompile(`^[A-Z]{3,5}[0-9]{4,}[IWE]$`)

// fixedWords are the words that are a level in one shape only.
var fixedWords = func() map[string]bool {
	words := map[string]bool{}
	var walk func(*node)
	walk = func(parent *node) {
		for _, n := range parent.next {
			if n.kind == fixedLevel {
				words[n.literal] = true
			}
			walk(n)
		}
	}
	for _, root := range []*node{untimed, timed, boxed} {
		walk(root)
	}
	return words
}()

func FuzzFind(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add([]byte(text))
	}
	f.Fuzz(check)
}

// Every text that is cut is a text as well, and so is every text behind another.
func TestFindInParts(t *testing.T) {
	for _, text := range seeds(t) {
		for n := range len(text) + 1 {
			check(t, []byte(text[:n]))
			check(t, []byte(text[n:]))
		}
	}
}

func TestFindAllocatesNothing(t *testing.T) {
	for _, text := range seeds(t) {
		line := []byte(text)
		if n := testing.AllocsPerRun(10, func() {
			MayHave(line)
			Find(line)
		}); n != 0 {
			t.Errorf("%q: %v allocations", text, n)
		}
	}
}
