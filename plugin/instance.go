// Package plugin is the output plugin without its C interface. An Instance is one
// [OUTPUT] section. It wires the options to the pipeline of chunks, and to the delivery
// of their records.
package plugin

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/disk"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/metadata"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/plugin/pipeline"
	"github.com/k8slog/k8slog/plugin/reassemble"
	"github.com/k8slog/k8slog/plugin/status"
	"github.com/k8slog/k8slog/plugin/tap"
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
	config   *options.Config
	stopping func() bool // Host.Stopping
	closing  atomic.Bool // Close was called
	log      *hostlog.Throttled
	recent   *hostlog.Recent // what log has written
	ledger   ledger.Ledger
	// own is the destination that the options of the output make, and destinations are those
	// besides it, to which routes lead.
	own          destination
	destinations []*destination
	reassembler  *reassemble.Reassembler
	pipeline     *pipeline.Pipeline
	deadLetters  *deadletter.File
	parking      *parking.Store  // nil for none
	disk         *disk.Ledger    // nil for none
	metadata     *metadata.Store // nil for none
	rules        *rules.Set      // nil for none
	status       *status.Server  // nil for none
	tap          *tap.Hub        // nil for nobody may watch
	started      time.Time
	report       *report
	isGuest      bool // see Guest
	isFirst      bool // no process before it has left chunks, by the ledger of the disk

	engine  int // the thread that called New
	mu      sync.Mutex
	threads map[int]*calls // that have called Flush
	last    int            // the thread that has called last
	allSeen bool           // there are no other threads
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
	recent := hostlog.NewRecent(host)
	in := &Instance{
		config: config, stopping: host.Stopping, log: hostlog.NewThrottled(recent), recent: recent,
		own:    destination{Destination: Destination{Config: config, New: newBackend}},
		engine: engine, threads: map[int]*calls{}, started: time.Now(),
	}
	if guest, is := host.(Guest); is {
		in.isGuest = guest.IsGuest()
	}
	if config.StatusTap {
		in.tap = new(tap.Hub)
	}
	if err := in.loadRules(); err != nil {
		return nil, err
	}
	if err := in.openDeadLetters(); err != nil {
		return nil, err
	}
	if in.own.backend, err = in.makeBackend(in.own.New); err != nil {
		return nil, errors.Join(err, in.deadLetters.Close())
	}
	setLog(in.own.backend, in.log)
	if err := in.openDestinations(host.Property); err != nil {
		return nil, errors.Join(err, in.closeFiles())
	}
	if err := in.openParking(); err != nil {
		return nil, errors.Join(err, in.closeFiles())
	}
	if err := in.openDisk(); err != nil {
		return nil, errors.Join(err, in.closeFiles())
	}
	if err := in.openMetadata(); err != nil {
		return nil, errors.Join(err, in.closeFiles())
	}
	joins := reassemble.Config{
		Bytes: config.JoinBytes, Lines: config.MultilineLines, Wait: config.JoinWait, Multiline: config.Multiline,
	}
	if in.disk != nil {
		joins.Ended = in.disk.Ended
	}
	in.reassembler = reassemble.New(joins)
	metrics := in.newMetrics()
	in.startDestinations(metrics)
	in.pipeline = pipeline.New(in.pipelineConfig())
	if config.StatusListen != "" {
		collectors := []prometheus.Collector{metrics}
		if in.disk != nil {
			collectors = append(collectors, disk.NewMetrics(in.disk))
		}
		if in.metadata != nil {
			collectors = append(collectors, metadata.NewMetrics(in.metadata))
		}
		if stores := in.stores(); len(stores) > 0 {
			collectors = append(collectors, newStoredMetrics(stores))
		}
		in.status, err = status.Listen(in.statusConfig(collectors))
		if err != nil {
			err = unusable("status_listen", config.StatusListen, "an address of this machine that nobody listens on", err)
			return nil, errors.Join(err, in.closeParts())
		}
		in.log.Infof("the status page, /metrics and /healthz on http://%s", in.status.Addr())
	}
	if in.metadata != nil {
		in.metadata.Start()
	}
	in.startCatchUp()
	in.report = startReport(config.BalanceInterval, in.reportBalance)
	for _, note := range config.Notes() {
		in.log.Infof("%s", note.Text)
	}
	for _, warning := range config.Warnings() {
		in.log.Warnf("%s", warning)
	}
	in.log.Infof("backend %s, requests of %d bytes, flush_deadline %v (Grace of [SERVICE] must be above it)",
		config.Backend, config.BatchBytes, config.FlushDeadline)
	return in, nil
}

// Flush delivers a chunk with a tag, and returns OK when every record has an outcome, or
// Retry. thread is the number of the calling thread. data must not change until Flush
// returns, and is not used afterwards.
func (in *Instance) Flush(thread int, tag string, data []byte) Status {
	deadline := time.Now().Add(in.deadlineOn(thread))
	process := in.pipeline.Process
	if in.isQueued(thread, data) {
		process = in.pipeline.ProcessQueued
	}
	return in.flush(thread, func() error { return process(tag, data, deadline) })
}

// FlushTo is Flush for records that go to the destination with a name alone. Records without
// a destination of their own have that of the routes.
func (in *Instance) FlushTo(destination string, thread int, tag string, data []byte) Status {
	if destination == "" {
		return in.Flush(thread, tag, data)
	}
	deadline := time.Now().Add(in.deadlineOn(thread))
	return in.flush(thread, func() error { return in.pipeline.ProcessTo(destination, tag, data, deadline) })
}

func (in *Instance) flush(thread int, process func() error) Status {
	defer in.noteEnd(thread)
	// The caller's stack is that of a coroutine of Fluent Bit, and too small.
	done := make(chan error, 1)
	go func() { done <- process() }()
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

// reportBalance writes the numbers of records, and of bytes on the disk, into the log.
func (in *Instance) reportBalance() {
	in.log.Infof("balance: %s", in.Balance())
	if in.parking != nil && in.parking.Copies() > 0 {
		in.log.Infof("parked: %d copies more, of records that count with another copy", in.parking.Copies())
	}
	if in.disk != nil {
		in.log.Infof("disk: %s", in.disk.Figures())
	}
	if in.metadata != nil {
		in.log.Infof("metadata: %s", in.metadata)
	}
	if line := in.storedLine(); line != "" {
		in.log.Infof("stored: %s", line)
	}
}

// Close closes the instance. No call of Flush may be in progress.
func (in *Instance) Close() error {
	in.report.close()
	err := in.closeParts()
	if in.status != nil {
		err = errors.Join(err, in.status.Close())
	}
	in.log.Flush()
	in.reportBalance()
	if incidents := in.ledger.Incidents(); incidents != "" {
		in.log.Infof("incidents: %s", incidents)
	}
	return err
}

// closeParts closes everything but the status server and the report.
func (in *Instance) closeParts() error {
	if in.disk != nil {
		in.disk.StopCatchUp()
		in.closing.Store(true)
		in.disk.CatchUpRemoved(time.Now().Add(stopDeadline))
	}
	in.pipeline.Close()
	// What is cut off now, the next process sends again.
	in.pipeline.WaitAtMost(stopDeadline)
	for d := range in.all {
		d.batcher.Close()
	}
	in.pipeline.Wait()
	return in.closeFiles()
}

// closeFiles closes the backend, and the files that the plugin keeps.
func (in *Instance) closeFiles() error {
	err := errors.Join(in.closeBackends(), in.deadLetters.Close())
	if in.parking != nil {
		err = errors.Join(err, in.parking.Close())
	}
	if in.disk != nil {
		err = errors.Join(err, in.disk.Close())
	}
	if in.metadata != nil {
		err = errors.Join(err, in.metadata.Close())
	}
	return err
}
