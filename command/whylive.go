package command

import (
	"context"
	"fmt"
	"strings"

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
	fmt.Fprintf(e.out, "  records    %d delivered, %d dead-lettered, %d dropped, %d parked; the last that was read is of %s\n",
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
		if l.Missing > 0 {
			fault("%s were removed from the disk before they were read, and are lost.", status.Bytes(l.Missing))
		}
		tell := fault
		if l.BehindSeconds < onTheirWay && s.Delivery.BackendUp && len(s.Waiting) == 0 {
			tell = say
		}
		if l.Unread > 0 {
			tell("%s are in the file and Fluent Bit has not handed them over; the oldest line waits for %s.", status.Bytes(l.Unread), status.Duration(seconds(l.BehindSeconds)))
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
	}
	if c.DeadLettered > 0 {
		fault("%s refused for good, and in the dead-letter file.", plural(int(c.DeadLettered), "record"))
		for _, d := range s.DeadLetters {
			if d.Pod == c.Pod && d.Container == c.Container {
				fmt.Fprintf(e.out, "    %s\n", d.Answer)
			}
		}
	}
	if c.Dropped > 0 {
		say("%s dropped by a rule or a rate limit.", plural(int(c.Dropped), "record"))
	}
	if l := c.Log; fine && (l == nil || l.Unread+l.Waiting == 0) {
		say("All that is known of it is delivered.")
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
	if len(parts) == 0 {
		return ""
	}
	return " of " + strings.Join(parts, " of ")
}
