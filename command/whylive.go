package command

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/status"
)

// explainLive writes where the newest lines of a container are, by the agent's status.
func (e *explaining) explainLive(ctx context.Context, name string) error {
	if name == "" {
		return errUnknownContainer
	}
	s, err := e.port.snapshot(ctx, name)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.out)
	if len(s.Containers) == 0 {
		e.fault = true
		fmt.Fprintf(e.out, "%s: the agent on %s has seen no line of it, and no log file. Is the pod on this node? Has it written anything?\n", name, orDash(s.Node))
		return nil
	}
	for i := range s.Containers {
		e.explainContainer(s, &s.Containers[i])
	}
	return nil
}

// onTheirWay is for how many seconds a line may have no outcome without a fault.
const onTheirWay = 10

// explainContainer writes the numbers of a container, and in a sentence where its lines are.
func (e *explaining) explainContainer(s *status.Snapshot, c *status.Container) {
	fmt.Fprintf(e.out, "%s, right now\n", c.Name())
	fmt.Fprintf(e.out, "  records    %d delivered, %d dead-lettered, %d dropped, %d parked; the last that was read: %s\n",
		c.Delivered, c.DeadLettered, c.Dropped, c.Parked, ago(c.Newest, s.Time))
	if l := c.Log; l != nil {
		fmt.Fprintf(e.out, "  log        %s written = %s settled + %s waiting + %s unread + %s missing, in %s\n", status.Bytes(l.Written), status.Bytes(l.Settled),
			status.Bytes(l.Waiting), status.Bytes(l.Unread), status.Bytes(l.Missing), plural(l.Files, "file"))
	}
	say := func(text string, args ...any) {
		fmt.Fprintf(e.out, "  → %s\n", fmt.Sprintf(text, args...))
	}
	fine := true
	fault := func(text string, args ...any) {
		fine, e.fault = false, true
		say(text, args...)
	}
	if l := c.Log; l != nil {
		if l.Problem != "" {
			fault("Its file cannot be read: %s", l.Problem)
		}
		if l.Unseen > 0 {
			fault("Files of it were removed between two looks, %s: they are rotated too fast (containerLogMaxSize, containerLogMaxFiles). Lines may be lost, and are in no figure.", plural(int(l.Unseen), "time"))
		}
		if l.Missing > 0 {
			fault("%s were removed from the disk before they were read, and are lost.", status.Bytes(l.Missing))
		}
		tell := fault
		if l.BehindSeconds < onTheirWay && s.Delivery.BackendUp && len(s.Waiting) == 0 {
			tell = say
		}
		if l.Unread > 0 {
			where := "are in the file, and Fluent Bit has not handed them over"
			if !s.Delivery.BackendUp {
				where = "were not looked at: they are in the file, or in Fluent Bit's storage, because chunks go back unread while the backend is down"
			}
			tell("%s %s; the oldest line waits for %s.", status.Bytes(l.Unread), where, status.Duration(seconds(l.BehindSeconds)))
		}
		if l.Waiting > 0 {
			tell("%s were read and have no outcome yet: they wait in Fluent Bit's storage or with a worker.", status.Bytes(l.Waiting))
		}
	}
	if c.Parked > 0 {
		fault("%s parked on the disk, until the backend takes them.", plural(int(c.Parked), "record"))
	}
	if !fine {
		for _, w := range s.Waiting {
			fmt.Fprintf(e.out, "    The backend takes nothing%s: %s\n", waitingName(&w), w.Answer)
		}
		for _, l := range s.Limited {
			if l.Namespace == c.Namespace && l.Dropped == 0 {
				fmt.Fprintf(e.out, "    The namespace %s is above its rate limit, and its records wait (rate_limit_policy delay).\n", l.Namespace)
			}
		}
		if why := s.Delivery.ParkFailing; why != "" {
			fmt.Fprintf(e.out, "    Records that wait alone cannot be parked (park_path), and their chunks come again: %s\n", why)
		}
		if n := s.Delivery.Requests; n > 0 && s.Time.Sub(s.Delivery.OldestRequest) >= onTheirWay*time.Second {
			fmt.Fprintf(e.out, "    The backend has not answered %s since %s.\n", plural(n, "request"), status.Since(s.Delivery.OldestRequest, s.Time))
		}
		if why := s.Delivery.LettersFailing; why != "" {
			fmt.Fprintf(e.out, "    Refused records cannot be kept (dead_letter_path), and their chunks come again: %s\n", why)
		}
	}
	if c.DeadLettered > 0 {
		fault("%s refused for good, and in the dead-letter file.", plural(int(c.DeadLettered), "record"))
		e.explainLetters(s, c)
	}
	if c.Dropped > 0 {
		say("%s dropped by a rule or a rate limit.", plural(int(c.Dropped), "record"))
		for _, r := range s.Rules {
			if r.Action == "dropped" || r.Action == "sampled_out" {
				fmt.Fprintf(e.out, "    rule %s: %d %s, of all containers\n", r.Name, r.Records, r.Action)
			}
		}
	}
	uploaded := c.Delivered == 0 || e.explainUploads(s)
	if ahead := c.Newest.Sub(s.Time); !c.Newest.IsZero() && ahead >= time.Minute {
		say("Its times are %s ahead of this node's clock: that is where the backend has it, unless it refuses the future.", status.Duration(ahead))
	}
	l := c.Log
	switch idle := l == nil || l.Unread+l.Waiting == 0; {
	case !fine || !idle || !uploaded:
	case c.Delivered == 0 && c.Dropped > 0:
		say("Nothing of it is delivered.")
	case c.Delivered == 0 && s.Delivery.Unidentified > 0:
		fault("Nothing of it has come. But %s of containers came without a pod (path_key): its lines may be among them.", plural(int(s.Delivery.Unidentified), "line"))
	case c.Delivered == 0:
		say("Nothing of it has come since the start of the agent.")
	case c.Dropped > 0:
		say("All else that is known of it is delivered.")
	default:
		say("All that is known of it is delivered.")
	}
}

// explainUploads writes where delivered records are that are not uploaded. It returns false when
// there are some.
func (e *explaining) explainUploads(s *status.Snapshot) bool {
	uploaded := true
	say := func(where string, up *status.Stored) {
		if up != nil && !up.FailingSince.IsZero() {
			uploaded, e.fault = false, true
			fmt.Fprintf(e.out, "  → What is delivered%s is on the disk of this node (store_dir), and not uploaded since %s: %s\n", where, status.Since(up.FailingSince, s.Time), up.Answer)
		}
	}
	for _, d := range s.Destinations {
		say(" to "+d.Name, d.Stored)
	}
	if len(s.Destinations) == 0 {
		say("", s.Stored)
	}
	return uploaded
}

// explainLetters writes why records of a container were refused. One container stands for each
// reason: where it is another one, all reasons may be those of this one.
func (e *explaining) explainLetters(s *status.Snapshot, c *status.Container) {
	own := slices.ContainsFunc(s.DeadLetters, func(d status.DeadLetter) bool { return d.Pod == c.Pod && d.Container == c.Container })
	for _, d := range s.DeadLetters {
		if !own || d.Pod == c.Pod && d.Container == c.Container {
			fmt.Fprintf(e.out, "    %s: %s\n", d.Reason, cmp.Or(d.Answer, "no answer"))
		}
	}
}

// waitingName returns whose records wait; empty for those of all.
func waitingName(w *status.Waiting) string {
	var parts []string
	if w.Scope != "" {
		parts = append(parts, fmt.Sprintf("%q", w.Scope))
	}
	if w.Partition != "" {
		parts = append(parts, fmt.Sprintf("tenant %q", w.Partition))
	}
	if w.Destination != "" {
		parts = append(parts, "destination "+w.Destination)
	}
	if len(parts) == 0 {
		return ""
	}
	return " of " + strings.Join(parts, " of ")
}
