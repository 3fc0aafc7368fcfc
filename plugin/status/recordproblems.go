package status

import (
	"strings"
	"time"
)

// slowLimit is how long a request may go without an answer before that is a problem.
const slowLimit = 15 * time.Second

// slowProblems adds what has no answer. A backend that is known to be down is in waitingProblems.
func (s *Snapshot) slowProblems(add addProblem) {
	d := s.Delivery
	if d.Requests == 0 || !d.BackendUp || s.Time.Sub(d.OldestRequest) < slowLimit {
		return
	}
	since := Since(d.OldestRequest, s.Time)
	if s.isSilent() {
		add(LevelError, "", "Nothing is lost: what is read stays on the node's disk. See whether the backend hangs, or something in between takes connections and does not pass them on.",
			"The backend has not answered since %s, and %s for it.", since, wait(int64(d.Requests), "request"))
		return
	}
	add(LevelWarning, "", "Give the backend more resources, or send larger requests (batch_bytes). Records are late, and not lost.",
		"The backend is slow: %s for an answer, the first one since %s.", wait(int64(d.Requests), "request"), since)
}

// isSilent reports whether requests have no answer, and nothing was accepted since the first of
// them.
func (s *Snapshot) isSilent() bool {
	d := s.Delivery
	return d.Requests > 0 && d.BackendUp && s.Time.Sub(d.OldestRequest) >= slowLimit && d.LastAccepted.Before(d.OldestRequest)
}

// clockLimit is by how much two clocks may differ.
const clockLimit = time.Minute

// aheadLimit is how far ahead of the clock a record may be.
const aheadLimit = 10 * time.Minute

// recordProblems adds what is wrong with records that are delivered or dropped.
func (s *Snapshot) recordProblems(add addProblem) {
	if n := s.Delivery.Unidentified; n > 0 {
		add(LevelWarning, "", "Set path_key in the tail input, and the same name in the output: k8slog check compares them. Do not rename the files.",
			"%s of containers came without a pod: neither a path nor the tag says whose they are.", Plural(n, "line"))
	}
	if by := time.Duration(s.Delivery.ClockAheadSeconds * float64(time.Second)); by.Abs() >= clockLimit {
		word := "ahead of"
		if by < 0 {
			word = "behind"
		}
		add(LevelWarning, "", "Repair the clock of the node (chronyc tracking), or that of the backend. Loki refuses records of the future, AWS signatures that are five minutes off, and TLS may fail.",
			"The clock of this node is %s %s that of the backend.", Duration(by.Abs()), word)
	}
	ahead, gone := "", []string{}
	var most time.Duration
	for i := range s.Containers {
		c := &s.Containers[i]
		if by := c.Newest.Sub(s.Time); !c.Newest.IsZero() && by > max(most, aheadLimit) {
			most, ahead = by, c.Name()
		}
		if c.Dropped > 0 && c.Delivered+c.DeadLettered+c.Parked == 0 {
			gone = append(gone, c.Name())
		}
	}
	if ahead != "" {
		add(LevelWarning, "", "Compare the clocks of the node and of whoever wrote the time (chronyc tracking). Many backends refuse records of the future.",
			"Records are up to %s ahead of this node's clock, those of %s.", Duration(most), ahead)
	}
	if len(gone) > 0 {
		add(LevelNote, "", "If that is not meant: see below what each rule did. k8slog rules test shows it with single lines.",
			"All records of %s are dropped, by %s.", named(gone), s.droppers())
	}
	for i, l := range s.Limited {
		if i == maxNamed {
			add(LevelNote, "", "The metric k8slog_namespace_rate_limited_records_total has them.", "%d more namespaces are above their rate limit.", len(s.Limited)-maxNamed)
			break
		}
		const do = "Raise rate_limit_records or rate_limit_bytes, or make the namespace write less."
		if l.Dropped > 0 {
			add(LevelNote, "", do, "The namespace %s is above its rate limit: %s dropped since the start.", l.Namespace, were(l.Dropped, "record"))
		} else {
			add(LevelWarning, "", do+" Nothing is lost while the disk has room (storage.total_limit_size).", "The namespace %s is above its rate limit, and its records wait (rate_limit_policy delay).", l.Namespace)
		}
	}
	if n := s.Delivery.RefusedPaths; n > 0 {
		add(LevelError, "", "Where logs are in a folder of their own, name it in log_folders. The lines of the log with the word log_folders name the path.",
			"%s of paths that lead to no log file, and dropped.", were(n, "record"))
	}
}

// droppers names what drops records.
func (s *Snapshot) droppers() string {
	var names []string
	var by int64
	for _, r := range s.Rules {
		if r.Action == "dropped" || r.Action == "sampled_out" {
			names = append(names, r.Name)
			by += r.Records
		}
	}
	limit := "a rate limit (rate_limit_records, rate_limit_bytes)"
	switch {
	case len(names) == 0:
		return limit
	case len(names) > 1:
		names[0] = "one of the rules " + strings.Join(names[:min(len(names), maxNamed)], ", ")
	default:
		names[0] = "the rule " + names[0]
	}
	if by < s.Records.Dropped {
		return names[0] + ", or " + limit
	}
	return names[0]
}
