package rotatefile

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines")
	var removed []string
	f, err := Open(path, 0o600, Rotation{MaxBytes: 10, MaxFiles: 3, Removed: func(path string) { removed = append(removed, filepath.Base(path)) }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, line := range []string{"aaaa\n", "bbbb\n", "cccc\n", "larger than a file\n", "dddd\n", "eeee\n", "ffff\n"} {
		if err := f.Append(context.Background(), []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"": "ffff\n", ".1": "dddd\neeee\n", ".2": "larger than a file\n", ".3": ""} {
		got, _ := os.ReadFile(path + name)
		if string(got) != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
		if info, err := os.Stat(path + name); err == nil && info.Mode() != 0o600 {
			t.Errorf("%q: mode %v", name, info.Mode())
		}
	}
	if !slices.Equal(removed, []string{"lines.2", "lines.2"}) {
		t.Errorf("removed %q", removed)
	}
}

// A file that cannot be rotated is not written to, so that it does not grow.
func TestRotationFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines")
	if err := os.MkdirAll(path+".1/full", 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, 0o600, Rotation{MaxBytes: 10, MaxFiles: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Append(context.Background(), []byte("aaaa\nbbbb\n")); err != nil {
		t.Fatal(err)
	}
	if err := f.Append(context.Background(), []byte("cccc\n")); err == nil || !strings.Contains(err.Error(), "cannot rotate") {
		t.Errorf("%v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "aaaa\nbbbb\n" {
		t.Errorf("%q", got)
	}
}
