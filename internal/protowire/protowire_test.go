package protowire

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// What is appended is read again, for messages on both sides of a length that
// takes one byte more.
func TestSealedMessagesAreReadAgain(t *testing.T) {
	for _, n := range []int{0, 1, 100, 126, 127, 128, 16382, 16383, 16384, 1 << 20} {
		text := strings.Repeat("x", n)
		dst, outer := Open([]byte("before"), 1<<3|Bytes)
		dst = AppendVarint(dst, 2<<3|Varint, 1<<40)
		dst, inner := Open(dst, 3<<3|Bytes)
		dst = AppendBytes(dst, 4<<3|Bytes, text)
		dst = Seal(Seal(dst, inner), outer)
		dst = AppendFixed64(dst, 5<<3|Fixed64, 7)
		dst = AppendFixed32(dst, 6<<3|Fixed32, 7)
		dst = append(AppendLen(dst, 7<<3|Bytes, 2), "ab"...)

		f := Fields{Rest: dst[len("before"):]}
		if !f.Next() || f.Number != 1 || LenSize(len(f.Bytes)) != len(dst)-len("before")-9-5-4 {
			t.Fatalf("%d: %d, %d bytes", n, f.Number, len(f.Bytes))
		}
		message := Fields{Rest: f.Bytes}
		if !message.Next() || message.Number != 2 || message.Varint != 1<<40 || message.Bytes != nil {
			t.Errorf("%d: %+v", n, message)
		}
		if !message.Next() || message.Number != 3 {
			t.Errorf("%d: %+v", n, message)
		}
		if leaf := (Fields{Rest: message.Bytes}); !leaf.Next() || leaf.Number != 4 || string(leaf.Bytes) != text || leaf.Next() {
			t.Errorf("%d: %+v", n, leaf)
		}
		if message.Next() || !f.Next() || f.Number != 5 || !f.Next() || f.Number != 6 || !f.Next() || string(f.Bytes) != "ab" || f.Next() || len(f.Rest) != 0 {
			t.Errorf("%d: %+v", n, f)
		}
	}
}

func TestTextIsValidUTF8(t *testing.T) {
	for text, want := range map[string]string{"": "", "é": "é", "a\xffb": "a\ufffdb", strings.Repeat("\xff", 50): strings.Repeat("\ufffd", 50)} {
		f := Fields{Rest: AppendText(nil, 1<<3|Bytes, []byte(text))}
		if !f.Next() || string(f.Bytes) != want {
			t.Errorf("%q: %q", text, f.Bytes)
		}
	}
}

// A message that is cut short gives the bytes that are there, and no message
// makes Next panic or run for ever.
func FuzzNext(f *testing.F) {
	f.Add([]byte{1<<3 | Bytes, 100, 'a'})
	f.Add([]byte{1 << 3, 0xff})
	f.Add([]byte{1<<3 | Fixed32, 1, 2})
	f.Add([]byte{1<<3 | 3})
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, message []byte) {
		fields := Fields{Rest: message}
		for fields.Next() {
			if fields.Number == 0 || !bytes.Contains(message, fields.Bytes) {
				t.Fatalf("%+v", fields)
			}
		}
	})
}

func TestVarintLen(t *testing.T) {
	for shift := range 64 {
		for _, n := range []uint64{1<<shift - 1, 1 << shift} {
			if want := len(binary.AppendUvarint(nil, n)); VarintLen(n) != want {
				t.Errorf("%d takes %d bytes, not %d", n, want, VarintLen(n))
			}
		}
	}
}
