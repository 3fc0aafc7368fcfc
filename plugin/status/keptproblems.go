package status

import (
	"cmp"
	"slices"
)

// keptProblems adds what is wrong with the records that are kept on the node's disk: those that
// are not uploaded, parked, dead-lettered, and in the chunks of Fluent Bit.
func (s *Snapshot) keptProblems(add addProblem) {
	s.uploadProblems(add)
	d := s.Delivery
	if n := s.Records.Abandoned; n > 0 {
		do := "Raise storage.total_limit_size, and set retry_limit no_limits."
		if s.Disk != nil {
			do += " What is still in the log files is read from there again; the rest is lost, and counts as missing."
		}
		add(LevelError, "", do,
			"Fluent Bit has probably dropped %s: they were given back to it, and have not come again for abandon_after.", Plural(n, "record"))
	}
	if n := d.LettersRemoved; n > 0 {
		add(LevelError, "", "Raise dead_letter_files or dead_letter_bytes, and repair what is refused.",
			"%s of dead letters removed to make room: their records are lost.", were(n, "file"))
	}
	if d.ParkFailing != "" {
		add(LevelError, d.ParkFailing, "Raise park_bytes, or make room on the disk of park_path. Nothing is lost meanwhile: the records stay in the chunks of Fluent Bit, which come again and again.",
			"Records that wait alone cannot be parked since %s.", Since(d.ParkFailingSince, s.Time))
	} else if n := d.ParkFailures; n > 0 {
		add(LevelNote, "", "They were in the chunks of Fluent Bit meanwhile. Raise park_bytes where it happens again.", "Records could not be parked, %s. They can now.", times(n))
	}
	if d.LettersFailing != "" {
		add(LevelError, d.LettersFailing, "Make room on the disk of dead_letter_path, and repair what is refused. Nothing is lost meanwhile: the chunks come again.",
			"What the backend refuses cannot be kept since %s. Chunks with such records are not done.", Since(d.LettersFailingSince, s.Time))
	}
	s.letterProblems(add)
}

// uploadProblems adds what is stored here and cannot be uploaded.
func (s *Snapshot) uploadProblems(add addProblem) {
	const do = "Nothing is lost while the disk has room (store_dir_limit_size): the records stay in store_dir. Repair what the answer says; they are uploaded then, without a restart."
	for _, d := range s.Destinations {
		if up := d.Stored; up != nil && !up.FailingSince.IsZero() {
			add(LevelError, up.Answer, do, "The destination %s takes no upload since %s: %s on the disk, %s of %s. The other destinations have their records.",
				d.Name, Since(up.FailingSince, s.Time), Plural(up.Records, "record"), Bytes(up.Bytes), Bytes(up.Limit))
		}
	}
	if up := s.Stored; len(s.Destinations) == 0 && up != nil && !up.FailingSince.IsZero() {
		add(LevelError, up.Answer, do, "Nothing could be uploaded since %s: %s on the disk, %s of %s.",
			Since(up.FailingSince, s.Time), Plural(up.Records, "record"), Bytes(up.Bytes), Bytes(up.Limit))
	}
}

// letterProblems adds what the backend has refused for good: how much, of whom, and when last.
func (s *Snapshot) letterProblems(add addProblem) {
	n := s.Records.DeadLettered
	if n == 0 {
		return
	}
	answer, last := "", ""
	if len(s.DeadLetters) > 0 {
		d := s.DeadLetters[0]
		answer, last = d.Answer, ", the last at "+Since(d.Last, s.Time)
	}
	all := slices.DeleteFunc(slices.Clone(s.Containers), func(c Container) bool { return c.DeadLettered == 0 })
	slices.SortStableFunc(all, func(a, b Container) int { return cmp.Compare(b.DeadLettered, a.DeadLettered) })
	of := ""
	if len(all) > 0 {
		names := make([]string, len(all))
		for i := range all {
			names[i] = all[i].Name()
		}
		of = ", of " + named(names)
	}
	add(LevelWarning, answer, "Repair the cause, then send them with k8slog replay: they are in "+s.option("dead_letter_path")+".",
		"The backend refused %s for good%s%s.", Plural(n, "record"), of, last)
}

// option returns the value of an option, or its name when the value is unknown.
func (s *Snapshot) option(name string) string {
	for _, o := range s.Options {
		if o.Name == name {
			return cmp.Or(o.Value, name)
		}
	}
	return name
}
