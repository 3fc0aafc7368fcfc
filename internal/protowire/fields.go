package protowire

import "encoding/binary"

// Fields iterates over the fields of a message.
type Fields struct {
	// Rest is the part of the message after the current field. Set it to the message before the
	// first call of Next.
	Rest []byte

	// Number is the number of the current field. Varint is the value of a field of type Varint.
	// Bytes is the value of a field of type Bytes, as a part of the message; nil for other
	// types. Values of type Fixed32 and Fixed64 are skipped.
	Number uint64
	Varint uint64
	Bytes  []byte
}

// Next reads the next field. It returns false at the end of the message and at invalid bytes. The
// Bytes of a truncated last field are those that exist.
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
