package parking

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// This file packs several entries into one line. An entry of a container's line is 400
// bytes, most of which the entries beside it have too.

const (
	// blockBytes is the maximum size of the entries of a block, before compression. It
	// bounds what is lost when a line is damaged.
	blockBytes = 128 << 10
	// minBlockBytes is the size below which entries are lines of their own.
	minBlockBytes = 1 << 10
)

var encoder = sync.OnceValue(func() *zstd.Encoder {
	// An encoder with options that are valid has no error.
	e, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(blockBytes), zstd.WithLowerEncoderMem(true))
	return e
})

var decoder = sync.OnceValue(func() *zstd.Decoder {
	d, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(4*blockBytes))
	return d
})

// blockOf returns how many entries at the beginning form a block; 1 for none.
func blockOf(entries []Entry) int {
	size, n := 0, 0
	for n < len(entries) && entries[n].Damaged == "" && entries[n].Tag == entries[0].Tag && size+len(entries[n].Raw) <= blockBytes {
		size += len(entries[n].Raw)
		n++
	}
	if size < minBlockBytes {
		return 1
	}
	return max(n, 1)
}

// packBlock compresses entries. Each is the number of its records, the number of its
// bytes, and the bytes.
func packBlock(entries []Entry) (packed []byte, records int) {
	var plain []byte
	for i := range entries {
		e := &entries[i]
		plain = binary.AppendUvarint(plain, uint64(e.Records))
		plain = binary.AppendUvarint(plain, uint64(len(e.Raw)))
		plain = append(plain, e.Raw...)
		records += e.Records
	}
	return encoder().EncodeAll(plain, nil), records
}

var errBlock = errors.New("it has not the entries that it should have")

// unpackBlock decompresses the entries of a block with a tag and so many records.
func unpackBlock(packed []byte, tag string, records int) (entries []Entry, err error) {
	plain, err := decoder().DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot decompress it: %w", err)
	}
	for len(plain) > 0 {
		n, k := binary.Uvarint(plain)
		if k <= 0 {
			return nil, errBlock
		}
		plain = plain[k:]
		size, k := binary.Uvarint(plain)
		if k <= 0 || size == 0 || size > uint64(len(plain)-k) || n == 0 || n > uint64(records) {
			return nil, errBlock
		}
		end := k + int(size)
		entries = append(entries, Entry{Tag: tag, Raw: plain[k:end:end], Records: int(n)})
		plain, records = plain[end:], records-int(n)
	}
	if records != 0 || len(entries) == 0 {
		return nil, errBlock
	}
	return entries, nil
}
