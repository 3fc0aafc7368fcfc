package chunk

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// sized writes a head with a length of 0, 1, 2 or 4 bytes, and a body.
func sized(format byte, width int, body []byte) []byte {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(body)))
	if width == 0 {
		format |= byte(len(body))
	}
	return concat([]byte{format}, n[4-width:], body)
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// randomValue writes any value, in any width. The keys of its maps are unique
// strings, as decoders that build maps want them.
func randomValue(r *rand.Rand, depth int) []byte {
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
		return append([]byte{formatUint8 + byte(i)}, randomBytes(r, 1<<(i%4))...)
	case 3:
		if width == 0 {
			return binary.BigEndian.AppendUint32([]byte{formatFloat32}, math.Float32bits(r.Float32()))
		}
		return append([]byte{formatFloat64}, randomBytes(r, 8)...)
	case 4:
		format := map[int]byte{0: 0xa0, 1: formatStr8, 2: formatStr16, 4: formatStr32}[width]
		return sized(format, width, randomBytes(r, r.IntN(32)))
	case 5:
		width = max(width, 1)
		format := map[int]byte{1: formatBin8, 2: formatBin16, 4: formatBin32}[width]
		return sized(format, width, randomBytes(r, r.IntN(256)))
	case 6:
		tag := byte(1 + r.IntN(100))
		if width == 0 {
			i := r.IntN(5)
			return append([]byte{formatFixext1 + byte(i), tag}, randomBytes(r, 1<<i)...)
		}
		body := randomBytes(r, r.IntN(100))
		head := sized(map[int]byte{1: formatExt8, 2: formatExt16, 4: formatExt32}[width], width, body)
		return concat(head[:1+width], []byte{tag}, body)
	case 7:
		values := make([][]byte, r.IntN(16))
		for i := range values {
			values[i] = randomValue(r, depth-1)
		}
		return counted([...]byte{0x90, formatArray16, formatArray32}[r.IntN(3)], uint32(len(values)), values...)
	}
	return randomMap(r, depth-1)
}

func randomMap(r *rand.Rand, depth int) []byte {
	n := r.IntN(16)
	var entries [][]byte
	for i := range n {
		entries = append(entries, sized(formatStr8, 1, append(randomBytes(r, r.IntN(9)), byte(i))), randomValue(r, depth))
	}
	return counted([...]byte{0x80, formatMap16, formatMap32}[r.IntN(3)], uint32(n), entries...)
}

// randomChunk writes events in both layouts.
func randomChunk(r *rand.Rand) []byte {
	var data []byte
	for range r.IntN(6) {
		seconds, nanos := r.Uint32()>>1, uint32(r.IntN(1e9))
		time := [...][]byte{
			stamp(seconds, nanos), stampExt8(seconds, nanos), uint32s(seconds), uint64s(uint64(seconds)), float(float64(seconds) + 0.5),
		}[r.IntN(5)]
		body := randomMap(r, 4)
		if time[0] != formatFloat64 && r.IntN(2) == 0 {
			data = append(data, array(time, body)...)
			continue
		}
		data = append(data, event(time, randomMap(r, 2), body)...)
	}
	return data
}
