package filters

import "testing"

func TestAppendID(t *testing.T) {
	file := FileID("c", "n", []byte("/var/log/containers/a.log"))
	timed := Record{
		Time: 1, Flags: Timed, Log: PlainText([]byte("text")),
		Position: Position{File: file, Offset: 7, Index: 3, Raw: []byte("read at noon")},
	}
	id := func(change func(*Record)) string {
		r := timed
		change(&r)
		return string(r.AppendID(nil))
	}
	same := id(func(*Record) {})
	if len(same) != IDLen {
		t.Errorf("%q", same)
	}
	for name, c := range map[string]struct {
		change func(*Record)
		same   bool
	}{
		"read again":     {func(r *Record) { r.Position.Index, r.Position.Raw = 0, []byte("read at one") }, true},
		"another text":   {func(r *Record) { r.Log = PlainText([]byte("test")) }, false},
		"another time":   {func(r *Record) { r.Time++ }, false},
		"another offset": {func(r *Record) { r.Position.Offset++ }, false},
		"another file":   {func(r *Record) { r.Position.File++ }, false},
		"another piece":  {func(r *Record) { r.Position.Piece++ }, false},
	} {
		if got := id(c.change); (got == same) != c.same {
			t.Errorf("%s: %s, and without it %s", name, got, same)
		}
	}
	// The ID of a record without a time of its own depends on when it was read.
	untimed := func(change func(*Record)) string { return id(func(r *Record) { r.Flags = 0; change(r) }) }
	if same = untimed(func(*Record) {}); same != untimed(func(*Record) {}) {
		t.Error("the same chunk has other IDs when it is delivered again")
	}
	for name, change := range map[string]func(*Record){
		"read again":     func(r *Record) { r.Position.Raw = []byte("read at one") },
		"twice in chunk": func(r *Record) { r.Position.Index++ },
		"no offset":      func(r *Record) { r.Position.Offset = -1 },
	} {
		if untimed(change) == same {
			t.Errorf("%s: the same ID", name)
		}
	}
	if FileID("a", "b", nil) == FileID("ab", "", nil) {
		t.Error("the cluster and the node are not separated in the hash")
	}
}

func TestAppendIDAllocatesNothing(t *testing.T) {
	r := Record{Log: PlainText([]byte("text"))}
	dst := make([]byte, 0, IDLen)
	if n := testing.AllocsPerRun(100, func() { dst = r.AppendID(dst[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
