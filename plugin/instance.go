// Package plugin is the output plugin without its C interface: one Instance
// for each [OUTPUT] section.
//
// A chunk goes this way: chunk.Reader → intake → filters → backend.Encoder →
// delivery.Frame → delivery.Committer → the verdict.
package plugin

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/ansi"
	"github.com/k8slog/k8slog/filters/header"
	"github.com/k8slog/k8slog/filters/merge"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/filters/source/component"
	"github.com/k8slog/k8slog/filters/trace"
	"github.com/k8slog/k8slog/internal/rotatefile"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/plugin/quota"
	"github.com/k8slog/k8slog/plugin/reassemble"
	"github.com/k8slog/k8slog/plugin/status"
)

// Status is the answer to a flush, in the numbers of Fluent Bit.
type Status int

// Error would make Fluent Bit delete the chunk; the plugin never answers it.
const (
	Error Status = 0
	OK    Status = 1
	Retry Status = 2
)

// Host is what the plugin needs of Fluent Bit.
type Host interface {
	// Property returns the value of an option, "" when it is not set.
	Property(name string) string
	// Stopping says whether the host is about to end.
	Stopping() bool
	Logger
}

// Instance is one configured output. All that it knows is its own: instances
// in one process never meet. It is made by New.
type Instance struct {
	config      *options.Config
	stopping    func() bool // the host is
	log         *throttledLog
	backend     backend.Backend
	committer   *delivery.Committer
	deadLetters *deadletter.File
	sources     *source.Resolver
	chain       filters.Chain
	books       books
	accounts    *accounts
	memory      memory
	metrics     *metrics
	status      *status.Server // nil when it is not wanted
	diary       *diary
	progress    *progress
	joiner      *reassemble.Joiner
	flushes     sync.Pool    // of *flush
	full        atomic.Int64 // bytes of a full frame: batch_bytes, or less
	texts       backend.TextLimit

	closed  chan struct{} // when the instance ends
	engine  int           // the thread of New
	mu      sync.Mutex
	threads map[int]struct{}
	allSeen bool // there are no other threads
}

// New makes an instance from the host's options. It is called on the thread
// with the number engine. An error is one line, fit for the log.
func New(host Host, engine int) (*Instance, error) {
	config, err := options.Parse(host.Property)
	if err != nil {
		return nil, err
	}
	log := newThrottledLog(host)
	removed := new(atomic.Int64)
	dead, err := deadletter.Open(config.DeadLetterPath, rotatefile.Turn{
		Bytes: int64(config.DeadLetterBytes), Files: config.DeadLetterFiles,
		Removed: func(path string) {
			removed.Add(1)
			log.Errorf("dead-letter file %s was removed to make room: its letters are lost (dead_letter_files)", path)
		},
	})
	if err != nil {
		return nil, &options.Error{
			Option: "dead_letter_path", Value: config.DeadLetterPath,
			Problem: "is not usable: " + err.Error() + "; allowed: a file that can be written",
		}
	}
	to, err := backends[config.Backend](config)
	if err != nil {
		return nil, errors.Join(err, dead.Close())
	}
	books := new(accounts)
	budgets := quota.New(quota.Config{
		ByPod: config.BudgetBy == "pod", Records: config.BudgetRecords, Bytes: config.BudgetBytes,
		Burst: config.BudgetBurst, Policy: quota.Policy(config.BudgetPolicy), Sample: config.BudgetSample,
	})
	render := func(s *filters.Source) {
		s.Rendered, s.Partition = to.Render(s), to.Partition(s)
		s.Ledger = &ledger{account: books.of(s.Namespace), share: budgets.Of(s)}
	}
	sourced := sourceConfig(config)
	sourced.Render, sourced.Warnf = render, log.Warnf
	in := &Instance{
		accounts: books,
		config:   config, stopping: host.Stopping,
		log: log, backend: to, deadLetters: dead,
		sources: source.New(sourced),
		chain: filters.Chain{}.
			With(config.StripANSI, ansi.Filter{}).
			With(true, header.Filter{
				Zone: config.TimeZone, Key: []byte(config.MergeLogKey),
				Programs: component.Sources(config.NodeName, config.ClusterName, render),
			}).
			With(config.MergeLog || config.TimeKeys != nil, merge.Filter{
				Members: config.MergeLog, Key: []byte(config.MergeLogKey), TimeKeys: config.TimeKeys,
			}).
			With(config.TraceIDs, trace.Filter{}),
		progress: newProgress(),
		joiner: reassemble.New(reassemble.Config{
			Bytes: config.JoinBytes, Lines: config.MultilineLines, Wait: config.JoinWait, Multiline: config.Multiline,
		}),
		texts:   backend.TextLimit{Bytes: config.TextBytes},
		closed:  make(chan struct{}),
		engine:  engine,
		threads: map[int]struct{}{},
	}
	in.memory.limit = int64(config.MemoryLimit)
	if limited, ok := to.(backend.Limited); ok {
		in.texts = limited.TextLimit()
	}
	in.books.removed = removed
	in.metrics = newMetrics(in)
	in.committer = delivery.New(to, delivery.Config{
		BatchBytes:     config.BatchBytes,
		BatchWait:      config.BatchWait,
		RequestTimeout: config.RequestTimeout,
		BackoffMin:     config.BackoffMin,
		BackoffMax:     config.BackoffMax,
		Retried: func(err error) {
			in.books.repeated.Add(1)
			in.log.Warnf("trying a request again: %v", err)
		},
		Panicked: in.Panicked,
		Stopping: host.Stopping,
		Sent:     in.metrics.observe,
	})
	in.full.Store(int64(config.BatchBytes))
	in.flushes.New = func() any {
		return &flush{
			in: in,
			intake: intake{
				sources: in.sources, node: config.NodeName, cluster: config.ClusterName,
				pathKey: []byte(config.PathKey), offsetKey: []byte(config.OffsetKey),
			},
			plan:    in.joiner.NewPlan(),
			again:   in.newPart(),
			joining: joining{text: []byte{}}, // an empty text is a text
		}
	}
	if config.StatusListen != "" {
		in.status, err = status.Listen(config.StatusListen, in.Healthy, in.metrics)
		if err != nil {
			in.committer.Close()
			return nil, errors.Join(&options.Error{
				Option: "status_listen", Value: config.StatusListen,
				Problem: "is not usable: " + err.Error() + "; allowed: an address of this machine that nobody listens on",
			}, to.Close(), dead.Close())
		}
		in.log.Infof("/metrics and /healthz on http://%s", in.status.Addr())
	}
	in.diary = startDiary(config.BalanceInterval, func() { in.log.Infof("balance: %s", in.Balance()) })
	for _, name := range config.Unused {
		in.log.Warnf("option %s has no effect with backend %s", name, config.Backend)
	}
	in.log.Infof("backend %s, requests of %d bytes, flush_deadline %v (Grace of [SERVICE] must be above it)",
		config.Backend, config.BatchBytes, config.FlushDeadline)
	return in, nil
}

// Flush delivers a chunk and returns when its fate is known. thread is the
// number of the calling thread. Nobody changes data before it returns, and
// nothing of it is used afterwards.
func (in *Instance) Flush(thread int, tag string, data []byte) Status {
	deadline := time.Now().Add(in.deadlineOn(thread))
	// The caller's stack is a small one of Fluent Bit's coroutines. A
	// goroutine of its own has all it needs.
	done := make(chan error, 1)
	go func() { done <- in.flush(tag, data, deadline) }()
	if err := <-done; err != nil {
		in.log.Warnf("chunk is given back for a retry: %v", err)
		return Retry
	}
	return OK
}

func (in *Instance) flush(tag string, data []byte, deadline time.Time) (err error) {
	taken, err := in.memory.take(len(data))
	if err != nil {
		in.books.gaveBack()
		return err
	}
	defer in.memory.give(taken)
	f := in.flushes.Get().(*flush)
	f.tag, f.data, f.deadline = tag, data, deadline
	defer func() {
		if p := recover(); p != nil {
			in.Panicked(fmt.Errorf("panic in a chunk of tag %q: %v\n%s", tag, p, debug.Stack()))
			err = errors.New("it caused a panic")
			f.keep() // and the flush itself is not used again
		}
	}()
	err = f.run()
	f.data = nil
	in.flushes.Put(f)
	return err
}

// Panicked counts and logs a panic, which is a bug and costs a retry.
func (in *Instance) Panicked(err error) {
	in.books.panics.Add(1)
	in.log.Errorf("%v", err)
}

// keepUntil has memory that was left with the backend count until that comes
// back, or the instance ends.
func (in *Instance) keepUntil(late <-chan delivery.Result, bytes int64) {
	in.memory.used.Add(bytes)
	select {
	case <-late:
	case <-in.closed:
	}
	in.memory.give(bytes)
}

// smaller makes frames smaller than those of so many bytes, which the backend
// found too large, for the rest of the instance's life.
func (in *Instance) smaller(size int) {
	for {
		full := in.full.Load()
		to := max(int64(size/2), smallest)
		if to >= full {
			return
		}
		if in.full.CompareAndSwap(full, to) {
			in.log.Warnf("the backend finds requests of %d bytes too large; they will have %d at most", size, to)
			return
		}
	}
}

// Balance returns the books.
func (in *Instance) Balance() Balance { return in.books.balance() }

// Close ends the instance. No flush is under way.
func (in *Instance) Close() error {
	close(in.closed)
	in.diary.close()
	in.committer.Close()
	err := in.backend.Close()
	if in.status != nil {
		err = errors.Join(err, in.status.Close())
	}
	if e := in.deadLetters.Close(); err == nil {
		err = e
	}
	in.log.Flush()
	in.log.Infof("balance: %s", in.Balance())
	if incidents := in.books.incidents(); incidents != "" {
		in.log.Infof("incidents: %s", incidents)
	}
	return err
}
