package loki

import (
	"github.com/k8slog/k8slog/internal/protowire"
	"github.com/k8slog/k8slog/plugin/backend"
)

// Pack implements backend.Backend. The largest stream goes last: an ingester of
// Loki answers for the last stream of a request only (instance.Push in
// pkg/ingester/instance.go), and the largest is the one that may be over its limit.
// Of a stream that stands before others nobody would learn that it was refused.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return b.Backend.Pack(largestLast(frames))
}

// largestLast returns the bytes of the frames with the largest stream at the end.
// It does not change the frames.
func largestLast(frames [][]byte) [][]byte {
	largest, at, start, end := 0, 0, 0, 0
	for i, frame := range frames {
		f := protowire.Fields{Rest: frame}
		for begin := 0; f.Next(); begin = len(frame) - len(f.Rest) {
			if n := len(f.Bytes); n >= largest {
				largest, at, start, end = n, i, begin, len(frame)-len(f.Rest)
			}
		}
	}
	if len(frames) == 0 || at == len(frames)-1 && end == len(frames[at]) {
		return frames
	}
	ordered := make([][]byte, 0, len(frames)+2)
	ordered = append(ordered, frames[:at]...)
	ordered = append(ordered, frames[at][:start], frames[at][end:])
	ordered = append(ordered, frames[at+1:]...)
	return append(ordered, frames[at][start:end])
}
