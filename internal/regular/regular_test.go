package regular

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file, link, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "fifo")
	for _, err := range []error{os.WriteFile(file, []byte("text"), 0o644), os.Symlink(file, link), syscall.Mkfifo(fifo, 0o644)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]error{file: nil, link: syscall.ELOOP, fifo: ErrNotRegular, dir: ErrNotRegular} {
		f, err := Open(path)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			f.Close()
		}
	}
	for path, want := range map[string]error{file: nil, link: nil, fifo: ErrNotRegular} {
		text, err := Read(path, 4)
		if !errors.Is(err, want) || err == nil && string(text) != "text" {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if _, err := Read(file, 3); err == nil || !strings.Contains(err.Error(), "more than 3 bytes") {
		t.Error(err)
	}
}

func TestOwn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f, mended, err := Own(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil || !mended {
		t.Fatal(mended, err)
	}
	f.Close()
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Own(link, os.O_RDWR, 0o600); !errors.Is(err, syscall.ELOOP) {
		t.Error(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	if err := os.Chown(path, 12345, -1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Own(path, os.O_RDWR, 0o600); err == nil || !strings.Contains(err.Error(), "belongs to the user 12345") {
		t.Error(err)
	}
}
