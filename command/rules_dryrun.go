package command

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/containerlog"
	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/options"
)

// testRules shows what the rules of a file do to the lines of in.
func testRules(args []string, in io.Reader, out, errs io.Writer) error {
	f := newRulesFlags("rules test", errs)
	t := rulesTest{out: out}
	f.StringVar(&t.namespace, "namespace", "default", "the namespace of the pod that wrote the lines")
	f.StringVar(&t.pod, "pod", "app-7d9c6b5f4-x2x9z", "the name of the pod")
	f.StringVar(&t.container, "container", "app", "the name of the container")
	f.StringVar(&t.stream, "stream", "stdout", "the stream of lines of plain text: stdout, stderr")
	f.StringVar(&t.component, "component", "", "the component of the node that wrote the lines, instead of a pod")
	labels, ofNamespace, ofNode, annotations := settings{}, settings{}, settings{}, settings{}
	f.Var(labels, "label", "a label of the pod as key=value; may be repeated")
	f.Var(ofNamespace, "namespace_label", "a label of its namespace as key=value; may be repeated")
	f.Var(ofNode, "node_label", "a label of its node as key=value; may be repeated")
	f.Var(annotations, "annotation", "an annotation of the pod as key=value, which steers whatever annotations can; may be repeated")
	f.BoolVar(&t.full, "full", false, "show records with their time and source, as the backend file writes them")
	files, err := f.parse(args, out)
	switch {
	case err != nil:
		return err
	case len(files) > 1:
		return fmt.Errorf("%w: test takes one rules file, and the lines from its standard input", errUsage)
	}
	if _, ok := filters.ParseStream([]byte(t.stream)); !ok {
		return fmt.Errorf("%w: -stream is %q, neither stdout nor stderr", errUsage, t.stream)
	}
	if !kubepath.IsPod(t.namespace, t.pod, t.container) {
		return fmt.Errorf("%w: %s/%s/%s does not name a pod and a container as Kubernetes does", errUsage, t.namespace, t.pod, t.container)
	}
	f.set["path_key"], f.set["offset_key"] = pathKey, offsetKey
	if len(labels)+len(ofNamespace)+len(ofNode)+len(annotations) > 0 {
		t.metadata = filters.NewMetadata()
		t.metadata.Known = true
		t.metadata.Pod = filters.Tags{Labels: labels.pairs(), Annotations: annotations.pairs()}
		t.metadata.Namespace.Labels, t.metadata.Node.Labels = ofNamespace.pairs(), ofNode.pairs()
	}
	if t.run, err = f.dryRun(files[0], t.metadata, out, errs); err != nil {
		return err
	}
	return t.show(in)
}

// rulesTest is a run of the command.
type rulesTest struct {
	namespace, pod, container, stream, component string
	full                                         bool
	metadata                                     *filters.Metadata // nil for none

	run *plugin.DryRun
	out io.Writer

	explained []string
	// The numbers of records that are delivered and dropped.
	delivered, dropped int
}

// show reads all lines, and writes what becomes of them.
func (t *rulesTest) show(in io.Reader) error {
	tag, data, lines, err := t.chunk(in)
	if err != nil {
		return err
	}
	writeNotes(t.out, t.run.Rules())
	t.showSource()
	t.run.Read(tag, data, t.explain, t.showRecord)
	fmt.Fprintf(t.out, "%s: %s delivered, %d dropped\n", plural(lines, "line"), plural(t.delivered, "record"), t.dropped)
	return nil
}

// showSource writes which rules there are for the source.
func (t *rulesTest) showSource() {
	s := &filters.Source{Kind: filters.Container, Namespace: t.namespace, Pod: t.pod, Container: t.container, Metadata: t.metadata}
	name := fmt.Sprintf("namespace %s, pod %s (workload %s), container %s", t.namespace, t.pod, s.Workload(), t.container)
	if t.component != "" {
		s = &filters.Source{Kind: filters.Component, Component: t.component}
		name = "component " + t.component
	}
	fmt.Fprintf(t.out, "%s: rules %s\n", name, cmp.Or(strings.Join(t.run.Rules().NamesFor(s), ", "), "none"))
}

// chunk returns the lines as Fluent Bit would hand them over, and their number.
func (t *rulesTest) chunk(in io.Reader) (tag string, data []byte, lines int, err error) {
	path := fmt.Sprintf("/var/log/pods/%s_%s_00000000-0000-0000-0000-000000000000/%s/0.log", t.namespace, t.pod, t.container)
	tag = replayTag
	if t.component != "" {
		tag = "component." + t.component
	}
	offset := int64(1)
	buf := bufio.NewReader(in)
	for {
		line, err := buf.ReadBytes('\n')
		if len(line) > 0 {
			line = bytes.TrimSuffix(line, []byte{'\n'})
			event := chunk.TailLine{OffsetKey: offsetKey, Offset: offset}
			if t.component == "" { // the tag names a component
				line = t.wrap(line)
				event.PathKey, event.Path = pathKey, path
			}
			event.Text = line
			data = chunk.AppendTailLine(data, &event)
			offset += int64(len(line)) + 1
			lines++
		}
		if errors.Is(err, io.EOF) {
			return tag, data, lines, nil
		} else if err != nil {
			return "", nil, 0, fmt.Errorf("cannot read the lines: %w", err)
		}
	}
}

// wrap returns a line of a log file, as a CRI runtime writes it for a line of plain text.
func (t *rulesTest) wrap(line []byte) []byte {
	r := filters.Record{Source: &filters.Source{Kind: filters.Container}, Log: filters.PlainText(line)}
	containerlog.Filter{}.Apply(&r)
	if r.Flags&filters.Undecoded == 0 {
		return line
	}
	return fmt.Appendf(nil, "%s %s F %s", time.Now().UTC().Format(time.RFC3339Nano), t.stream, line)
}

func (t *rulesTest) explain(rule, what string) {
	t.explained = append(t.explained, fmt.Sprintf("  %s: %s\n", rule, what))
}

// showRecord writes what became of a message.
func (t *rulesTest) showRecord(r *filters.Record, members []int, kept bool) {
	first, last := members[0]+1, members[len(members)-1]+1
	name := fmt.Sprintf("line %d", first)
	if len(members) > 1 {
		name = fmt.Sprintf("lines %d to %d", first, last)
	}
	outcome := "delivered"
	if kept {
		t.delivered++
	} else {
		outcome = "dropped"
		t.dropped++
	}
	fmt.Fprintf(t.out, "%s: %s\n%s", name, outcome, strings.Join(t.explained, ""))
	t.explained = t.explained[:0]
	if !kept {
		return
	}
	if t.run.Rules().HasRoutes() {
		fmt.Fprintf(t.out, "  to %s\n", strings.Join(t.run.Rules().DestinationsOf(r), ", "))
	}
	s := *r.Source
	s.PodUID, s.Restart = "", nil // they are made up
	if t.full {
		r.Source = &s
		fmt.Fprintf(t.out, "  %s", ndjson.AppendRecord(nil, r))
	} else {
		fmt.Fprintf(t.out, "  %s", short(r))
	}
	if s.Tenant != "" || s.Index != "" {
		fmt.Fprintf(t.out, "  %s\n", strings.TrimSpace(optional("tenant ", expand(s.Tenant, &s, r.Time))+optional(" index ", expand(s.Index, &s, r.Time))))
	}
}

// expand returns the text of a template for a record of a source and a time.
func expand(template string, s *filters.Source, ns int64) string {
	return options.Template{}.Or(template).Text(s, ns, nil)
}

// short returns a record as a line of JSON, without the source that all lines share, and
// without a time that no rule has set.
func short(r *filters.Record) []byte {
	byRule := r.Flags&filters.TimeByRule != 0
	r.Source = &filters.Source{}
	line := ndjson.AppendRecord(nil, r)
	if end := bytes.IndexByte(line, ','); !byRule && end > 0 {
		return append([]byte{'{'}, line[end+1:]...)
	}
	return line
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func optional(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}
