package plugin

import (
	"fmt"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// This file says what a backend has on the disk of this machine, and counts as delivered.

// store is a destination that stores records on the disk.
type store struct {
	name string // empty for the output's own alone
	backend.Storing
}

// stores returns the destinations that store records on the disk, the output's own first.
func (in *Instance) stores() (all []store) {
	for d := range in.all {
		if s, ok := d.backend.(backend.Storing); ok {
			all = append(all, store{d.Name, s})
		}
	}
	return all
}

// stored returns what all destinations have on the disk; ok is false where none stores
// anything here.
func (in *Instance) stored() (sum backend.Stored, ok bool) {
	for i, d := range in.stores() {
		s := d.Stored()
		if i == 0 {
			sum, ok = s, true
			continue
		}
		sum.Files, sum.Records, sum.Bytes, sum.Limit = sum.Files+s.Files, sum.Records+s.Records, sum.Bytes+s.Bytes, sum.Limit+s.Limit
		sum.Objects, sum.ObjectRecords, sum.ObjectBytes = sum.Objects+s.Objects, sum.ObjectRecords+s.ObjectRecords, sum.ObjectBytes+s.ObjectBytes
		sum.Repeated, sum.Failures, sum.MaxAge = sum.Repeated+s.Repeated, sum.Failures+s.Failures, max(sum.MaxAge, s.MaxAge)
		if !s.Oldest.IsZero() && (sum.Oldest.IsZero() || s.Oldest.Before(sum.Oldest)) {
			sum.Oldest = s.Oldest
		}
		if s.Err != nil && (sum.Err == nil || s.FailingSince.Before(sum.FailingSince)) {
			sum.Err, sum.FailingSince = s.Err, s.FailingSince
		}
	}
	return sum, ok
}

// storedLine is the line of the periodic report; empty where no destination stores records.
func (in *Instance) storedLine() string {
	var parts []string
	all := in.stores()
	for _, d := range all {
		s := d.Stored()
		line := fmt.Sprintf("%d records in %d objects uploaded, %d records in %d files not yet, with %d of %d bytes on the disk",
			s.ObjectRecords, s.Objects, s.Records, s.Files, s.Bytes, s.Limit)
		if s.Repeated > 0 {
			line += fmt.Sprintf(", %d records that came again were on the disk", s.Repeated)
		}
		if len(all) > 1 {
			line = "destination " + d.name + ": " + line
		}
		parts = append(parts, line)
	}
	return strings.Join(parts, "; ")
}

// uploadsStuck returns why what is on the disk is not taken away, and since when; nil when it
// is.
func (in *Instance) uploadsStuck() *stuckPart {
	var stuck *stuckPart // for longest
	for d := range in.all {
		storing, ok := d.backend.(backend.Storing)
		if !ok {
			continue
		}
		s := storing.Stored()
		if s.Err == nil || stuck != nil && !s.FailingSince.Before(stuck.since) {
			continue
		}
		what := "uploads"
		if d != &in.own {
			what = ofDestination(d.Name, what)
		}
		stuck = &stuckPart{s.FailingSince, fmt.Errorf("%s fail since %s, and %d records are on the disk: %w",
			what, s.FailingSince.UTC().Format(time.RFC3339), s.Records, s.Err)}
	}
	return stuck
}
