// Package plugin is the output plugin without its C interface. An Instance is one
// [OUTPUT] section. It wires the options to the pipeline of chunks, and to the delivery
// of their records.
package plugin

import (
	"errors"
	"sync"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/ansi"
	"github.com/k8slog/k8slog/filters/header"
	"github.com/k8slog/k8slog/filters/merge"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/filters/source/component"
	"github.com/k8slog/k8slog/internal/rotatefile"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/plugin/pipeline"
	"github.com/k8slog/k8slog/plugin/quota"
	"github.com/k8slog/k8slog/plugin/reassemble"
	"github.com/k8slog/k8slog/plugin/status"
)

// Status is the result of a flush, as a number of Fluent Bit.
type Status int

// Error would make Fluent Bit delete the chunk. The plugin never returns it.
const (
	Error Status = 0
	OK    Status = 1
	Retry Status = 2
)

// Host is Fluent Bit.
type Host interface {
	// Property returns the value of an option; empty for an option that is not set.
	Property(name string) string
	// Stopping reports whether the host is about to end.
	Stopping() bool
	hostlog.Logger
}

// Instance is one configured output. Instances in one process share no state. It is
// created by New, and is safe for concurrent use.
type Instance struct {
	config      *options.Config
	stopping    func() bool // Host.Stopping
	log         *hostlog.Throttled
	ledger      ledger.Ledger
	backend     backend.Backend
	batcher     *delivery.Batcher
	reassembler *reassemble.Reassembler
	pipeline    *pipeline.Pipeline
	deadLetters *deadletter.File
	parking     *parking.Store // nil for none
	status      *status.Server // nil for none
	report      *report

	engine  int // the thread that called New
	mu      sync.Mutex
	threads map[int]struct{} // that have called Flush
	allSeen bool             // there are no other threads
}

// New creates an Instance from the options of the host. engine is the number of the
// calling thread. An error is one line for the log.
func New(host Host, engine int) (*Instance, error) {
	config, newBackend, err := Backends.Parse(host.Property)
	if err != nil {
		return nil, err
	}
	if err := config.CheckFiles(); err != nil {
		return nil, err
	}
	in := &Instance{
		config: config, stopping: host.Stopping, log: hostlog.NewThrottled(host),
		engine: engine, threads: map[int]struct{}{},
	}
	if in.deadLetters, err = openDeadLetters(config, in); err != nil {
		return nil, err
	}
	if in.backend, err = newBackend(); err != nil {
		return nil, errors.Join(err, in.deadLetters.Close())
	}
	if in.parking, err = openParking(config, in); err != nil {
		return nil, errors.Join(err, in.backend.Close(), in.deadLetters.Close())
	}
	in.reassembler = reassemble.New(reassemble.Config{
		Bytes: config.JoinBytes, Lines: config.MultilineLines, Wait: config.JoinWait, Multiline: config.Multiline,
	})
	metrics := ledger.NewMetrics(&in.ledger, ledger.Gauges{
		MemoryBytes: func() int64 { return in.pipeline.MemoryBytes() },
		Waiting:     in.reassembler.Waiting,
		Down:        func() bool { return in.batcher.Down() },

		PartitionsDown: func() int { return len(in.batcher.DownPartitions()) },
		ScopesRefused:  func() int { return len(in.pipeline.RefusedScopes()) },
		Stuck: func() (since time.Time) {
			if stuck := in.stuck(); len(stuck) > 0 {
				since = stuck[0].since
			}
			return since
		},
	})
	in.batcher = delivery.New(in.backend, in.deliveryConfig(metrics.ObserveRequest))
	in.pipeline = pipeline.New(in.pipelineConfig())
	if config.StatusListen != "" {
		in.status, err = status.Listen(config.StatusListen, in.Healthy, in.HealthyFull, metrics)
		if err != nil {
			return nil, errors.Join(&options.Error{
				Option: "status_listen", Value: config.StatusListen,
				Problem: "is not usable: " + err.Error() + "; allowed: an address of this machine that nobody listens on",
			}, in.closeParts())
		}
		in.log.Infof("/metrics and /healthz on http://%s", in.status.Addr())
	}
	in.report = startReport(config.BalanceInterval, func() { in.log.Infof("balance: %s", in.Balance()) })
	for _, warning := range config.Warnings() {
		in.log.Warnf("%s", warning)
	}
	in.log.Infof("backend %s, requests of %d bytes, flush_deadline %v (Grace of [SERVICE] must be above it)",
		config.Backend, config.BatchBytes, config.FlushDeadline)
	return in, nil
}

func openDeadLetters(config *options.Config, in *Instance) (*deadletter.File, error) {
	file, err := deadletter.Open(config.DeadLetterPath, rotatefile.Rotation{
		MaxBytes: int64(config.DeadLetterBytes), MaxFiles: config.DeadLetterFiles,
		Removed: func(path string) {
			in.ledger.FilesRemoved.Add(1)
			in.log.Errorf("dead-letter file %s was removed to make room: its letters are lost (dead_letter_files)", path)
		},
	})
	if err != nil {
		return nil, &options.Error{
			Option: "dead_letter_path", Value: config.DeadLetterPath,
			Problem: "is not usable: " + err.Error() + "; allowed: a file that can be written",
		}
	}
	return file, nil
}

func openParking(config *options.Config, in *Instance) (*parking.Store, error) {
	if config.ParkPath == "" {
		return nil, nil
	}
	store, err := parking.Open(config.ParkPath, int64(config.ParkBytes), in.log.Errorf)
	if err != nil {
		return nil, &options.Error{
			Option: "park_path", Value: config.ParkPath,
			Problem: "is not usable: " + err.Error() + "; allowed: a folder that can be written, of this output alone",
		}
	}
	return store, nil
}

func (in *Instance) deliveryConfig(observe func(int, time.Duration, error)) delivery.Config {
	c := in.config
	return delivery.Config{
		BatchBytes:     c.BatchBytes,
		BatchWait:      c.BatchWait,
		RequestTimeout: c.RequestTimeout,
		BackoffMin:     c.BackoffMin,
		BackoffMax:     c.BackoffMax,
		Retried: func(err error) {
			in.ledger.Retried.Add(1)
			in.log.Warnf("trying a request again: %v", err)
		},
		Panicked: func(err error) { in.Panicked(err) },
		Stopping: in.stopping,
		Observe:  observe,
	}
}

func (in *Instance) pipelineConfig() pipeline.Config {
	c := in.config
	limits := quota.New(c.RateLimit)
	complete := func(s *filters.Source) {
		s.Rendered, s.Partition = in.backend.Render(s), in.backend.Partition(s)
		s.Account = &pipeline.Account{Namespace: in.ledger.Namespaces.Of(s.Namespace), Bucket: limits.Of(s)}
	}
	sources := sourceConfig(c)
	sources.Render, sources.Warnf = complete, in.log.Warnf
	text := backend.TextLimit{Bytes: c.TextBytes}
	if limited, ok := in.backend.(backend.Limited); ok {
		text = limited.TextLimit()
	}
	chain := filters.Chain{}.
		With(c.StripANSI, ansi.Filter{}).
		With(true, header.Filter{
			Zone: c.TimeZone, Key: []byte(c.MergeLogKey),
			Programs: component.Sources(c.NodeName, c.ClusterName, complete),
		}).
		With(c.MergeLog || c.TimeKeys != nil, merge.Filter{
			Members: c.MergeLog, Key: []byte(c.MergeLogKey), TimeKeys: c.TimeKeys,
		})
	if filtered, ok := in.backend.(backend.Filtered); ok {
		chain = append(chain, filtered.Filters()...)
	}
	return pipeline.Config{
		Backend: in.backend, Batcher: in.batcher, Reassembler: in.reassembler,
		Sources: source.New(sources),
		Filters: chain,
		Ledger:  &in.ledger, Resume: ledger.NewResume(), DeadLetters: in.deadLetters,
		Parking: in.parking, ParkPath: c.ParkPath, ParkAfter: c.ParkAfter,
		Log: in.log, Stopping: in.stopping,
		PathKey: c.PathKey, OffsetKey: c.OffsetKey, Node: c.NodeName, Cluster: c.ClusterName,
		ScopePause: c.BackoffMin, BatchBytes: c.BatchBytes, MemoryLimit: int64(c.MemoryLimit), TextLimit: text, KeepPartial: c.JoinRestart,
	}
}

// sourceConfig selects what names the source of a record: tags and paths, the options,
// the senders, or nothing.
func sourceConfig(c *options.Config) source.Config {
	config := source.Config{TagPrefix: c.TagPrefix, Node: c.NodeName, Cluster: c.ClusterName}
	switch {
	case c.Pod != (options.Pod{}):
		config.Fixed = &filters.Source{
			Kind: filters.Container, Namespace: c.Pod.Namespace, Pod: c.Pod.Name, PodUID: c.Pod.UID, Container: c.Pod.Container,
		}
	case c.Identity != options.ByFiles:
		config.Fixed = &filters.Source{}
		config.ByResource = c.Identity == options.ByResource
	}
	return config
}

// Flush delivers a chunk with a tag, and returns OK when every record has an outcome, or
// Retry. thread is the number of the calling thread. data must not change until Flush
// returns, and is not used afterwards.
func (in *Instance) Flush(thread int, tag string, data []byte) Status {
	deadline := time.Now().Add(in.deadlineOn(thread))
	// The caller's stack is that of a coroutine of Fluent Bit, and too small.
	done := make(chan error, 1)
	go func() { done <- in.pipeline.Process(tag, data, deadline) }()
	if err := <-done; err != nil {
		in.log.Warnf("chunk is given back for a retry: %v", err)
		return Retry
	}
	return OK
}

// Panicked counts and logs a panic, which is a bug and costs a retry.
func (in *Instance) Panicked(err error) { in.pipeline.Panicked(err) }

// Balance returns the numbers of records at this moment.
func (in *Instance) Balance() ledger.Balance { return in.ledger.Balance() }

// Close closes the instance. No call of Flush may be in progress.
func (in *Instance) Close() error {
	in.report.close()
	err := in.closeParts()
	if in.status != nil {
		err = errors.Join(err, in.status.Close())
	}
	in.log.Flush()
	in.log.Infof("balance: %s", in.Balance())
	if incidents := in.ledger.Incidents(); incidents != "" {
		in.log.Infof("incidents: %s", incidents)
	}
	return err
}

// closeParts closes everything but the status server and the report.
func (in *Instance) closeParts() error {
	in.pipeline.Close()
	in.batcher.Close()
	in.pipeline.Wait()
	err := errors.Join(in.backend.Close(), in.deadLetters.Close())
	if in.parking != nil {
		err = errors.Join(err, in.parking.Close())
	}
	return err
}
