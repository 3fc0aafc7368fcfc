package plugin

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/pipeline"
)

// stuckAfter is the time after which a partition that is down or silent, or a scope that is
// refused, is reported: whoever asks from time to time then knows within a minute.
const stuckAfter = 45 * time.Second

// maxStuck is the number of lines of a report: the writers of logs may choose the names.
const maxStuck = 50

// Healthy returns an error when chunks are returned to Fluent Bit, and nothing was
// delivered for the configured time.
func (in *Instance) Healthy() error { return in.ledger.Healthy(in.config.StatusHealthy) }

// HealthyFull returns an error when a part of the output has been stuck for stuckAfter,
// or records are parked. It has a line for each partition that is down or does not answer,
// each scope that is refused, uploads that fail, and each queue of parked records.
func (in *Instance) HealthyFull() error {
	var lines []error
	if err := in.Healthy(); err != nil {
		lines = append(lines, err)
	}
	if _, err := in.ledger.Letters.Failing(); err != nil {
		lines = append(lines, err)
	}
	if since, err := in.ledger.Parking.Failing(); err != nil {
		lines = append(lines, fmt.Errorf("records cannot be parked (park_path) since %s: %w", since.UTC().Format(time.RFC3339), err))
	}
	for _, s := range in.stuck() {
		if time.Since(s.since) >= stuckAfter {
			lines = append(lines, s.err)
		}
	}
	lines = append(lines, in.parkedLines()...)
	if len(lines) > maxStuck {
		lines = append(lines[:maxStuck], fmt.Errorf("and %d more", len(lines)-maxStuck))
	}
	if n := in.Balance().Parked; n > 0 {
		lines = append(lines, fmt.Errorf("%d records are parked (park_path)", n))
	}
	return errors.Join(lines...)
}

// parkedLines returns a line for each queue of parked records, the oldest first.
func (in *Instance) parkedLines() (lines []error) {
	queues := in.pipeline.ParkedQueues()
	slices.SortFunc(queues, func(a, b pipeline.ParkedQueue) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Key.Partition, b.Key.Partition), cmp.Compare(a.Key.Scope, b.Key.Scope))
	})
	for _, q := range queues {
		of := fmt.Sprintf(" of %q", q.Key.Scope)
		switch {
		case q.Key.Shared:
			of = " of many streams, indices or partitions, which share a queue,"
		case q.Key.Record:
			of = " on which the server fails"
		case q.Key.Scope == "": // the partition as a whole is down
			of = ""
		}
		if q.Key.Partition != "" {
			of += fmt.Sprintf(" of partition %q", q.Key.Partition)
		}
		of = ofDestination(in.parkedAt(q.Key), of)
		line := fmt.Sprintf("%d records%s are parked", q.Records, of)
		if !q.Since.IsZero() {
			line += " since " + q.Since.Format(time.RFC3339)
		}
		if q.Err != nil {
			line += ": " + q.Err.Error()
		}
		lines = append(lines, errors.New(line))
	}
	return lines
}

// stuckPart is a partition that is down or silent, a scope that is refused, or records on the
// disk that cannot be uploaded.
type stuckPart struct {
	since time.Time
	err   error
}

// stuck returns the stuck parts, the oldest first.
func (in *Instance) stuck() (all []stuckPart) {
	in.eachWaiting(func(d *destination, t delivery.DownPartition) {
		name, does := "the backend", "is down"
		if t.Partition != "" {
			name = fmt.Sprintf("partition %q", t.Partition)
		}
		if t.Silent {
			does = "has answered nothing"
		}
		all = append(all, stuckPart{t.Since, fmt.Errorf("%s %s since %s: %w", ofDestination(d.Name, name), does, t.Since.UTC().Format(time.RFC3339), t.Err)})
	})
	for _, s := range in.pipeline.RefusedScopes() {
		all = append(all, stuckPart{s.Since, fmt.Errorf("%s is refused since %s: %w", ofDestination(s.Destination, strconv.Quote(s.Scope)), s.Since.UTC().Format(time.RFC3339), s.Err)})
	}
	if uploads := in.uploadsStuck(); uploads != nil {
		all = append(all, *uploads)
	}
	slices.SortFunc(all, func(a, b stuckPart) int { return a.since.Compare(b.since) })
	return all
}

// eachWaiting calls each for the partitions that are down, and for those that do not answer, of
// every destination, in no order.
func (in *Instance) eachWaiting(each func(d *destination, p delivery.DownPartition)) {
	for d := range in.all {
		for _, p := range append(d.batcher.DownPartitions(), d.batcher.SilentPartitions()...) {
			each(d, p)
		}
	}
}
