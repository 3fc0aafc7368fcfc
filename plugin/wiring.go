package plugin

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/ansi"
	"github.com/k8slog/k8slog/filters/header"
	"github.com/k8slog/k8slog/filters/merge"
	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/filters/source"
	"github.com/k8slog/k8slog/filters/trace"
	"github.com/k8slog/k8slog/internal/kubeapi"
	"github.com/k8slog/k8slog/internal/rotatefile"
	"github.com/k8slog/k8slog/internal/version"
	"github.com/k8slog/k8slog/plugin/deadletter"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/disk"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/metadata"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/plugin/pipeline"
	"github.com/k8slog/k8slog/plugin/quota"
)

// This file makes the configuration of each part of an Instance from the options.

func (in *Instance) openDeadLetters() (err error) {
	c := in.config
	in.deadLetters, err = deadletter.Open(c.DeadLetterPath, rotatefile.Rotation{
		MaxBytes: int64(c.DeadLetterBytes), MaxFiles: c.DeadLetterFiles,
		Mended: func(path string) {
			in.log.Warnf("dead-letter file %s could be read by others: its permissions were taken away", path)
		},
		Removed: func(path string) {
			in.ledger.FilesRemoved.Add(1)
			in.log.Errorf("dead-letter file %s was removed to make room: its records are lost (dead_letter_files)", path)
		},
	})
	return unusable("dead_letter_path", c.DeadLetterPath, "a file that can be written", err)
}

func (in *Instance) openParking() (err error) {
	c := in.config
	if c.ParkPath == "" {
		return nil
	}
	in.parking, err = parking.Open(c.ParkPath, int64(c.ParkBytes), in.log.Errorf)
	return unusable("park_path", c.ParkPath, "a folder that can be written, of this output alone", err)
}

// unusable returns err as the error of an option; nil for nil.
func unusable(option, value, allowed string, err error) error {
	if err == nil {
		return nil
	}
	return &options.Error{Option: option, Value: value, Problem: "is not usable: " + err.Error() + "; allowed: " + allowed}
}

// openDisk opens the ledger of the disk. What is missing is read while the backend takes
// what is new, and no chunk of Fluent Bit is outstanding that nobody has read.
func (in *Instance) openDisk() (err error) {
	c := in.config
	if c.DiskLedgerPath == "" {
		return nil
	}
	_, err = os.Lstat(c.DiskLedgerPath)
	in.isFirst = os.IsNotExist(err)
	in.disk, err = disk.Open(disk.Config{
		Path: c.DiskLedgerPath, Logs: c.DiskLedgerLogs, Exclude: c.DiskLedgerExclude, Folders: c.LogFolders, Settle: c.CatchUpAfter,
		Hold:  c.CatchUpBytes > 0,
		Warnf: in.log.Warnf, Infof: in.log.Infof,
	})
	return unusable("disk_ledger_path", c.DiskLedgerPath, "a file that can be written, of this output alone", err)
}

// maxReturned is the number of returned chunks above which others may wait unread behind
// them: Fluent Bit presents no chunk for which storage.max_chunks_up has no room. It is half
// of what the shipped configuration has.
const maxReturned = 16

// comesBack is the time within which Fluent Bit presents a returned chunk again, unless it has
// dropped the chunk, or scheduler.cap is longer than this. What comes later is compared with
// what was read from the files, and sent only where that was not.
const comesBack = 3 * time.Minute

// keepsUp reports whether what Fluent Bit has read came to the plugin within catch_up_after.
// Else a gap may be lines that wait in a queue of Fluent Bit.
func (in *Instance) keepsUp() bool {
	returned, unread := in.pipeline.Resume.Outstanding(time.Now().Add(-comesBack))
	return unread == 0 && returned <= maxReturned && in.drained(in.config.CatchUpAfter)
}

// mayCatchUp reports whether files may be read as far as this process is concerned.
func (in *Instance) mayCatchUp() bool {
	return !in.stopping() && in.keepsUp() && (in.metadata == nil || in.metadata.Ready())
}

func (in *Instance) startCatchUp() {
	c := in.config
	if in.disk == nil {
		return
	}
	ready := func() bool { return !in.allDown() && in.mayCatchUp() }
	in.disk.SetInOrder(in.inOrder)
	if c.CatchUpBytes == 0 {
		in.disk.SetReady(ready)
		return
	}
	in.disk.StartCatchUp(disk.CatchUp{
		BytesPerSecond: int64(c.CatchUpBytes), PathKey: c.PathKey, OffsetKey: c.OffsetKey,
		// While nothing new comes, what is read here is the only probe of a backend that is down.
		Ready: func() bool { return !in.allRefuse(time.Now()) && in.mayCatchUp() },
		Deliver: func(tag string, chunk []byte, lines *disk.Reading) error {
			deadline, problem := c.FlushDeadline, "lines of a rotated file are tried again"
			if in.closing.Load() {
				deadline, problem = min(deadline, stopDeadline), "lines of a removed file are not delivered before the stop"
			}
			err := in.pipeline.ProcessFile(tag, chunk, time.Now().Add(deadline), lines)
			if err != nil {
				in.log.Warnf("%s: %v", problem, err)
			}
			return err
		},
	})
	in.disk.SetReady(ready)
}

// openMetadata reads what is known of the pods of the node.
func (in *Instance) openMetadata() (err error) {
	c := in.config
	if !c.Metadata.On() {
		return nil
	}
	o := c.Metadata
	if o.URL = cmp.Or(o.URL, kubeapi.InCluster()); o.URL == "" && o.API {
		return &options.Error{Option: "metadata_url", Problem: "must be set outside of a cluster: KUBERNETES_SERVICE_HOST is not set; allowed: an https:// URL, as in https://10.0.0.1:443"}
	}
	if strings.HasPrefix(o.URL, "https:") {
		o.TokenFile, o.CAFile = cmp.Or(o.TokenFile, kubeapi.TokenFile), cmp.Or(o.CAFile, kubeapi.CAFile)
	}
	in.metadata, err = metadata.Open(metadata.Config{
		Options: o, Node: c.NodeName, Version: version.Version,
		Busy:     func() int { return in.reassembler.Waiting() },
		Stopping: in.stopping, Panicked: func(err error) { in.Panicked(err) },
		Infof: in.log.Infof, Warnf: in.log.Warnf,
	})
	return unusable("metadata_path", o.Path, "a file that can be written, of this output alone", err)
}

// deliveryConfig is that of a destination with some options.
func (in *Instance) deliveryConfig(c *options.Config, observe func(int, time.Duration, error)) delivery.Config {
	return delivery.Config{
		BatchBytes:     c.BatchBytes,
		BatchWait:      c.BatchWait,
		RequestTimeout: c.RequestTimeout,
		BackoffMin:     c.BackoffMin,
		BackoffMax:     c.BackoffMax,
		DetachedBytes:  max(c.MemoryLimit/4/(1+len(in.destinations)), 8<<20),
		OneOfSeveral:   len(in.destinations) > 0,
		Retried: func(err error) {
			in.ledger.Retry(err)
			in.log.Warnf("trying a request again: %v", err)
		},
		Panicked: func(err error) { in.Panicked(err) },
		Stopping: in.stopping,
		Observe:  observe,
	}
}

func (in *Instance) pipelineConfig() pipeline.Config {
	if in.metadata == nil {
		return in.pipelineConfigWith(nil)
	}
	c := in.pipelineConfigWith(in.metadata.Of)
	c.AwaitMetadata, c.MetadataWait = in.metadata.Await, in.config.Metadata.Wait
	return c
}

// pipelineConfigWith is pipelineConfig with what says the metadata of a source; nil for none.
func (in *Instance) pipelineConfigWith(metadata func(*filters.Source) *filters.Metadata) pipeline.Config {
	c := in.config
	limits := quota.New(c.RateLimit)
	destinations := in.pipelineDestinations()
	complete := func(s *filters.Source) {
		in.rules.Resolve(s)
		s.Rendered, s.Partition = in.own.backend.Render(s), in.own.backend.Partition(s)
		s.Account = &pipeline.Account{Namespace: in.ledger.Namespaces.Of(s.Namespace), Container: in.ledger.Containers.Of(s), Bucket: limits.Of(s)}
		in.route(s, destinations) // behind all else: destinations get copies of the source
	}
	sources := sourceConfig(c)
	sources.Folders = c.LogFolders
	if in.disk != nil {
		sources.Target = in.disk.Target
	}
	sources.Metadata = metadata
	sources.Render, sources.Warnf = complete, in.log.Warnf
	chain := filters.Chain{}.
		With(c.StripANSI, ansi.Filter{}).
		With(in.rules.Len() > 0, rules.Redact{}).
		With(true, header.Filter{Zone: c.TimeZone, Key: []byte(c.MergeLogKey)}).
		With(in.rules.Len() > 0, rules.Filter{}).
		With(c.MergeLog || c.TimeKeys != nil, merge.Filter{
			Members: c.MergeLog, Key: []byte(c.MergeLogKey), TimeKeys: c.TimeKeys,
		})
	switch {
	case len(destinations) == 1: // there is no copy of a record
		chain = append(chain, destinations[0].Filters...)
		destinations[0].Filters = nil
	case slices.ContainsFunc(destinations, func(d pipeline.Destination) bool { return len(d.Filters) > 0 }):
		chain = append(chain, trace.Keep{}) // the fields stay for the other destinations
	}
	chain = chain.With(in.rules.Len() > 0, rules.Finish{})
	return pipeline.Config{
		Destinations: destinations, Reassembler: in.reassembler,
		Sources: source.New(sources),
		Filters: chain,
		Ledger:  &in.ledger, Resume: ledger.NewResume(), DeadLetters: in.deadLetters,
		Disk:    in.disk,
		Parking: in.parking, ParkPath: c.ParkPath, ParkAfter: c.ParkAfter,
		Tap: in.tap, SampleTexts: in.tap != nil,
		Log: in.log, Stopping: in.stopping,
		PathKey: c.PathKey, OffsetKey: c.OffsetKey, Node: c.NodeName, Cluster: c.ClusterName,
		AbandonAfter: c.AbandonAfter, IsFirst: in.isFirst,
		ScopePause: c.BackoffMin, MemoryLimit: int64(c.MemoryLimit), KeepPartial: c.JoinRestart,
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

func (in *Instance) newMetrics() *ledger.Metrics {
	return ledger.NewMetrics(&in.ledger, ledger.Gauges{
		Rules:       in.rules.Counts,
		RateLimited: in.config.RateLimit.Drops(),
		MemoryBytes: func() int64 { return in.pipeline.MemoryBytes() },
		ParkedBytes: func() int64 {
			if in.parking == nil {
				return 0
			}
			return in.parking.Bytes()
		},
		Waiting: in.reassembler.Waiting,
		Down:    in.anyDown,
		PartitionsDown: func() (n int) {
			for d := range in.all {
				n += len(d.batcher.DownPartitions())
			}
			return n
		},
		Destinations:  in.destinationFigures(),
		ScopesRefused: func() int { return len(in.pipeline.RefusedScopes()) },
		Stuck: func() (since time.Time) {
			if stuck := in.stuck(); len(stuck) > 0 {
				since = stuck[0].since
			}
			return since
		},
	})
}
