package command

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"github.com/k8slog/k8slog/plugin/status"
)

const topUsage = `usage: k8slog top [flags]

Shows what an agent does, from its status page: what is wrong, the balance from the disk
to the backend, what waits, and the containers. It is refreshed until you press Ctrl-C. In a
pod of Kubernetes:

  kubectl port-forward -n logging POD 2021 &
  k8slog top

The exit code with -once is 1 when there is a problem.

flags:
`

// topOrders are the orders of the containers. The first is that of the page.
var topOrders = map[string]func(a, b *status.Container) int{
	"behind":    nil,
	"delivered": func(a, b *status.Container) int { return cmp.Compare(b.Delivered, a.Delivered) },
	"bytes":     func(a, b *status.Container) int { return cmp.Compare(b.Bytes, a.Bytes) },
	"dead":      func(a, b *status.Container) int { return cmp.Compare(b.DeadLettered, a.DeadLettered) },
	"dropped":   func(a, b *status.Container) int { return cmp.Compare(b.Dropped, a.Dropped) },
	"name":      func(a, b *status.Container) int { return cmp.Compare(a.Name(), b.Name()) },
}

// showTop is the command top.
func showTop(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("top", flag.ContinueOnError)
	flags.SetOutput(errs)
	var port statusPort
	port.addFlags(flags)
	once := flags.Bool("once", false, "show it once, also in a terminal")
	every := flags.Duration("interval", 2*time.Second, "how often it is refreshed")
	order := flags.String("sort", "behind", "the order of the containers: behind, delivered, bytes, dead, dropped or name")
	filter := flags.String("filter", "", "only containers with this in namespace/pod/container")
	flags.Usage = func() {
		fmt.Fprint(errs, topUsage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: unexpected %q", errUsage, flags.Arg(0))
	}
	by, ok := topOrders[*order]
	if !ok {
		return fmt.Errorf("%w: -sort is %q", errUsage, *order)
	}
	rows := terminalRows(out)
	if *once || rows == 0 {
		s, err := port.snapshot(context.Background(), *filter)
		if err != nil {
			return err
		}
		writeTop(out, s, by, 0)
		if len(s.Problems) > 0 && s.Problems[0].Level != status.LevelNote {
			return errProblems
		}
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Fprint(out, "\x1b[?1049h\x1b[?25l") // the other screen, without a cursor
	defer fmt.Fprint(out, "\x1b[?25h\x1b[?1049l")
	tick := time.NewTicker(max(*every, 200*time.Millisecond))
	defer tick.Stop()
	for {
		var page bytes.Buffer
		if s, err := port.snapshot(ctx, *filter); err != nil {
			fmt.Fprintln(&page, err)
		} else {
			writeTop(&page, s, by, terminalRows(out))
		}
		if ctx.Err() != nil {
			return nil
		}
		fmt.Fprintf(out, "\x1b[H\x1b[J%s", page.Bytes())
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// terminalRows returns the height of a terminal; 0 for what is none.
func terminalRows(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	if size.Row == 0 { // it does not say
		return 24
	}
	return int(size.Row)
}

// writeTop writes a snapshot, with at most so many lines; 0 for any number.
func writeTop(out io.Writer, s *status.Snapshot, by func(a, b *status.Container) int, rows int) {
	lines := &lineCounter{out: out}
	fmt.Fprintf(lines, "k8slog %s on %s to %s, %s, up for %s\n", s.Version, orDash(s.Node), s.Backend, s.Time.UTC().Format("15:04:05 UTC"), status.Duration(s.Time.Sub(s.Started)))
	if len(s.Problems) == 0 {
		fmt.Fprintln(lines, "all is well")
	}
	for _, p := range s.Problems {
		fmt.Fprintf(lines, "%s: %s\n", map[string]string{status.LevelError: "PROBLEM", status.LevelWarning: "WARNING", status.LevelNote: "NOTE"}[p.Level], p.Text)
		if p.Answer != "" {
			fmt.Fprintf(lines, "    %s\n", p.Answer)
		}
		fmt.Fprintf(lines, "    %s\n", p.Do)
	}
	fmt.Fprintln(lines)
	if d := s.Disk; d != nil {
		fmt.Fprintf(lines, "disk     written %s = settled %s + waiting %s + unread %s + missing %s, behind %s\n", status.Bytes(d.Written), status.Bytes(d.Settled),
			status.Bytes(d.Waiting), status.Bytes(d.Unread), status.Bytes(d.Missing), status.Duration(seconds(d.BehindSeconds)))
	}
	r := s.Records
	fmt.Fprintf(lines, "records  received %d = delivered %d + dead-lettered %d + dropped %d + parked %d + pending %d + abandoned %d\n",
		r.Received, r.Delivered, r.DeadLettered, r.Dropped, r.Parked, r.Pending, r.Abandoned)
	d := s.Delivery
	fmt.Fprintf(lines, "backend  %s, last accepted %s, %s retried, %s given back, memory %s of %s\n\n", map[bool]string{true: "up", false: "DOWN"}[d.BackendUp], ago(d.LastAccepted, s.Time),
		status.Plural(d.Retried, "request"), status.Plural(d.GivenBack, "chunk"), status.Bytes(d.MemoryBytes), status.Bytes(d.MemoryLimit))
	if by != nil {
		slices.SortStableFunc(s.Containers, func(a, b status.Container) int { return by(&a, &b) })
	}
	shown := s.Containers
	if rows > 0 {
		shown = shown[:min(len(shown), max(rows-lines.n-3, 3))]
	}
	table := tabwriter.NewWriter(lines, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CONTAINER\tBEHIND\tUNREAD\tWAITING\tMISSING\tPARKED\tDELIVERED\tBYTES\tDROPPED\tDEAD\tLAST")
	for i := range shown {
		c := &shown[i]
		behind, unread, waiting, missing := "-", "-", "-", "-"
		if l := c.Log; l != nil {
			behind, unread, waiting, missing = status.Duration(seconds(l.BehindSeconds)), status.Bytes(l.Unread), status.Bytes(l.Waiting), status.Bytes(l.Missing)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%d\t%d\t%s\n", c.Name(), behind, unread, waiting, missing,
			c.Parked, c.Delivered, status.Bytes(c.Bytes), c.Dropped, c.DeadLettered, ago(c.Newest, s.Time))
	}
	_ = table.Flush() // the next line has the same fate
	if more := len(s.Containers) - len(shown) + s.MoreContainers; more > 0 {
		fmt.Fprintf(lines, "and %s\n", plural(more, "more container"))
	}
}

// lineCounter counts the lines that are written.
type lineCounter struct {
	out io.Writer
	n   int
}

func (c *lineCounter) Write(p []byte) (int, error) {
	c.n += bytes.Count(p, []byte{'\n'})
	return c.out.Write(p)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	if ahead := t.Sub(now); ahead >= time.Minute {
		return status.Duration(ahead) + " ahead"
	}
	return status.Duration(max(now.Sub(t), 0)) + " ago"
}
