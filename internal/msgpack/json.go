package msgpack

import (
	"encoding/hex"
	"math"
	"strconv"

	"github.com/k8slog/k8slog/internal/jsontext"
)

// AppendJSON appends v as JSON. What JSON cannot say is written as a string:
// keys that are no strings, numbers that are not finite, and extensions, in
// hexadecimal. A value of any depth is written without recursion.
func AppendJSON(dst []byte, v Value) []byte {
	// Scalars, which nearly all values are, need no stack.
	if h := ReadHead(v); h.Kids == 0 {
		return appendScalar(dst, v, h)
	}
	type level struct {
		left  int
		isMap bool
	}
	var few [16]level
	open := append(few[:0], level{left: 1})
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
		h := ReadHead(rest)
		if h.Kids > 0 {
			isMap := h.Type == Map
			left := h.Kids
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

// AppendKey appends a map's key as a JSON string with its quotes. A key that
// is a map or an array is written in hexadecimal: JSON quoted inside JSON
// doubles its backslashes with every level.
func AppendKey(dst []byte, key Value) []byte {
	if text, ok := key.Text(); ok {
		return jsontext.AppendString(dst, text)
	}
	h := ReadHead(key)
	if h.Kids > 0 {
		return append(hex.AppendEncode(append(dst, '"'), key), '"')
	}
	return jsontext.AppendString(dst, appendScalar(nil, key, h))
}

// AppendText appends v as text: a string as it is, anything else as its JSON.
func AppendText(dst []byte, v Value) []byte {
	if text, ok := v.Text(); ok {
		return append(dst, text...)
	}
	return AppendJSON(dst, v)
}

// appendScalar appends a value without entries: a scalar, or an empty map or array.
func appendScalar(dst []byte, v Value, h Head) []byte {
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

// appendFloat writes whole numbers of moderate size without an exponent.
func appendFloat(dst []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}
