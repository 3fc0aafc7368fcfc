package s3

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/spool"
)

// uploaders is the number of objects that are uploaded at once.
const uploaders = 2

// maxFilePause is the longest pause between two uploads of a file that fails.
const maxFilePause = time.Minute

// uploads is what became of the uploads. The zero value is ready.
type uploads struct {
	mu              sync.Mutex
	objects, failed int64
	records, bytes  int64     // of the objects; the bytes are compressed
	inARow          int       // uploads that failed since the last one that did not
	err             error     // of the last one; nil when it did not fail
	next            time.Time // no upload before
}

func (u *uploads) done(records int64, bytes int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.objects++
	u.records += records
	u.bytes += bytes
	u.inARow, u.err, u.next = 0, nil, time.Time{}
}

// fail notes an upload that failed. All uploads wait for a pause that doubles, because mostly
// the cause is none of the object.
func (u *uploads) fail(err error, now time.Time, least, most time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	pause := min(least<<min(u.inARow, 16), most)
	pause = pause/2 + rand.N(pause/2+1)
	u.failed++
	u.inARow++
	u.err, u.next = err, now.Add(pause)
}

// failing returns the error of the last upload; nil when it did not fail.
func (u *uploads) failing() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// wait returns the time until the next upload.
func (u *uploads) wait(now time.Time) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return max(u.next.Sub(now), 0)
}

func (u *uploads) add(to *backend.Stored) {
	u.mu.Lock()
	defer u.mu.Unlock()
	to.Objects, to.ObjectRecords, to.ObjectBytes, to.Failures = u.objects, u.records, u.bytes, u.failed
}

// work uploads files until the backend is closed, and then what is left in the time that the
// stop has for it.
func (b *Backend) work(tick time.Duration) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	stopping := false
	for {
		b.spool.Tick(time.Now(), false)
		wait := b.uploads.wait(time.Now())
		if b.life.Err() != nil || stopping && wait > 0 {
			return
		}
		if wait == 0 {
			if f := b.spool.Next(time.Now()); f != nil {
				b.upload(f)
				continue
			}
			if stopping {
				return
			}
		}
		select {
		case <-b.stop:
			stopping = true
		case <-b.spool.Wake():
		case <-ticker.C:
		}
	}
}

// upload makes an object of a file.
func (b *Backend) upload(f *spool.File) {
	size, err := b.tryUpload(b.life, f)
	now := time.Now()
	switch {
	case err == nil:
		err := b.spool.Done(f, now)
		b.uploads.done(f.Records(), size)
		if err != nil {
			b.log.errorf("cannot remove records that are uploaded: %v; the next start uploads them again, under the same name", err)
		}
	case errors.Is(err, spool.ErrDamaged):
		b.spool.Damaged(f)
	case b.life.Err() != nil:
		b.spool.Release(f)
	default:
		b.uploads.fail(err, now, b.pauseMin, b.pauseMax)
		b.spool.Failed(f, err, now, b.pauseMin, maxFilePause)
		b.log.warnf("an upload is tried again, and its records stay on the disk: %v", err)
	}
}

// tryUpload returns the size of the object; 0 for a file of which nothing can be read. A panic
// is a bug: it costs another try, and does not end the process.
func (b *Backend) tryUpload(ctx context.Context, f *spool.File) (size int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic during an upload: %v\n%s", p, debug.Stack())
		}
	}()
	sum, err := f.Sum()
	if err != nil || f.Records() == 0 {
		return 0, err
	}
	p := parts{backend: b, ctx: ctx, file: f, key: b.object.keyOf(f, sum)}
	if err := p.abortFormer(); err != nil {
		return 0, err
	}
	w, err := b.object.compressor(&p)
	if err == nil {
		if _, err = f.WriteTo(w); err == nil {
			err = w.Close()
		}
	}
	if err == nil {
		err = p.finish()
	}
	if err != nil {
		p.abort()
		return 0, err
	}
	return p.size, nil
}
