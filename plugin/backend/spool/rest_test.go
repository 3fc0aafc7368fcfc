package spool

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Whichever byte is damaged, what is good behind it can be read and uploaded, and nothing of
// what is damaged. What was before it, which is uploaded already, is not there again.
func TestRestOfDamagedFile(t *testing.T) {
	_, text, ends := onDisk(t, t.TempDir())
	header := bytes.IndexByte(text, '\n') + 1
	dir := t.TempDir()
	path := filepath.Join(dir, "000000000001.damaged")
	for at := header; at < len(text); at++ {
		bad := bytes.Clone(text)
		bad[at] ^= 0x10
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		rest, err := ReadRest(path)
		if err != nil {
			t.Fatal(err)
		}
		block := 0
		for at >= ends[block] {
			block++
		}
		length := ends[block] - append([]int{header}, ends...)[block]
		if want := int64(4 - 2*block); rest.Records != want || rest.Damaged != int64(length) || rest.Lost != 2 && rest.Lost != -1 {
			t.Fatalf("byte %d, block %d: %d records, %d bytes damaged with %d records", at, block, rest.Records, rest.Damaged, rest.Lost)
		}
		if rest.Records == 0 {
			continue
		}
		to := filepath.Join(t.TempDir(), "rest")
		for range 2 {
			if err := rest.Store(to); err != nil {
				t.Fatal(err)
			}
		}
		s, log := open(t, to, nil)
		f := s.Next(time.Now())
		if f == nil || f.Key != "x/" || content(t, f) != lines(2*(block+1), 4-2*block) || log.Len() > 0 || s.Next(time.Now()) != nil {
			t.Fatalf("byte %d: %v, %s", at, f, log)
		}
		s.Close()
	}
}

// Several damages, and what is no file of ours.
func TestRestOfMore(t *testing.T) {
	_, text, ends := onDisk(t, t.TempDir())
	header := bytes.IndexByte(text, '\n') + 1
	path := filepath.Join(t.TempDir(), "000000000001.damaged")
	write := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	twice := bytes.Clone(text)
	twice[ends[0]-1] ^= 1
	twice[ends[2]-1] ^= 1
	write(twice)
	if r, err := ReadRest(path); err != nil || r.Records != 2 || r.Damaged != int64(ends[0]-header+ends[2]-ends[1]) || r.Lost != 4 {
		t.Errorf("%+v, %v", r, err)
	}
	// A block that says that it is as long as the rest of the file hides none.
	long := bytes.Clone(text)
	long[header+12], long[header+13] = 0xff, 0xff
	write(long)
	if r, err := ReadRest(path); err != nil || r.Records != 4 || r.Lost != -1 {
		t.Errorf("%+v, %v", r, err)
	}
	write(text)
	if r, err := ReadRest(path); err != nil || r.Records != 0 || r.Damaged != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, text := range [][]byte{nil, []byte("x"), []byte("{}\n"), text[1:]} {
		write(text)
		if _, err := ReadRest(path); err == nil {
			t.Errorf("%.20q was read", text)
		}
	}
	if got, err := DamagedFiles(filepath.Dir(path)); err != nil || len(got) != 1 || IsDamaged("/x/records.parked.damaged") {
		t.Errorf("%v, %v", got, err)
	}
}
