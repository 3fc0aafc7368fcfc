package filters

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Position is where a record was read. AppendID derives the record's ID from it.
type Position struct {
	// File is the FileID of the file, or of the tag for a record without a file.
	File uint64
	// Offset is the offset of the line's first byte in the file; -1 for unknown.
	Offset int64
	// Index is the number of the record in its chunk, from 0.
	Index int
	// Piece is the number of the record among those that one long text is split
	// into for the backend, from 0.
	Piece int
	// Raw is the whole event in MessagePack, with its time.
	Raw []byte
}

// FileID returns a hash of the name of a file or a tag on a node of a cluster, for
// Position.File.
func FileID(cluster, node string, name []byte) uint64 {
	var h xxhash.Digest
	h.Reset()
	separator := [1]byte{}
	_, _ = h.WriteString(cluster)
	_, _ = h.Write(separator[:])
	_, _ = h.WriteString(node)
	_, _ = h.Write(separator[:])
	_, _ = h.Write(name)
	return h.Sum64()
}

// IDLen is the length of an ID in bytes.
const IDLen = 32

// AppendID appends the record's ID: IDLen characters of base64url. The same record
// at the same position has the same ID in every attempt and in every process, so
// that backends can discard duplicates.
//
// A record with the flag Timed is identified by its file, offset, time and text.
// Such a line has the same ID when Fluent Bit reads it again after a crash. For a
// line without a time this is not enough, because a rotated file can have the same
// line at the same offset. Its ID also depends on the time at which Fluent Bit read
// the line, and on the index in the chunk: a duplicate is better than a loss.
//
// The file and the offset are a part of the ID that does not depend on the text.
// So no writer can produce a line that has the ID of a line elsewhere.
func (r *Record) AppendID(dst []byte) []byte {
	id := r.ID()
	return base64.RawURLEncoding.AppendEncode(dst, id[:])
}

// ID returns the record's ID as AppendID encodes it.
func (r *Record) ID() (id [IDLen / 4 * 3]byte) {
	position := r.Position.Offset
	var h xxhash.Digest
	h.Reset()
	var head [24]byte
	if position >= 0 && r.Flags&Timed != 0 {
		binary.BigEndian.PutUint64(head[:], uint64(r.Time))
	} else {
		if position < 0 {
			position = r.Time
		}
		binary.BigEndian.PutUint64(head[:], uint64(r.Position.Index))
		_, _ = h.Write(r.Position.Raw)
	}
	binary.BigEndian.PutUint64(head[8:], uint64(r.Position.Piece))
	binary.BigEndian.PutUint64(head[16:], uint64(len(r.Log.bytes)))
	_, _ = h.Write(head[:])
	_, _ = h.Write(r.Log.bytes)
	binary.BigEndian.PutUint64(id[:], r.Position.File)
	binary.BigEndian.PutUint64(id[8:], uint64(position))
	binary.BigEndian.PutUint64(id[16:], h.Sum64())
	return id
}
