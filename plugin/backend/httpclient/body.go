package httpclient

import (
	"errors"
	"io"
	"sync"
)

// readers are the readers of one body. There is more than one where HTTP starts
// over on a new connection.
type readers struct {
	parts [][]byte

	mu   sync.Mutex
	gone bool
}

var errDetached = errors.New("the request is over")

// open returns a reader from the beginning.
func (r *readers) open() io.ReadCloser { return &reader{of: r} }

// detach makes every further Read fail. When it returns, none is under way.
func (r *readers) detach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone, r.parts = true, nil
}

type reader struct {
	of           *readers
	part, offset int
}

func (r *reader) Read(p []byte) (n int, err error) {
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	if r.of.gone {
		return 0, errDetached
	}
	for n < len(p) {
		if r.part == len(r.of.parts) {
			if n == 0 {
				return 0, io.EOF
			}
			break
		}
		part := r.of.parts[r.part]
		k := copy(p[n:], part[r.offset:])
		n += k
		if r.offset += k; r.offset == len(part) {
			r.part, r.offset = r.part+1, 0
		}
	}
	return n, nil
}

func (r *reader) Close() error { return nil }
