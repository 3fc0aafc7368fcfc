package parking

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A damaged line is an entry of its own, which the caller sets apart. All lines around it
// are as they were, also behind a restart, and those that are settled do not matter.
func TestDamagedLines(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	park(t, s, loud, 0, 10)
	settle(t, s, next(t, s, loud, 2, 1<<20), 2)
	s.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "*"+Extension))
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	lines[1] = "settled, and damaged\n"
	lines[5] = "\x00damaged" + lines[5][8:]
	lines[7] = `{"tag":"x","records":0,"raw":""}` + "\n"
	lines = append(lines, `{"tag":"half`) // cut by a crash, and never acknowledged
	if err := os.WriteFile(files[0], []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	s, err = Open(dir, 1<<20, func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) })
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 2 || !strings.Contains(warnings[0], files[0]+":6:") || !strings.Contains(warnings[1], files[0]+":8:") {
		t.Errorf("%q", warnings)
	}
	park(t, s, loud, 10, 12)
	var good []Entry
	var damaged []string
	for _, e := range take(t, s, loud, 1<<20) {
		if e.Damaged == "" {
			good = append(good, e)
			continue
		}
		damaged = append(damaged, e.Damaged)
		if e.Records != 1 || string(e.Raw)+"\n" != lines[5] && string(e.Raw)+"\n" != lines[7] {
			t.Errorf("%+v", e)
		}
	}
	if !reflect.DeepEqual(good, append(append(want(2, 4), entry(5)), want(7, 12)...)) {
		t.Errorf("%v", good)
	}
	if !reflect.DeepEqual(damaged, []string{files[0] + ":6", files[0] + ":8"}) {
		t.Errorf("%q", damaged)
	}
	s.Close()
}

// A line that is damaged while the process runs does not hold up those behind it.
func TestDamageWhileOpen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	park(t, s, loud, 0, 4)
	files, _ := filepath.Glob(filepath.Join(dir, "*"+Extension))
	text, _ := os.ReadFile(files[0])
	lines := strings.SplitAfter(string(text), "\n")
	copy(text[len(lines[0]):], "????")
	if err := os.WriteFile(files[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
	entries := take(t, s, loud, 1<<20)
	if len(entries) != 4 || entries[0].Damaged != files[0]+":2" || !reflect.DeepEqual(entries[1:], want(1, 4)) {
		t.Errorf("%v", entries)
	}
}

// A first line that is damaged takes no record with it, and a file of another kind is
// left alone.
func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	good := encode(Batch{Entries: want(0, 2)}, false).text
	for name, content := range map[string]string{
		"000000000007.parked": "no line", "x.parked": "", "000000000009.parked": "{\"partition\n" + string(good),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "000000000008.parked"), 0o700); err != nil {
		t.Fatal(err)
	}
	warnings := 0
	s, err := Open(dir, 1<<20, func(string, ...any) { warnings++ })
	if err != nil || warnings != 3 {
		t.Errorf("%v, %d warnings", err, warnings)
	}
	if got := take(t, s, Key{Shared: true}, 1<<20); len(got) != 3 || got[0].Damaged == "" || !reflect.DeepEqual(got[1:], want(0, 2)) {
		t.Errorf("%v", got)
	}
	park(t, s, loud, 0, 1)
	s.Close()
}
