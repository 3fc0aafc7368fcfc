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
	Partition string    `json:"partition"`
	Scope     string    `json:"scope"`
	Record    bool      `json:"record"`
	Shared    bool      `json:"shared,omitzero"`
	Since     time.Time `json:"since,omitzero"`
}

func (h header) key() Key { return Key{h.Partition, h.Scope, h.Record, h.Shared} }

// line is any other line.
type line struct {
	Tag     string  `json:"tag"`
	Records int     `json:"records"`
	Raw     []byte  `json:"raw"`
	Key     *header `json:"key"` // of an entry in the shared queue
}

// stored is an entry of a file that is not settled.
type stored struct {
	bytes   int // of the line
	records int // 0 when it is settled, though entries before it are not
	key     *Key
}

// lines are encoded entries.
type lines struct {
	text    []byte
	entries []stored
}

func (l *lines) add(other lines) {
	l.text = append(l.text, other.text...)
	l.entries = append(l.entries, other.entries...)
}

// encode encodes the entries of a batch, with their key or without. A line that cannot
// be read stays as it is.
func encode(b Batch, withKey bool) (l lines) {
	var key []byte
	var pointer *Key
	if withKey {
		key, _ = json.Marshal(header{Partition: b.Key.Partition, Scope: b.Key.Scope, Record: b.Key.Record})
		pointer = &b.Key
	}
	for i := range b.Entries {
		e, from := &b.Entries[i], len(l.text)
		if e.Damaged != "" {
			l.text = append(append(l.text, e.Raw...), '\n')
		} else {
			l.text = append(l.text, `{"tag":`...)
			l.text = jsontext.AppendString(l.text, e.Tag)
			if withKey {
				l.text = append(append(l.text, `,"key":`...), key...)
			}
			l.text = append(l.text, `,"records":`...)
			l.text = strconv.AppendInt(l.text, int64(e.Records), 10)
			l.text = append(l.text, `,"raw":"`...)
			l.text = base64.StdEncoding.AppendEncode(l.text, e.Raw)
			l.text = append(l.text, "\"}\n"...)
		}
		l.entries = append(l.entries, stored{len(l.text) - from, e.Records, pointer})
	}
	return l
}

// Decode decodes a line that is not the first of a file.
func Decode(text []byte) (Entry, error) {
	l, err := decode(text)
	return Entry{Tag: l.Tag, Raw: l.Raw, Records: l.Records}, err
}

func decode(text []byte) (l line, err error) {
	if err = json.Unmarshal(text, &l); err == nil && (l.Records <= 0 || len(l.Raw) == 0) {
		err = errors.New("it has no records")
	}
	return l, err
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
