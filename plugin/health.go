package plugin

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// stuckAfter is after how long a partition that is down, or a scope that is
// refused, is reported.
const stuckAfter = time.Minute

// maxStuck bounds the lines of a report: whoever writes logs may choose the names.
const maxStuck = 50

// Healthy returns an error when chunks are given back and nothing has been
// delivered for the configured time.
func (in *Instance) Healthy() error { return in.ledger.Healthy(in.config.StatusHealthy) }

// HealthyFull returns an error when any part of the output has been stuck for
// a minute: a line for each partition that is down, each scope that is refused,
// and the parked records.
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
	if n := in.Balance().Parked; n > 0 && len(lines) > 0 {
		lines = append(lines, fmt.Errorf("%d records are parked (park_path)", n))
	}
	return errors.Join(lines...)
}

// stuckPart is a partition or a scope that takes nothing.
type stuckPart struct {
	since time.Time
	err   error
}

// stuck returns what takes nothing, the one that has been so longest first.
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
