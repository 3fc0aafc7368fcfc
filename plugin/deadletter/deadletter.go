// Package deadletter writes the records that the backend rejects permanently to a file, as
// lines of JSON. They are on the disk before their chunk is acknowledged.
//
//	{"time":"…","tag":"…","reason":"…","answer":"…","id":"…","record":{…},"raw":"…"}
//
// In an output with several destinations, "destination" names the one that has refused the
// record. record is the record as the backend http would send it, for people who read the file. raw is
// the whole event in MessagePack, in base64. An entry of a corrupt chunk has neither id nor
// record, and raw is the rest of the chunk. In an entry of damaged parked records, raw is their
// line.
package deadletter

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/internal/rotatefile"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
)

// The values of Entry.Reason.
const (
	Rejected = "rejected"      // by the backend
	TooLarge = "too large"     // for the backend
	Corrupt  = "corrupt chunk" // bytes that are not an event
	Damaged  = "damaged"       // a line of the parked records that cannot be read
)

// File is an open dead-letter file. It is created by Open, and is safe for concurrent use.
type File struct{ file *rotatefile.File }

// Open opens the file at path. It creates a missing file with mode 0600. rotation limits the
// size of the file.
func Open(path string, rotation rotatefile.Rotation) (*File, error) {
	file, err := rotatefile.Open(path, 0o600, rotation)
	if err != nil {
		return nil, err
	}
	return &File{file: file}, nil
}

// Entry is an entry of the file.
type Entry struct {
	Time   time.Time // of the rejection
	Tag    string    // of the chunk
	Reason string
	Answer string // of the backend; empty for none
	// Destination is the name of the destination that has refused the record; empty for an
	// output with one.
	Destination string
	Record      *filters.Record // nil for a corrupt chunk
	Raw         []byte          // the event, or the rest of a corrupt chunk
}

// Append appends e as a line.
func Append(dst []byte, e *Entry) []byte {
	dst = append(dst, `{"time":"`...)
	dst = e.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","tag":`...)
	dst = jsontext.AppendString(dst, e.Tag)
	dst = append(dst, `,"reason":`...)
	dst = jsontext.AppendString(dst, e.Reason)
	if e.Answer != "" {
		dst = append(dst, `,"answer":`...)
		dst = jsontext.AppendString(dst, e.Answer)
	}
	if e.Destination != "" {
		dst = append(dst, `,"destination":`...)
		dst = jsontext.AppendString(dst, e.Destination)
	}
	if e.Record != nil {
		dst = append(dst, `,"id":"`...)
		dst = e.Record.AppendID(dst)
		dst = append(dst, `","record":`...)
		dst = ndjson.AppendRecord(dst, e.Record)
		dst = dst[:len(dst)-1] // without the line feed
	}
	dst = append(dst, `,"raw":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, e.Raw)
	return append(dst, '"', '}', '\n')
}

// Write writes lines of Append to the disk. See rotatefile.File.Append for ctx and errors.
func (f *File) Write(ctx context.Context, lines []byte) error { return f.file.Append(ctx, lines) }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
