package status

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Problem is something that is wrong, in plain words.
type Problem struct {
	// Level is error when records are lost or can be soon, warning when they wait, and note
	// else.
	Level string `json:"level"`
	Text  string `json:"text"`
	// Answer is what the backend or the system said; empty for none.
	Answer string `json:"answer,omitempty"`
	// Do is what to do.
	Do string `json:"do"`
}

// The levels.
const (
	LevelError   = "error"
	LevelWarning = "warning"
	LevelNote    = "note"
)

// behindLimit is how far behind a log may be before that is a problem.
const behindLimit = 5 * time.Minute

// maxNamed is the number of parts that a list of problems names.
const maxNamed = 5

// FindProblems sets Problems from the other fields.
func (s *Snapshot) FindProblems() {
	all := []Problem{}
	add := func(level, answer, do, text string, args ...any) {
		all = append(all, Problem{Level: level, Text: fmt.Sprintf(text, args...), Answer: answer, Do: do})
	}
	s.waitingProblems(add)
	s.slowProblems(add)
	s.diskProblems(add)
	s.recordProblems(add)
	if up := s.Stored; up != nil && !up.FailingSince.IsZero() {
		add(LevelError, up.Answer, "Nothing is lost: the records stay on the node's disk (store_dir). Repair what the answer says; they are uploaded then, without a restart.",
			"Nothing could be uploaded since %s: %s on the disk, %s of %s.", Since(up.FailingSince, s.Time), Plural(up.Records, "record"), Bytes(up.Bytes), Bytes(up.Limit))
	}
	if n := s.Records.Abandoned; n > 0 {
		add(LevelError, "", "Raise storage.total_limit_size, and set retry_limit no_limits.",
			"Fluent Bit has probably dropped %s: they were given back to it, and have not come again for abandon_after.", Plural(n, "record"))
	}
	if n := s.Delivery.LettersRemoved; n > 0 {
		add(LevelError, "", "Raise dead_letter_files or dead_letter_bytes, and repair what is refused.",
			"%s of dead letters removed to make room: their records are lost.", were(n, "file"))
	}
	if n := s.Delivery.ParkFailures; n > 0 {
		add(LevelWarning, "", "Raise park_bytes, or make room on the disk.", "Records could not be parked, %s; they stay in the chunks of Fluent Bit.", times(n))
	}
	if d := s.Delivery; d.LettersFailing != "" {
		add(LevelError, d.LettersFailing, "Make room on the disk of dead_letter_path, and repair what is refused. Nothing is lost meanwhile: the chunks come again.",
			"What the backend refuses cannot be kept since %s. Chunks with such records are not done.", Since(d.LettersFailingSince, s.Time))
	}
	if n := s.Records.DeadLettered; n > 0 {
		answer := ""
		if len(s.DeadLetters) > 0 {
			answer = s.DeadLetters[0].Answer
		}
		add(LevelWarning, answer, "Repair the cause, then send them with k8slog replay (dead letters are in dead_letter_path).",
			"The backend refused %s for good.", Plural(n, "record"))
	}
	if m := s.Metadata; m != nil && !m.Up {
		add(LevelWarning, m.State, "Look into the log for lines with metadata, and at the rights of the service account.",
			"The API server does not tell of the pods: records of new pods go without labels.")
	}
	for _, c := range s.Incidents {
		if c.Name == "panics" && c.Count > 0 {
			add(LevelWarning, "", "Report the line of the log that begins with panic.", "k8slog has panicked, %s. Nothing was lost, but it is a bug.", times(c.Count))
		}
	}
	rank := map[string]int{LevelError: 0, LevelWarning: 1, LevelNote: 2}
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(rank[a.Level], rank[b.Level]) })
	s.Problems = all
}

// backendName names the backend of a destination at the beginning of a sentence.
func backendName(destination string) string {
	if destination == "" {
		return "The backend"
	}
	return "The destination " + destination
}

// waitingProblems adds what the backend does not take for now.
func (s *Snapshot) waitingProblems(add func(level, answer, do, text string, args ...any)) {
	const kept = "Nothing is lost: what is read stays on the node's disk. "
	down := map[string]bool{} // by destination
	for i, w := range s.Waiting {
		if i == maxNamed {
			add(LevelWarning, "", "See the list of what waits.", "%d more tenants, streams or indices wait.", len(s.Waiting)-maxNamed)
			break
		}
		since := Since(w.Since, s.Time)
		switch w.Kind {
		case "backend":
			if down[w.Destination] {
				continue // it is down for all tenants
			}
			down[w.Destination] = true
			add(LevelError, w.Answer, kept+"Repair the address (endpoint), the network, the credentials, or the backend. What waits is sent then, without a restart.",
				"%s has taken nothing since %s.", backendName(w.Destination), since)
		case "partition":
			add(LevelWarning, w.Answer, "Repair what the answer says. What waits is sent then; everything else goes on.",
				"%s takes nothing of the tenant %q since %s.", backendName(w.Destination), w.Partition, since)
		default:
			add(LevelWarning, w.Answer, "Repair what the answer says. What waits is sent then; everything else goes on.",
				"%s takes nothing of %q%s since %s.", backendName(w.Destination), w.Scope, ofTenant(w.Partition), since)
		}
	}
	if !s.Delivery.BackendUp && len(down) == 0 {
		add(LevelError, "", kept+"The log has the reason, behind the words: the backend is down.", "The backend is down.")
	}
	if n := s.Records.Parked; n > 0 {
		answer := ""
		if len(s.Parked) > 0 {
			answer = s.Parked[0].Answer
		}
		for _, w := range s.Waiting {
			if w.Answer == answer {
				answer = "" // it was said
			}
		}
		add(LevelWarning, answer, "They are sent when the backend takes them. See the queues below.", "%s alone on the disk (park_path).", wait(n, "record"))
	}
}

// diskProblems adds what is wrong with the log files.
func (s *Snapshot) diskProblems(add func(level, answer, do, text string, args ...any)) {
	if s.Disk == nil {
		return
	}
	if n := s.Disk.Missing; n > 0 {
		add(LevelError, "", "Raise containerLogMaxSize or containerLogMaxFiles of the kubelet, or make the agent's absences shorter. The table names the containers of the last hour.",
			"%s of logs were removed from the disk before they were read: they are lost.", Bytes(n))
	}
	if n := s.Disk.Unseen; n > 0 {
		add(LevelWarning, "", "Look into the log for the name, behind the words: between two looks. Raise containerLogMaxSize or containerLogMaxFiles, or make the agent's absences shorter.",
			"The newest file of a log was removed between two looks, %s. Lines may be lost, and are in no figure.", times(n))
	}
	if behind := time.Duration(s.Disk.BehindSeconds * float64(time.Second)); behind >= behindLimit {
		name := ""
		if len(s.Containers) > 0 && s.Containers[0].Log != nil {
			name = " The furthest is " + s.Containers[0].Name() + "."
		}
		add(LevelWarning, "", "See whether the backend is slow, or a rate limit delays it."+name, "Logs are %s behind.", Duration(behind))
	}
	unreadable := 0
	var first *Log
	for i := range s.Containers {
		if l := s.Containers[i].Log; l != nil && l.Problem != "" {
			if unreadable++; first == nil {
				first = l
			}
		}
	}
	if unreadable > 0 {
		add(LevelWarning, first.Problem, "Make the files readable for the agent: its user, its mounts, or SELinux.", "Log files of %s cannot be read, as %s.", Plural(int64(unreadable), "container"), first.Path)
	}
}

func ofTenant(partition string) string {
	if partition == "" {
		return ""
	}
	return fmt.Sprintf(" of the tenant %q", partition)
}

func were(n int64, what string) string {
	if n == 1 {
		return "1 " + what + " was"
	}
	return Plural(n, what) + " were"
}

func wait(n int64, what string) string {
	if n == 1 {
		return "1 " + what + " waits"
	}
	return Plural(n, what) + " wait"
}

func times(n int64) string { return Plural(n, "time") }
