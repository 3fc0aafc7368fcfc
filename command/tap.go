package command

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/k8slog/k8slog/internal/oneline"
)

const tapUsage = `usage: k8slog tap [flags] [POD | NAMESPACE/POD | NAMESPACE/POD/CONTAINER]

Shows records while they are sent, after all rules and redactions: of a pod, a namespace (-n),
a container (-c), a component of the node (-c kubelet), or of all. The agent needs status_tap
on. Records above -rate are left out, and delivery never waits for the tap. Ctrl-C ends it.

flags:
`

// watch is the command tap.
func watch(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("tap", flag.ContinueOnError)
	flags.SetOutput(errs)
	var port statusPort
	port.addFlags(flags)
	namespace := flags.String("n", "", "only records of this namespace")
	container := flags.String("c", "", "only records of this container, or of this component of the node")
	perSecond := flags.Int("rate", 100, "at most so many records a second, up to 1000")
	asJSON := flags.Bool("json", false, "write the records as lines of JSON, as the backend file writes them")
	count := flags.Int("count", 0, "end after so many records; 0 for never")
	flags.Usage = func() {
		fmt.Fprint(errs, tapUsage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 1 {
		return fmt.Errorf("%w: unexpected %q (flags stand before the pod)", errUsage, flags.Arg(1))
	}
	q := url.Values{"namespace": {*namespace}, "container": {*container}, "rate": {strconv.Itoa(*perSecond)}}
	switch parts := strings.Split(flags.Arg(0), "/"); len(parts) {
	case 1:
		q.Set("pod", parts[0])
	case 2, 3:
		q.Set("namespace", parts[0])
		q.Set("pod", parts[1])
		if len(parts) == 3 {
			q.Set("container", parts[2])
		}
	default:
		return fmt.Errorf("%w: %q is no pod", errUsage, flags.Arg(0))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	body, err := port.open(ctx, "/tap", q)
	if err != nil {
		return err
	}
	defer body.Close()
	rows, _ := terminalSize(out)
	raw := *asJSON && rows == 0
	lines := bufio.NewReaderSize(body, 64<<10)
	for shown := 0; *count == 0 || shown < *count; {
		line, err := lines.ReadString('\n')
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, io.EOF):
			return errors.New("the agent has ended it")
		case err != nil:
			return fmt.Errorf("cannot read records: %w", err)
		}
		var record tapped
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			return fmt.Errorf("cannot read a record: %w", err)
		}
		if record.Tap != nil {
			if n := record.Tap.Skipped; n > 0 {
				fmt.Fprintf(errs, "%s left out (-rate)\n", plural(int(n), "record"))
			}
			continue
		}
		shown++
		switch {
		case raw:
			_, err = io.WriteString(out, line)
		case *asJSON:
			_, err = fmt.Fprintln(out, oneline.Visible(line))
		default:
			_, err = fmt.Fprintln(out, record.String())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tapped is a line of the tap: a record, or a note.
type tapped struct {
	Time      string
	Log       string
	Severity  string
	Component string
	Source    struct {
		Namespace string `json:"namespace_name"`
		Pod       string `json:"pod_name"`
		Container string `json:"container_name"`
	} `json:"kubernetes"`
	Tap *struct{ Skipped int64 } `json:"k8slog_tap"`
}

// String returns a record as one line of visible characters.
func (r *tapped) String() string {
	who := r.Component
	if s := r.Source; s.Pod != "" {
		who = s.Namespace + "/" + s.Pod + "/" + s.Container
	}
	return oneline.Visible(strings.Join([]string{r.Time, orDash(who), orDash(r.Severity), r.Log}, " "))
}
