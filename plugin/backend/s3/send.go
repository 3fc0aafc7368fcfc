package s3

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/spool"
)

// Send implements backend.Backend. It returns when the records are on the disk.
func (b *Backend) Send(_ context.Context, body backend.Body) error {
	blocks, of := b.sort(body)
	errs := b.spool.Append(blocks)
	if !slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return nil
	}
	for i, err := range errs {
		errs[i] = b.verdict(err)
	}
	if errs[0] != nil && !slices.ContainsFunc(errs, func(err error) bool { return err == nil }) {
		return errs[0]
	}
	items := make([]error, len(of))
	for i, block := range of {
		if block >= 0 {
			items[i] = errs[block]
		}
	}
	return &backend.PartialError{Items: items}
}

// sort makes a block for each prefix. of has the index of the block of each record; -1 for a
// record that the process before has stored.
func (b *Backend) sort(body backend.Body) (blocks []*spool.Block, of []int) {
	of = make([]int, 0, body.Items)
	at := map[string]int{}
	for _, frame := range body.Parts {
		now := -1
		for len(frame) >= headerSize {
			line, key := int(binary.LittleEndian.Uint32(frame)), int(binary.LittleEndian.Uint16(frame[4:]))
			id := frame[6:headerSize]
			frame = frame[headerSize:]
			if key > 0 {
				i, known := at[string(frame[:key])]
				if !known {
					i = len(blocks)
					blocks = append(blocks, &spool.Block{Key: string(frame[:key])})
					at[blocks[i].Key] = i
				}
				now = i
			}
			frame = frame[key:]
			if b.spool.Has(id) {
				of = append(of, -1)
			} else {
				of = append(of, now)
				blocks[now].Add(id, frame[:line])
			}
			frame = frame[line:]
		}
	}
	return blocks, of
}

// verdict turns an error of the disk into one of Send. Every error of a disk may be temporary.
func (b *Backend) verdict(err error) error {
	if !errors.Is(err, spool.ErrFull) {
		return err
	}
	if why := b.uploads.failing(); why != nil {
		err = fmt.Errorf("%w, and uploads fail: %w", err, why)
	}
	return &backend.Throttled{Answer: err.Error()}
}
