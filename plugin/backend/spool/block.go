package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"sync"
	"time"
)

// ID is the ID of a record; see filters.Record.
type ID [24]byte

// Block is records for one key. The zero value with a Key is ready.
type Block struct {
	Key     string
	ids     []byte
	lines   []byte
	records int
}

// Add adds a record. The line ends with a line feed, and has no other.
func (b *Block) Add(id []byte, line []byte) {
	b.ids = append(b.ids, id...)
	b.lines = append(b.lines, line...)
	b.records++
}

const (
	mark       = 0x6b6c4253
	headerSize = 4 + 4 + 4 + 4 + 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var texts = sync.Pool{New: func() any { return new([]byte) }}

// encode returns the block as it is written. free takes its memory back.
func (b *Block) encode(now time.Time) []byte {
	dst := (*texts.Get().(*[]byte))[:0]
	dst = binary.LittleEndian.AppendUint32(dst, mark)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(b.records))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b.lines)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(now.UnixNano()))
	dst = append(dst, b.ids...)
	dst = append(dst, b.lines...)
	binary.LittleEndian.PutUint32(dst[4:], crc32.Checksum(dst[8:], castagnoli))
	return dst
}

// maxKept is the size of a text above which its memory is not used again.
const maxKept = 4 << 20

func (b *Block) free(text []byte) {
	if cap(text) <= maxKept {
		texts.Put(&text)
	}
}

// header is the first bytes of a block.
type header struct {
	sum     uint32
	records int
	lines   int64 // their length
	at      int64 // the time, in nanoseconds since 1970
}

// size is the length of the block.
func (h header) size() int64 { return headerSize + h.idBytes() + h.lines }

func (h header) idBytes() int64 { return int64(h.records) * int64(len(ID{})) }

// ErrDamaged is the error of a block that is not as it was written.
var ErrDamaged = errors.New("is damaged")

// parseHeader reads the first headerSize bytes of a block.
func parseHeader(text []byte) (header, error) {
	h := header{
		sum:     binary.LittleEndian.Uint32(text[4:]),
		records: int(binary.LittleEndian.Uint32(text[8:])),
		lines:   int64(binary.LittleEndian.Uint32(text[12:])),
		at:      int64(binary.LittleEndian.Uint64(text[16:])),
	}
	// A line has one byte at least, its line feed.
	if binary.LittleEndian.Uint32(text) != mark || h.records == 0 || h.lines < int64(h.records) {
		return h, ErrDamaged
	}
	return h, nil
}

// check returns an error unless text is the whole block, as it was written.
func (h header) check(text []byte) error {
	lines := text[headerSize+h.idBytes():]
	if crc32.Checksum(text[8:], castagnoli) != h.sum || lines[len(lines)-1] != '\n' || bytes.Count(lines, []byte("\n")) != h.records {
		return ErrDamaged
	}
	return nil
}
