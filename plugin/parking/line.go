package parking

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// header is the first line of a file.
type header struct {
	Destination string    `json:"destination,omitzero"`
	Partition   string    `json:"partition"`
	Scope       string    `json:"scope"`
	Record      bool      `json:"record"`
	Copy        bool      `json:"copy,omitzero"`
	Shared      bool      `json:"shared,omitzero"`
	Since       time.Time `json:"since,omitzero"`
}

func headerOf(k Key) header {
	return header{Destination: k.Destination, Partition: k.Partition, Scope: k.Scope, Record: k.Record, Copy: k.Copy, Shared: k.Shared}
}

func (h header) key() Key {
	return Key{Destination: h.Destination, Partition: h.Partition, Scope: h.Scope, Record: h.Record, Copy: h.Copy, Shared: h.Shared}
}

// line is any other line: an entry, or a block of them.
type line struct {
	Tag     string  `json:"tag"`
	Records int     `json:"records"`
	Raw     []byte  `json:"raw"`
	Zstd    []byte  `json:"zstd"` // of a block
	Key     *header `json:"key"`  // of entries in the shared queue
}

// stored is a line of a file that is not settled.
type stored struct {
	bytes   int // of the line
	records int // that are not settled; 0 for a line that is, though lines before it are not
	key     *Key
	settled []bool // the entries of a block that are settled; nil for none
}

// lines are encoded entries.
type lines struct {
	text   []byte
	stored []stored
}

func (l *lines) add(other lines) {
	l.text = append(l.text, other.text...)
	l.stored = append(l.stored, other.stored...)
}

// encode encodes the entries of a batch, with their key or without. A line that cannot
// be read stays as it is.
func encode(b Batch, withKey bool) (l lines) {
	var key []byte
	var pointer *Key
	if withKey {
		one := headerOf(b.Key)
		one.Shared = false
		key, _ = json.Marshal(one)
		pointer = &b.Key
	}
	for rest := b.Entries; len(rest) > 0; {
		e, n, from := &rest[0], blockOf(rest), len(l.text)
		content, name, records := e.Raw, `,"raw":"`, e.Records
		if n > 1 {
			content, records = packBlock(rest[:n])
			name = `,"zstd":"`
		}
		rest = rest[n:]
		if e.Damaged != "" {
			l.text = append(append(l.text, e.Raw...), '\n')
		} else {
			l.text = append(l.text, `{"tag":`...)
			l.text = jsontext.AppendString(l.text, e.Tag)
			if withKey {
				l.text = append(append(l.text, `,"key":`...), key...)
			}
			l.text = append(l.text, `,"records":`...)
			l.text = strconv.AppendInt(l.text, int64(records), 10)
			l.text = append(l.text, name...)
			l.text = base64.StdEncoding.AppendEncode(l.text, content)
			l.text = append(l.text, "\"}\n"...)
		}
		l.stored = append(l.stored, stored{bytes: len(l.text) - from, records: records, key: pointer})
	}
	return l
}

// Decode decodes a line that is not the first of a file. It returns one entry at least,
// and all have the same tag.
func Decode(text []byte) ([]Entry, error) {
	l, err := decode(text)
	switch {
	case err != nil:
		return nil, err
	case l.Zstd != nil:
		entries, err := unpackBlock(l.Zstd, l.Tag, l.Records)
		for i := range entries {
			entries[i].Key = keyOf(&l)
		}
		return entries, err
	}
	return []Entry{{Tag: l.Tag, Raw: l.Raw, Records: l.Records, Key: keyOf(&l)}}, nil
}

// keyOf returns the key of a line of the shared queue; nil for another line.
func keyOf(l *line) *Key {
	if l.Key == nil {
		return nil
	}
	key := l.Key.key()
	return &key
}

func decode(text []byte) (l line, err error) {
	if err = json.Unmarshal(text, &l); err == nil && (l.Records <= 0 || len(l.Raw) == 0 && len(l.Zstd) == 0) {
		err = errors.New("it has no records")
	}
	return l, err
}

// HeaderKey returns the key of a file of parked records by its first line; nil for a line that
// is none.
func HeaderKey(text []byte) *Key {
	var h header
	if !IsHeader(text) || json.Unmarshal(text, &h) != nil {
		return nil
	}
	key := h.key()
	return &key
}

// IsHeader reports whether a text is the first line of a file of parked records.
func IsHeader(text []byte) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return false
	}
	_, partition := fields["partition"]
	_, scope := fields["scope"]
	return partition && scope
}
