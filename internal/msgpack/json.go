package msgpack

import (
	"encoding/hex"
	"math"
	"strconv"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// AppendJSON appends v as JSON on one line. It appends values that JSON does not have
// as strings: keys of other types (see AppendKey), numbers that are not finite as "NaN",
// "+Inf" and "-Inf", and extensions in hexadecimal. It does not recurse, so deep nesting
// cannot exhaust the stack.
func AppendJSON(dst []byte, v Value) []byte {
	// Nearly all values are scalars, which need no stack.
	if h := ReadHeader(v); h.Children == 0 {
		return appendScalar(dst, v, h)
	}
	type level struct {
		left  int
		isMap bool
	}
	var buf [16]level
	open := append(buf[:0], level{left: 1})
	rest := []byte(v)
	for {
		top := &open[len(open)-1]
		if top.left == 0 {
			if len(open) == 1 {
				return dst
			}
			if top.isMap {
				dst = append(dst, '}')
			} else {
				dst = append(dst, ']')
			}
			open = open[:len(open)-1]
			if len(open) > 1 && open[len(open)-1].left > 0 {
				dst = append(dst, ',')
			}
			continue
		}
		top.left--
		inner := len(open) > 1
		more := top.left > 0
		if top.isMap {
			n := ValueLen(rest)
			dst = AppendKey(dst, rest[:n])
			dst = append(dst, ':')
			rest = rest[n:]
		}
		h := ReadHeader(rest)
		if h.Children > 0 {
			isMap := h.Type == Map
			left := h.Children
			c := byte('[')
			if isMap {
				c, left = '{', left/2
			}
			dst = append(dst, c)
			open = append(open, level{left: left, isMap: isMap})
			rest = rest[h.Size:]
			continue
		}
		dst = appendScalar(dst, rest[:h.Size+h.Body], h)
		rest = rest[h.Size+h.Body:]
		if inner && more {
			dst = append(dst, ',')
		}
	}
}

// AppendKey appends the key of a map as a JSON string with its quotes. The string of a
// scalar key of another type is its JSON. That of a map or an array is its MessagePack in
// hexadecimal, because JSON inside JSON strings doubles its backslashes on every level.
func AppendKey(dst []byte, key Value) []byte {
	if text, ok := key.Text(); ok {
		return jsontext.AppendString(dst, text)
	}
	h := ReadHeader(key)
	if h.Children > 0 {
		return append(hex.AppendEncode(append(dst, '"'), key), '"')
	}
	return jsontext.AppendString(dst, appendScalar(nil, key, h))
}

// AppendText appends v as text: the bytes of a string unchanged, and the JSON of a value
// of any other type.
func AppendText(dst []byte, v Value) []byte {
	if text, ok := v.Text(); ok {
		return append(dst, text...)
	}
	return AppendJSON(dst, v)
}

// appendScalar appends a value without children: a scalar, or an empty map or array.
func appendScalar(dst []byte, v Value, h Header) []byte {
	body := v[h.Size:]
	switch h.Type {
	case Str, Bin:
		return jsontext.AppendString(dst, []byte(body))
	case Bool:
		return strconv.AppendBool(dst, h.Num == 1)
	case Int:
		return strconv.AppendInt(dst, int64(h.Num), 10)
	case Uint:
		return strconv.AppendUint(dst, h.Num, 10)
	case Float:
		f := math.Float64frombits(h.Num)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			dst = append(dst, '"')
			dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
			return append(dst, '"')
		}
		return appendFloat(dst, f)
	case Map:
		return append(dst, "{}"...)
	case Array:
		return append(dst, "[]"...)
	case Ext:
		dst = append(dst, '"')
		dst = hex.AppendEncode(dst, body)
		return append(dst, '"')
	}
	return append(dst, "null"...)
}

// appendFloat uses an exponent for the same numbers as encoding/json.
func appendFloat(dst []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}
