package msgpacktest

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// Sized returns a header with a length of width bytes (0, 1, 2 or 4), and a body. A
// width of 0 puts the length into the format byte.
func Sized(format byte, width int, body []byte) []byte {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(body)))
	if width == 0 {
		format |= byte(len(body))
	}
	return Concat([]byte{format}, n[4-width:], body)
}

// RandomBytes returns n random bytes.
func RandomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// RandomValue returns a value of any type and width, with at most depth levels of
// nesting. The keys of its maps are unique strings, so that a decoder can build maps of
// them.
func RandomValue(r *rand.Rand, depth int) []byte {
	kinds := 7
	if depth > 0 {
		kinds = 9
	}
	width := [...]int{0, 1, 2, 4}[r.IntN(4)]
	switch r.IntN(kinds) {
	case 0:
		return []byte{[...]byte{formatNil, formatFalse, formatTrue}[r.IntN(3)]}
	case 1:
		return []byte{byte(int8(r.IntN(160) - 32))} // fixint
	case 2:
		i := r.IntN(8)
		return append([]byte{formatUint8 + byte(i)}, RandomBytes(r, 1<<(i%4))...)
	case 3:
		if width == 0 {
			return binary.BigEndian.AppendUint32([]byte{formatFloat32}, math.Float32bits(r.Float32()))
		}
		return append([]byte{formatFloat64}, RandomBytes(r, 8)...)
	case 4:
		format := map[int]byte{0: 0xa0, 1: formatStr8, 2: formatStr16, 4: formatStr32}[width]
		return Sized(format, width, RandomBytes(r, r.IntN(32)))
	case 5:
		width = max(width, 1)
		format := map[int]byte{1: formatBin8, 2: formatBin16, 4: formatBin32}[width]
		return Sized(format, width, RandomBytes(r, r.IntN(256)))
	case 6:
		tag := byte(1 + r.IntN(100))
		if width == 0 {
			i := r.IntN(5)
			return append([]byte{formatFixext1 + byte(i), tag}, RandomBytes(r, 1<<i)...)
		}
		body := RandomBytes(r, r.IntN(100))
		head := Sized(map[int]byte{1: formatExt8, 2: formatExt16, 4: formatExt32}[width], width, body)
		return Concat(head[:1+width], []byte{tag}, body)
	case 7:
		values := make([][]byte, r.IntN(16))
		for i := range values {
			values[i] = RandomValue(r, depth-1)
		}
		return Counted([...]byte{0x90, formatArray16, formatArray32}[r.IntN(3)], uint32(len(values)), values...)
	}
	return RandomMap(r, depth-1)
}

// RandomMap returns a map of up to 15 entries of RandomValue.
func RandomMap(r *rand.Rand, depth int) []byte {
	n := r.IntN(16)
	var entries [][]byte
	for i := range n {
		entries = append(entries, Sized(formatStr8, 1, append(RandomBytes(r, r.IntN(9)), byte(i))), RandomValue(r, depth))
	}
	return Counted([...]byte{0x80, formatMap16, formatMap32}[r.IntN(3)], uint32(n), entries...)
}
