package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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

// addProblem adds a problem; text and args are those of fmt.Sprintf.
type addProblem func(level, answer, do, text string, args ...any)

// behindLimit is how far behind a log may be before that is a problem.
const behindLimit = 5 * time.Minute

// retryLimit is how long nothing may be accepted and requests be tried again, before that is a
// problem: one answer of a busy server is none.
const retryLimit = 2 * time.Second

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
	s.keptProblems(add)
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

// throttled is how an answer begins that says that a limit is reached.
const throttled = "throttled: "

// waitingProblems adds what the backend does not take for now.
func (s *Snapshot) waitingProblems(add addProblem) {
	const kept = "Nothing is lost while the disk has room (storage.total_limit_size): what is read stays there. "
	silent := s.isSilent()
	down := map[string]bool{} // by destination
	for i, w := range s.Waiting {
		if w.Silent && (silent || s.Time.Sub(w.Since) < slowLimit) {
			continue // slowProblems says it of all, or it may be the network
		}
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
			if w.Silent {
				add(LevelWarning, "", "See whether it is slow or hangs there. What waits is sent when it answers; everything else goes on.",
					"%s has not answered for the tenant %q since %s.", backendName(w.Destination), w.Partition, since)
				continue
			}
			do := "Repair what the answer says. What waits is sent then; everything else goes on."
			if strings.HasPrefix(w.Answer, throttled) {
				do = "Raise the limit that the backend has for this tenant, or send less: rules that drop or sample, or a rate limit (rate_limit_records). What waits is sent bit by bit; everything else goes on."
			}
			add(LevelWarning, w.Answer, do,
				"%s takes nothing of the tenant %q since %s.", backendName(w.Destination), w.Partition, since)
		default:
			add(LevelWarning, w.Answer, "Repair what the answer says. What waits is sent then; everything else goes on.",
				"%s takes nothing of %q%s since %s.", backendName(w.Destination), w.Scope, ofTenant(w.Partition), since)
		}
	}
	if !s.Delivery.BackendUp && len(down) == 0 {
		add(LevelError, "", kept+"The log has the reason, behind the words: the backend is down.", "The backend is down.")
	}
	if d := s.Delivery; d.BackendUp && len(s.Waiting) == 0 && d.Retrying != "" && s.Time.Sub(d.RetryingSince) >= retryLimit {
		add(LevelWarning, d.Retrying, kept+"Repair what the answer says. Requests are tried again until then.",
			"The backend has taken nothing since %s.", Since(d.RetryingSince, s.Time))
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
func (s *Snapshot) diskProblems(add addProblem) {
	if s.Disk == nil {
		return
	}
	if n := s.Disk.Missing; n > 0 {
		add(LevelError, "", "Raise containerLogMaxSize or containerLogMaxFiles of the kubelet, or make the agent's absences shorter. The table names the containers of the last hour.",
			"%s of logs were removed from the disk before they were read: they are lost.", Bytes(n))
	}
	if n := s.Disk.Unseen; n > 0 {
		most := Log{}
		name := "a log"
		for i := range s.Containers {
			if l := s.Containers[i].log(); l.Unseen > most.Unseen {
				most, name = l, s.Containers[i].Name()
			}
		}
		add(LevelWarning, "", "Its files are rotated faster than they can be looked at, or they were while the agent was away. Raise containerLogMaxSize or containerLogMaxFiles of the kubelet, or make the container write less.",
			"Files of %s were removed between two looks, %s. Lines may be lost, and are in no figure.", name, times(n))
	}
	if behind := time.Duration(s.Disk.BehindSeconds * float64(time.Second)); behind >= behindLimit {
		name := ""
		if len(s.Containers) > 0 && s.Containers[0].Log != nil {
			name = " The furthest is " + s.Containers[0].Name() + "."
		}
		add(LevelWarning, "", "See whether the backend is slow, or a rate limit delays it."+name, "Logs are %s behind.", Duration(behind))
	}
	unreadable, first := []string{}, ""
	for i := range s.Containers {
		if l := s.Containers[i].Log; l != nil && l.Problem != "" {
			unreadable = append(unreadable, s.Containers[i].Name())
			first = cmp.Or(first, l.Problem)
		}
	}
	if len(unreadable) > 0 {
		add(LevelError, first, "Make the file readable for the agent: its user, its capabilities (DAC_READ_SEARCH), its mounts, or SELinux. Lines are lost when the file is removed before.",
			"The log of %s cannot be read.", named(unreadable))
	}
}

// named returns the first of some names, and the number of the others.
func named(containers []string) string {
	if len(containers) == 1 {
		return containers[0]
	}
	return fmt.Sprintf("%s and %s", containers[0], Plural(int64(len(containers)-1), "more container"))
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
