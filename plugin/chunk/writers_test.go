package chunk

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/k8slog/k8slog/internal/msgpack"
	mp "github.com/k8slog/k8slog/internal/msgpack/msgpacktest"
)

// stamp returns an EventTime as fixext 8.
func stamp(seconds, nanos uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte{msgpack.FormatFixext8, 0}, seconds), nanos)
}

// stampExt8 returns an EventTime as ext 8.
func stampExt8(seconds, nanos uint32) []byte {
	return append([]byte{msgpack.FormatExt8, 8}, stamp(seconds, nanos)[1:]...)
}

// event returns an event in the layout of Fluent Bit 2.1 and later.
func event(time, metadata, body []byte) []byte { return mp.Array(mp.Array(time, metadata), body) }

// sample returns a chunk as the tail input produces it.
func sample(records int) []byte {
	var data []byte
	for i := range records {
		text := fmt.Sprintf(`{"log":"I0811 03:42:05.658378       1 main.go:%d] ready\n","stream":"stderr","time":"2018-08-11T03:42:05.658698744Z"}`, i)
		log := append([]byte{msgpack.FormatStr16, 0, byte(len(text))}, text...)
		data = append(data, event(stamp(1533958925, 658698744), mp.Map32(), mp.Map32(mp.Str("log"), log, mp.Str("path"), mp.Str("/var/log/a.log")))...)
	}
	return data
}

// randomChunk returns events in both layouts.
func randomChunk(r *rand.Rand) []byte {
	var data []byte
	for range r.IntN(6) {
		seconds, nanos := r.Uint32()>>1, uint32(r.IntN(1e9))
		time := [...][]byte{
			stamp(seconds, nanos), stampExt8(seconds, nanos), mp.Uint32(seconds), mp.Uint64(uint64(seconds)), mp.Float(float64(seconds) + 0.5),
		}[r.IntN(5)]
		body := mp.RandomMap(r, 4)
		if time[0] != msgpack.FormatFloat64 && r.IntN(2) == 0 {
			data = append(data, mp.Array(time, body)...)
			continue
		}
		data = append(data, event(time, mp.RandomMap(r, 2), body)...)
	}
	return data
}
