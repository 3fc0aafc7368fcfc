package plugin

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// stuckAfter is the time after which a partition that is down, or a scope that is
// refused, is reported.
const stuckAfter = time.Minute

// maxStuck is the number of lines of a report: the writers of logs may choose the names.
const maxStuck = 50

// Healthy returns an error when chunks are returned to Fluent Bit, and nothing was
// delivered for the configured time.
func (in *Instance) Healthy() error { return in.ledger.Healthy(in.config.StatusHealthy) }

// HealthyFull returns an error when a part of the output has been stuck for a minute. It
// has a line for each partition that is down, each scope that is refused, and the parked
// records.
func (in *Instance) HealthyFull() error {
	var lines []error
	if err := in.Healthy(); err != nil {
		lines = append(lines, err)
	}
	for _, s := range in.stuck() {
		if time.Since(s.since) >= stuckAfter {
			lines = append(lines, s.err)
		}
	}
	if len(lines) > maxStuck {
		lines = append(lines[:maxStuck], fmt.Errorf("and %d more", len(lines)-maxStuck))
	}
	if n := in.Balance().Parked; n > 0 {
		lines = append(lines, fmt.Errorf("%d records are parked (park_path)", n))
	}
	return errors.Join(lines...)
}

// stuckPart is a partition that is down, or a scope that is refused.
type stuckPart struct {
	since time.Time
	err   error
}

// stuck returns the stuck parts, the oldest first.
func (in *Instance) stuck() (all []stuckPart) {
	for _, t := range in.batcher.DownPartitions() {
		name := "the backend"
		if t.Partition != "" {
			name = fmt.Sprintf("partition %q", t.Partition)
		}
		all = append(all, stuckPart{t.Since, fmt.Errorf("%s is down since %s: %w", name, t.Since.UTC().Format(time.RFC3339), t.Err)})
	}
	for _, s := range in.pipeline.RefusedScopes() {
		all = append(all, stuckPart{s.Since, fmt.Errorf("%q is refused since %s: %w", s.Scope, s.Since.UTC().Format(time.RFC3339), s.Err)})
	}
	slices.SortFunc(all, func(a, b stuckPart) int { return a.since.Compare(b.since) })
	return all
}
