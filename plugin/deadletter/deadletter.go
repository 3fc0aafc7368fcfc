// Package deadletter keeps the records that the backend will never take: lines
// of JSON, on the disk before their chunk is acknowledged.
//
//	{"time":"…","tag":"…","reason":"…","answer":"…","record":{…},"raw":"…"}
//
// record is for people: the record as it would have been delivered by the
// backend http. raw is the whole event as Fluent Bit gave it, MessagePack in
// base64; of a corrupt chunk there is only that.
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

// The reasons.
const (
	Rejected = "rejected"
	TooLarge = "too large"
	Corrupt  = "corrupt chunk"
)

// File is an open dead-letter file. It is made by Open; several goroutines may
// use it.
type File struct{ file *rotatefile.File }

// Open opens the file at path, or makes it for its owner alone. turn bounds how
// large it grows.
func Open(path string, turn rotatefile.Turn) (*File, error) {
	file, err := rotatefile.Open(path, 0o600, turn)
	if err != nil {
		return nil, err
	}
	return &File{file: file}, nil
}

// Letter is one entry.
type Letter struct {
	Time   time.Time
	Tag    string
	Reason string
	Answer string          // of the backend; may be empty
	Record *filters.Record // nil when it could not be read
	Raw    []byte
}

// Append appends l as a line.
func Append(dst []byte, l *Letter) []byte {
	dst = append(dst, `{"time":"`...)
	dst = l.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","tag":`...)
	dst = jsontext.AppendString(dst, l.Tag)
	dst = append(dst, `,"reason":`...)
	dst = jsontext.AppendString(dst, l.Reason)
	if l.Answer != "" {
		dst = append(dst, `,"answer":`...)
		dst = jsontext.AppendString(dst, l.Answer)
	}
	if l.Record != nil {
		dst = append(dst, `,"id":"`...)
		dst = l.Record.AppendID(dst)
		dst = append(dst, `","record":`...)
		dst = ndjson.AppendRecord(dst, l.Record)
		dst = dst[:len(dst)-1] // without the line feed
	}
	dst = append(dst, `,"raw":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, l.Raw)
	return append(dst, '"', '}', '\n')
}

// Write puts lines made by Append on the disk. See rotatefile.File.Append for
// what ctx can do.
func (f *File) Write(ctx context.Context, lines []byte) error { return f.file.Append(ctx, lines) }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
