//go:build cgo

package chunk

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/fluent/fluent-bit-go/output"
	"github.com/ugorji/go/codec"

	"github.com/k8slog/k8slog/internal/msgpack"
)

// The values of both decoders are normalized to be compared: integers by value, floats by
// their bits, because NaN is not equal to itself, and texts as strings.
type (
	floatBits uint64
	extension struct {
		tag  uint64
		data string
	}
)

func integer(i int64) any {
	if i >= 0 {
		return uint64(i)
	}
	return i
}

// fromValue normalizes a value of this package.
func fromValue(v msgpack.Value) any {
	h := msgpack.ReadHeader(v)
	switch h.Type {
	case msgpack.Nil:
		return nil
	case msgpack.Bool:
		return h.Num == 1
	case msgpack.Int:
		return integer(int64(h.Num))
	case msgpack.Uint:
		return h.Num
	case msgpack.Float:
		return floatBits(h.Num)
	case msgpack.Str, msgpack.Bin:
		text, _ := v.Text()
		return string(text)
	case msgpack.Ext:
		return extension{h.Num, string(v[h.Size:])}
	case msgpack.Map:
		m := map[any]any{}
		for f := v.Fields(); ; {
			key, value, ok := f.Next()
			if !ok {
				return m
			}
			m[fromValue(key)] = fromValue(value)
		}
	case msgpack.Array:
		list := []any{}
		for rest := v[h.Size:]; len(rest) > 0; {
			n := msgpack.ValueLen(rest)
			list, rest = append(list, fromValue(rest[:n])), rest[n:]
		}
		return list
	}
	panic(fmt.Sprint("unexpected type ", h.Type))
}

// fromFluentBitGo normalizes a value of fluent-bit-go.
func fromFluentBitGo(v any) any {
	switch v := v.(type) {
	case nil, bool, uint64, string:
		return v
	case int64:
		return integer(v)
	case float32:
		return floatBits(math.Float64bits(float64(v)))
	case float64:
		return floatBits(math.Float64bits(v))
	case []byte:
		return string(v)
	case codec.RawExt:
		return extension{v.Tag, string(v.Data)}
	case output.FLBTime:
		b := binary.BigEndian.AppendUint32(nil, uint32(v.Unix()))
		return extension{0, string(binary.BigEndian.AppendUint32(b, uint32(v.Nanosecond())))}
	case map[any]any:
		m := map[any]any{}
		for key, value := range v {
			m[fromFluentBitGo(key)] = fromFluentBitGo(value)
		}
		return m
	case []any:
		list := []any{}
		for _, value := range v {
			list = append(list, fromFluentBitGo(value))
		}
		return list
	}
	panic(fmt.Sprintf("unexpected type %T", v))
}

// timeOf returns a time of fluent-bit-go in nanoseconds since 1970.
func timeOf(v any) int64 {
	switch v := v.(type) {
	case output.FLBTime:
		return v.UnixNano()
	case uint64:
		return int64(v) * int64(time.Second)
	case float64:
		return int64(v * 1e9)
	}
	panic(fmt.Sprintf("unexpected time %T", v))
}

func TestReaderAgreesWithFluentBitGo(t *testing.T) {
	for seed := range uint64(200) {
		data := randomChunk(rand.New(rand.NewPCG(seed, 0)))
		if len(data) == 0 {
			continue
		}
		decoder := output.NewDecoder(unsafe.Pointer(&data[0]), len(data))
		events, r := read(data)
		if r.Err() != nil {
			t.Fatalf("seed %d: %v", seed, r.Err())
		}
		for i, ev := range events {
			status, when, record := output.GetRecord(decoder)
			if status != 0 {
				t.Fatalf("seed %d, record %d: fluent-bit-go says %d", seed, i, status)
			}
			if want := timeOf(when); ev.Time != want {
				t.Errorf("seed %d, record %d: time %d, fluent-bit-go says %d", seed, i, ev.Time, want)
			}
			if got, want := fromValue(ev.Body), fromFluentBitGo(record); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, record %d:\ngot           %v\nfluent-bit-go %v", seed, i, got, want)
			}
		}
		if status, _, _ := output.GetRecord(decoder); status != -1 {
			t.Fatalf("seed %d: fluent-bit-go reads more than %d records", seed, len(events))
		}
	}
}
