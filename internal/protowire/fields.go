package protowire

import "encoding/binary"

// Fields walks the fields of a message.
type Fields struct {
	// Rest is what is not read yet: before the first Next, the message.
	Rest []byte

	// Number, and Varint or Bytes, are the field that Next has read. Bytes is
	// nil for a field that is not of type Bytes. It is part of the message.
	Number uint64
	Varint uint64
	Bytes  []byte
}

// Next reads a field. It returns false at the end and at what is no field. Of a
// last field that is cut short it returns the bytes that are there.
func (f *Fields) Next() bool {
	tag, n := binary.Uvarint(f.Rest)
	if n <= 0 || tag>>3 == 0 {
		return false
	}
	rest := f.Rest[n:]
	f.Number, f.Varint, f.Bytes = tag>>3, 0, nil
	skip := 0
	switch tag & 7 {
	case Varint:
		if f.Varint, skip = binary.Uvarint(rest); skip <= 0 {
			return false
		}
	case Fixed64:
		skip = 8
	case Bytes:
		size, n := binary.Uvarint(rest)
		if n <= 0 {
			return false
		}
		rest = rest[n:]
		if size > uint64(len(rest)) {
			f.Bytes, f.Rest = rest[:len(rest):len(rest)], nil
			if f.Bytes == nil {
				f.Bytes = []byte{}
			}
			return true
		}
		skip = int(size)
		f.Bytes = rest[:skip:skip]
	case Fixed32:
		skip = 4
	default:
		return false
	}
	if skip > len(rest) {
		return false
	}
	f.Rest = rest[skip:]
	return true
}
