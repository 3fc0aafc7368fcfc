package logsdata

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/k8slog/k8slog/internal/msgpack"
	"github.com/k8slog/k8slog/internal/protowire"
)

// maxDepth is the greatest number of maps and lists that a value may be in. A level is
// three protobuf messages, and readers of protobuf refuse more than a hundred nested
// messages. A value that nests deeper becomes a string with its JSON.
const maxDepth = 16

// values appends values of MessagePack and JSON as the fields of an AnyValue
// (https://opentelemetry.io/docs/specs/otel/common/attribute-type-mapping/). A value
// without a counterpart there becomes a string, and null becomes the empty AnyValue.
// The zero values is ready; it serves one goroutine.
type values struct {
	keys keySet
	text []byte // memory of one text
}

// appendMsgpack appends a value. depth is the number of maps and lists that it is in.
func (w *values) appendMsgpack(dst []byte, v msgpack.Value, depth int) []byte {
	switch v.Type() {
	case msgpack.Str:
		text, _ := v.Text()
		return protowire.AppendText(dst, valueString, text)
	case msgpack.Bin:
		// Inputs of Fluent Bit also write texts as binary values.
		if text, _ := v.Text(); utf8.Valid(text) {
			return protowire.AppendBytes(dst, valueString, text)
		}
		fallthrough
	case msgpack.Ext:
		b, _ := v.Bytes()
		return protowire.AppendBytes(dst, valueBytes, b)
	case msgpack.Bool:
		b, _ := v.Bool()
		return appendBool(dst, b)
	case msgpack.Int, msgpack.Uint:
		if n, ok := v.Int(); ok {
			return protowire.AppendVarint(dst, valueInt, uint64(n))
		}
		n, _ := v.Uint()
		w.text = strconv.AppendUint(w.text[:0], n, 10)
		return protowire.AppendBytes(dst, valueString, w.text)
	case msgpack.Float:
		f, _ := v.Float()
		return appendDouble(dst, f)
	case msgpack.Map, msgpack.Array:
		if depth >= maxDepth {
			w.text = msgpack.AppendJSON(w.text[:0], v)
			return protowire.AppendBytes(dst, valueString, w.text)
		}
		if v.Type() == msgpack.Map {
			return w.appendMap(dst, v, depth)
		}
		dst, list := protowire.Open(dst, valueArray)
		elements := v.Elements()
		for {
			element, ok := elements.Next()
			if !ok {
				return protowire.Seal(dst, list)
			}
			var start int
			dst, start = protowire.Open(dst, listValues)
			dst = protowire.Seal(w.appendMsgpack(dst, element, depth+1), start)
		}
	}
	return dst
}

// appendMap appends a map. Of members with the same key, the first one counts.
func (w *values) appendMap(dst []byte, v msgpack.Value, depth int) []byte {
	dst, list := protowire.Open(dst, valueMap)
	l := w.keys.begin()
	fields := v.Fields()
	for {
		key, value, ok := fields.Next()
		if !ok {
			break
		}
		before := len(dst)
		var pair, start int
		dst, pair = protowire.Open(dst, listValues)
		keyAt := len(dst)
		if name, ok := key.Text(); ok {
			dst = appendKey(dst, name)
		} else {
			w.text = msgpack.AppendJSON(w.text[:0], key)
			dst = protowire.AppendBytes(dst, pairKey, w.text)
		}
		if !w.keys.add(&l, dst[keyAt:]) {
			dst = dst[:before]
			continue
		}
		dst, start = protowire.Open(dst, pairValue)
		dst = protowire.Seal(w.appendMsgpack(dst, value, depth+1), start)
		dst = protowire.Seal(dst, pair)
	}
	w.keys.end(l)
	return protowire.Seal(dst, list)
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, valueBool, 1)
	}
	return append(dst, valueBool, 0)
}

func appendDouble(dst []byte, f float64) []byte {
	return protowire.AppendFixed64(dst, valueDouble, math.Float64bits(f))
}
