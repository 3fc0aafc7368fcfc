package filters

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Place is where a record stood. With the record's bytes it makes its ID.
type Place struct {
	// File is the PlaceOf the file, or of the tag where there is no file.
	File uint64
	// Offset is that of the line's first byte in the file, or -1 where it is
	// not known.
	Offset int64
	// Index counts the records of a chunk, and Piece those that a long text
	// was cut into on its way out.
	Index, Piece int
	// Raw is the event in MessagePack, with the time that Fluent Bit gave it.
	Raw []byte
}

// PlaceOf returns the File of a Place: that of a file or a tag, by its name, on
// a node of a cluster.
func PlaceOf(cluster, node string, name []byte) uint64 {
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

// IDLen is the length of an ID as text.
const IDLen = 32

// AppendID appends the record's ID: IDLen characters of base64url. The same
// bytes at the same place have the same ID, in every try and in every process.
//
// A line whose writer gave it a time is known by its file, offset, time and
// text: read again after a crash it is the same. Of one that has no time that
// is not enough, because a file that begins anew may have the same line at the
// same offset: a repeat is better than a loss, and the ID holds the time at
// which Fluent Bit read the line, and its place in the chunk.
//
// IDs of different files, and of different offsets in a file, are different
// whatever a text is: nobody can write a line that passes for another's.
func (r *Record) AppendID(dst []byte) []byte {
	var id [IDLen / 4 * 3]byte
	position := r.Place.Offset
	var h xxhash.Digest
	h.Reset()
	var head [24]byte
	if position >= 0 && r.Flags&Timed != 0 {
		binary.BigEndian.PutUint64(head[:], uint64(r.Time))
	} else {
		if position < 0 {
			position = r.Time
		}
		binary.BigEndian.PutUint64(head[:], uint64(r.Place.Index))
		_, _ = h.Write(r.Place.Raw)
	}
	binary.BigEndian.PutUint64(head[8:], uint64(r.Place.Piece))
	binary.BigEndian.PutUint64(head[16:], uint64(len(r.Log.bytes)))
	_, _ = h.Write(head[:])
	_, _ = h.Write(r.Log.bytes)
	binary.BigEndian.PutUint64(id[:], r.Place.File)
	binary.BigEndian.PutUint64(id[8:], uint64(position))
	binary.BigEndian.PutUint64(id[16:], h.Sum64())
	return base64.RawURLEncoding.AppendEncode(dst, id[:])
}
