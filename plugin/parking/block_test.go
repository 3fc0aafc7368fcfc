package parking

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// event is an event of about the size of a container's line, of which a third is random.
func event(n int) Entry {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	text := fmt.Sprintf(`{"log":"10.244.%d.%d - - \"GET /api/v1/items/%d HTTP/1.1\" 200 %d %016x%016x%016x%016x\n","stream":"stdout","time":"2026-11-22T10:00:00.%09dZ"}`,
		random.IntN(250), random.IntN(250), n, random.IntN(5000), random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64(), random.IntN(1e9))
	raw := fmt.Appendf(nil, "\x92\x92\xd7\x00%08d\x80\x83\xa4path\xd9\x96/var/log/containers/web-84bd9f6d5b-9f6k0_default_web-%064x.log\xa3log\xd9%s\xa6offset%d", n, 7, text, 300*n)
	return Entry{Tag: "containers", Raw: raw, Records: 1 + n%3}
}

func events(from, to int) (all []Entry) {
	for n := from; n < to; n++ {
		all = append(all, event(n))
	}
	return all
}

// An hour of a thousand lines a second fits into the default of park_bytes.
func TestParkedRecordsAreCompact(t *testing.T) {
	s := open(t, t.TempDir(), 1<<30)
	const chunks, lines = 20, 1000
	size := 0
	for n := range chunks {
		batch := events(n*lines, (n+1)*lines)
		for i := range batch {
			size += len(batch[i].Raw)
		}
		if err := parkOne(s, loud, batch...); err != nil {
			t.Fatal(err)
		}
	}
	each := float64(s.Bytes()) / (chunks * lines)
	t.Logf("%d bytes of a record take %.0f", size/(chunks*lines), each)
	if hour := each * 3600 * 1000; hour > 1<<30 {
		t.Errorf("an hour takes %.0f MiB", hour/(1<<20))
	}
	if n := len(s.queues[loud].files[0].lines); n > chunks*lines/100 {
		t.Errorf("%d lines are in memory", n)
	}
}

// Of a block any entries may be settled, also when there is no room for the others. Each
// entry is returned until it is, in its order within the limits of a portion.
func TestPartsOfBlocks(t *testing.T) {
	for _, key := range []Key{loud, other} {
		for seed := range uint64(10) {
			random := rand.New(rand.NewPCG(seed, 2))
			s := open(t, t.TempDir(), 1<<30)
			const entries = 2000
			for n := 0; n < entries; {
				to := min(n+1+random.IntN(600), entries)
				if err := parkOne(s, key, events(n, to)...); err != nil {
					t.Fatal(err)
				}
				n = to
			}
			var got []Entry
			for s.Has(key) {
				most, size := 1+random.IntN(500), 1+random.IntN(200<<10)
				p := next(t, s, key, most, size)
				sum := 0
				for i := range p.Entries {
					sum += len(p.Entries[i].Raw)
				}
				if n := len(p.Entries); n == 0 || n > most || n > 1 && sum > size {
					t.Fatalf("%d entries of %d bytes, want %d of %d", n, sum, most, size)
				}
				settled := make([]bool, len(p.Entries))
				for i := range settled {
					if settled[i] = random.IntN(10) > 0; settled[i] {
						got = append(got, p.Entries[i])
					}
				}
				undo := func() {}
				if random.IntN(4) == 0 {
					undo = faults[1].begin(t, s.dir)
				}
				_ = s.Settle(p, settled) // without room, what is left stays
				undo()
			}
			if s.Records() != 0 || s.Bytes() != 0 || len(got) != entries {
				t.Fatalf("%d records and %d bytes are left, %d entries were returned", s.Records(), s.Bytes(), len(got))
			}
			seen := map[string]bool{}
			for _, e := range got {
				seen[string(e.Raw)] = true
			}
			if len(seen) != entries {
				t.Errorf("%d entries are different", len(seen))
			}
		}
	}
}

// Blocks outlive the process, and are read from where they were settled.
func TestBlocksOutliveTheProcess(t *testing.T) {
	s := open(t, t.TempDir(), 1<<30)
	if err := parkOne(s, loud, events(0, 1000)...); err != nil {
		t.Fatal(err)
	}
	settle(t, s, next(t, s, loud, 700, 1<<20), 700)
	records := s.Records()
	s = reopen(t, s, 1<<30)
	if again := s.Records() - records; again < 0 || again > 2*blockBytes/300 {
		t.Errorf("%d records come again", again)
	}
	got := take(t, s, loud, 1<<20)
	if want := events(1000-len(got), 1000); len(got) < 300 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d entries", len(got))
	}
}

// A block that is damaged is an entry of its own, with the number of its records. Those
// around it are returned.
func TestDamagedBlock(t *testing.T) {
	for _, settledBefore := range []int{0, 450} {
		dir := t.TempDir()
		s := open(t, dir, 1<<30)
		all := events(0, 1000)
		if err := parkOne(s, loud, all...); err != nil {
			t.Fatal(err)
		}
		if settledBefore > 0 { // in the second block
			settle(t, s, next(t, s, loud, settledBefore, 1<<30), settledBefore)
		}
		before := s.Records()
		files, _ := filepath.Glob(filepath.Join(dir, "*"+Extension))
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitAfter(text, []byte{'\n'})
		at := 0
		for _, l := range lines[:3] {
			at += len(l)
		}
		copy(text[at-200:], "AAAAAAAA") // in the second block
		if err := os.WriteFile(files[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
		damaged, records := 0, 0
		for _, e := range take(t, s, loud, 1<<20) {
			records += e.Records
			if e.Damaged != "" {
				damaged++
				if e.Damaged != files[0]+":3" || !strings.HasPrefix(string(e.Raw), `{"tag":"containers","records":`) {
					t.Errorf("%s: %.100s", e.Damaged, e.Raw)
				}
			}
		}
		if damaged != 1 || int64(records) != before {
			t.Errorf("%d damaged entries, %d of %d records", damaged, records, before)
		}
	}
}

func FuzzUnpackBlock(f *testing.F) {
	packed, records := packBlock(events(0, 3))
	f.Add(packed, records)
	f.Fuzz(func(t *testing.T, packed []byte, records int) {
		entries, err := unpackBlock(packed, "t", records)
		sum := 0
		for _, e := range entries {
			sum += e.Records
		}
		if err == nil && (sum != records || len(entries) == 0) {
			t.Errorf("%d records, want %d", sum, records)
		}
	})
}
