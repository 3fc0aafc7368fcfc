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
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

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
	if rows, _ := terminalSize(out); *once || rows == 0 {
		s, err := port.snapshot(context.Background(), *filter)
		if err != nil {
			return err
		}
		writeTop(out, s, by, 0, 0)
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
		rows, columns := terminalSize(out)
		if s, err := port.snapshot(ctx, *filter); err != nil {
			fmt.Fprintln(&page, wrapped(err.Error(), "", columns))
		} else {
			writeTop(&page, s, by, rows, columns)
		}
		if ctx.Err() != nil {
			return nil
		}
		fmt.Fprintf(out, "\x1b[H\x1b[J%s", fitted(page.Bytes(), rows, columns))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// writeTop writes a snapshot for a terminal of a size, whose containers may be fewer then; 0 rows
// and 0 columns for any size.
func writeTop(out io.Writer, s *status.Snapshot, by func(a, b *status.Container) int, rows, columns int) {
	lines := &lineCounter{out: out}
	fmt.Fprintf(lines, "k8slog %s on %s to %s, %s, up for %s\n", s.Version, orDash(s.Node), s.Backend, s.Time.UTC().Format("15:04:05 UTC"), status.Duration(s.Time.Sub(s.Started)))
	if len(s.Problems) == 0 {
		fmt.Fprintln(lines, "all is well")
	}
	for _, p := range s.Problems {
		level := map[string]string{status.LevelError: "PROBLEM", status.LevelWarning: "WARNING", status.LevelNote: "NOTE"}[p.Level]
		fmt.Fprintln(lines, wrapped(level+": "+p.Text, "    ", columns))
		if p.Answer != "" {
			fmt.Fprintln(lines, wrapped("    "+p.Answer, "    ", columns))
		}
		fmt.Fprintln(lines, wrapped("    "+p.Do, "    ", columns))
	}
	fmt.Fprintln(lines)
	line := func(format string, args ...any) {
		fmt.Fprintln(lines, wrapped(fmt.Sprintf(format, args...), "         ", columns))
	}
	if d := s.Disk; d != nil {
		line("disk     written %s = settled %s + waiting %s + unread %s + missing %s, behind %s", status.Bytes(d.Written), status.Bytes(d.Settled),
			status.Bytes(d.Waiting), status.Bytes(d.Unread), status.Bytes(d.Missing), status.Duration(seconds(d.BehindSeconds)))
	}
	r := s.Records
	line("records  received %d = delivered %d + dead-lettered %d + dropped %d + parked %d + pending %d + abandoned %d",
		r.Received, r.Delivered, r.DeadLettered, r.Dropped, r.Parked, r.Pending, r.Abandoned)
	d := s.Delivery
	line("backend  %s, last accepted %s, %s retried, %s given back, memory %s of %s", map[bool]string{true: "up", false: "DOWN"}[d.BackendUp], ago(d.LastAccepted, s.Time),
		status.Plural(d.Retried, "request"), status.Plural(d.GivenBack, "chunk"), status.Bytes(d.MemoryBytes), status.Bytes(d.MemoryLimit))
	fmt.Fprintln(lines)
	if by != nil {
		slices.SortStableFunc(s.Containers, func(a, b status.Container) int { return by(&a, &b) })
	}
	shown := s.Containers
	if rows > 0 {
		shown = shown[:min(len(shown), max(rows-lines.n-3, 3))]
	}
	writeContainers(lines, shown, s.Time, columns > 0)
	if more := len(s.Containers) - len(shown) + s.MoreContainers; more > 0 {
		fmt.Fprintf(lines, "and %s\n", plural(more, "more container"))
	}
}

// writeContainers writes a table of containers. With brief, columns without a number are left out.
func writeContainers(out io.Writer, shown []status.Container, now time.Time, brief bool) {
	table := [][]string{{"CONTAINER", "BEHIND", "UNREAD", "WAITING", "MISSING", "PARKED", "DELIVERED", "BYTES", "DROPPED", "DEAD", "LAST"}}
	for i := range shown {
		c := &shown[i]
		behind, unread, waiting, missing := "-", "-", "-", "-"
		if l := c.Log; l != nil {
			behind, unread, waiting, missing = status.Duration(seconds(l.BehindSeconds)), status.Bytes(l.Unread), status.Bytes(l.Waiting), status.Bytes(l.Missing)
		}
		number := func(n int64) string { return strconv.FormatInt(n, 10) }
		table = append(table, []string{c.Name(), behind, unread, waiting, missing, number(c.Parked), number(c.Delivered), status.Bytes(c.Bytes), number(c.Dropped), number(c.DeadLettered), ago(c.Newest, now)})
	}
	isEmpty := func(column int) bool {
		return !slices.ContainsFunc(table[1:], func(row []string) bool { return !slices.Contains([]string{"-", "0", "0 B"}, row[column]) })
	}
	for column := len(table[0]) - 1; brief && column > 0; column-- {
		if isEmpty(column) {
			for i := range table {
				table[i] = slices.Delete(table[i], column, column+1)
			}
		}
	}
	tabs := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range table {
		fmt.Fprintln(tabs, strings.Join(row, "\t"))
	}
	_ = tabs.Flush() // the next line has the same fate
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
