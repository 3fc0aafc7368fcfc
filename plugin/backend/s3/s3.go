// Package s3 delivers to Amazon S3, and to what speaks its protocol, as objects of NDJSON
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html). Records are stored on
// the disk first (package spool): Send returns when they are there. In the background a file
// that is large or old enough becomes an object.
package s3

import (
	"context"
	"sync"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/backend/spool"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	backend.OnePartition
	http   *httpbackend.Backend
	prefix options.Template
	idKey  string
	spool  *spool.Store
	log    log
	bucket bucket
	object object
	limit  int64
	maxAge time.Duration // upload_timeout

	pauseMin, pauseMax time.Duration
	uploads            uploads

	stop    chan struct{}
	life    context.Context
	endLife context.CancelFunc
	workers sync.WaitGroup
}

// New returns the backend with these options, and begins to upload what the process before has
// left. It refuses a folder that it cannot write, or that another output uses.
func New(c *Config, common *options.Config) (*Backend, error) {
	own := c.Config
	own.Compression = "" // of objects, not of requests
	base, err := httpbackend.New(&own, common, protocol)
	if err != nil {
		return nil, err
	}
	b := &Backend{
		http: base, prefix: c.Prefix, idKey: c.IDKey, bucket: c.bucketOf(), object: c.object, limit: int64(c.Limit), maxAge: c.MaxAge,
		pauseMin: max(common.BackoffMin, time.Millisecond), pauseMax: max(common.BackoffMax, common.BackoffMin, time.Millisecond),
		stop: make(chan struct{}),
	}
	b.object.compression = c.Compression
	b.spool, err = spool.Open(spool.Config{
		Dir: c.Dir, Limit: b.limit, MaxBytes: int64(c.MaxBytes), MaxAge: c.MaxAge, Node: namePart(common.NodeName),
		Warnf: b.log.warnf, Errorf: b.log.errorf,
	})
	if err != nil {
		_ = base.Close()
		return nil, &dirError{err, &options.Error{
			Option: "store_dir", Value: c.Dir,
			Problem: "is not usable: " + err.Error() + "; allowed: a folder that can be written, of this output alone",
		}}
	}
	b.life, b.endLife = context.WithCancel(context.Background())
	tick := min(c.MaxAge/4, time.Second)
	for range uploaders {
		b.workers.Go(func() { b.work(tick) })
	}
	return b, nil
}

// dirError is the error of store_dir, and its cause.
type dirError struct {
	cause  error
	option *options.Error
}

func (e *dirError) Error() string { return e.option.Error() }

// Unwrap makes both known to errors.As.
func (e *dirError) Unwrap() []error { return []error{e.option, e.cause} }

// TextLimit implements backend.Limited.
func (b *Backend) TextLimit() backend.TextLimit { return b.http.TextLimit() }

// SetLog implements backend.Logging.
func (b *Backend) SetLog(to *hostlog.Throttled) { b.log.set(to) }

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	source := &rendered{source: *s}
	source.shared, _ = ndjson.Render(s).([]byte)
	if !b.prefix.Or(s.Index).Timed() {
		p := b.renderPrefix(s, 0)
		source.prefix = &p
	}
	return source
}

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder { return &encoder{backend: b} }

// Pack implements backend.Backend.
func (b *Backend) Pack(frames [][]byte) (backend.Body, error) {
	return backend.Body{Parts: frames}, nil
}

// Stored implements backend.Storing.
func (b *Backend) Stored() backend.Stored {
	f := b.spool.Figures()
	s := backend.Stored{Files: f.Files, Records: f.Records, Bytes: f.Bytes, Limit: b.limit, Oldest: f.Oldest, MaxAge: b.maxAge, Repeated: f.Repeated, FailingSince: f.FailingSince, Err: f.Err}
	b.uploads.add(&s)
	return s
}

// closeWithin is how long a stop uploads what is on the disk. What is left, the next process
// uploads.
const closeWithin = 3 * time.Second

// Close implements backend.Backend.
func (b *Backend) Close() error {
	if b.uploads.failing() == nil {
		b.spool.Tick(time.Now(), true)
		end := time.AfterFunc(closeWithin, b.endLife)
		defer end.Stop()
	} else {
		b.endLife()
	}
	close(b.stop)
	b.workers.Wait()
	b.endLife()
	if f := b.spool.Figures(); f.Records > 0 {
		b.log.warnf("%d records in %d files on the disk are not uploaded yet (store_dir): the next start uploads them", f.Records, f.Files)
	}
	_ = b.http.Close()
	return b.spool.Close()
}
