// Command peerbench compares this plugin with the collectors that users would pick
// instead of it: CPU of the whole process, peak memory, requests and bytes, on the
// same lines, in alternation. test/peers builds the other collectors.
//
//	go run ./test/peerbench                      a few minutes
//	go run ./test/peerbench -full -write docs    the tables and the plot of docs/performance.md
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

func main() {
	o := options{lines: 300_000, rounds: 3, time: 10 * time.Second}
	full := flag.Bool("full", false, "1,000,000 lines, 5 rounds, 20 s")
	only := flag.String("only", "", "a regular expression: the collectors to run")
	cases := flag.String("cases", "", "a regular expression: the cases to run, of drain-cri, drain-docker, node and ramp; without it, ramp runs with -full only")
	flag.IntVar(&o.lines, "lines", o.lines, "how many lines the backlog has")
	flag.IntVar(&o.rounds, "rounds", o.rounds, "how often each collector runs")
	flag.DurationVar(&o.time, "time", o.time, "how long the ordinary node writes")
	flag.DurationVar(&o.delay, "delay", 0, "how long the receiver takes to answer")
	flag.StringVar(&o.plugin, "plugin", "", "another build of the plugin, to compare with: it gets rows of its own")
	flag.Func("change", "a change of the shipped configuration, to compare with it in rows of their own, as in 'buffer_chunk_size 64k=>buffer_chunk_size 256k'; may be repeated", func(s string) error {
		from, to, ok := strings.Cut(s, "=>")
		if !ok {
			return errors.New("allowed: text=>text")
		}
		o.changes = append(o.changes, from, to)
		return nil
	})
	flag.StringVar(&o.write, "write", "", "the folder of performance.md, which gets the tables, and of peers.svg")
	flag.Parse()
	if *cases == "" && !*full {
		*cases = "drain|node"
	}
	if *full {
		o.lines, o.rounds, o.time = 1_000_000, 5, 20*time.Second
	}
	o.only, o.cases = regexp.MustCompile(*only), regexp.MustCompile(*cases)
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "peerbench:", err)
		os.Exit(1)
	}
}

type options struct {
	lines, rounds int
	time, delay   time.Duration
	only, cases   *regexp.Regexp
	plugin, write string
	changes       []string // of the other build's configuration: what is there, what comes instead
}

func run(o options) error {
	root, err := agent.Root()
	if err != nil {
		return err
	}
	fluentBit, err := agent.FluentBit()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "k8slog-peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	api, err := newAPIServer()
	if err != nil {
		return err
	}
	defer api.close()
	b := &bench{options: o, root: root, dir: dir, fluentBit: fluentBit.Path, api: api}
	fmt.Printf("%s, %d CPUs, %d rounds\n", runtime.Version(), runtime.NumCPU(), o.rounds)
	var results []*result
	var tables []string
	for _, c := range []*benchCase{
		{name: "drain-cri", title: fmt.Sprintf("A backlog of %d lines of CRI in 8 files", o.lines), containers: 8, write: writeCRI},
		{name: "drain-docker", title: fmt.Sprintf("A backlog of %d lines of docker json-log in 8 files", o.lines), containers: 8, write: writeDocker},
		{name: "node", title: fmt.Sprintf("An ordinary node: 100 containers write 10 lines a second each, for %v", o.time), containers: 100, write: writeCRI, live: true},
	} {
		if !o.cases.MatchString(c.name) {
			continue
		}
		r, err := b.runCase(c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		results = append(results, r)
		tables = append(tables, r.table())
		fmt.Print("\n", r.table())
	}
	if o.cases.MatchString("ramp") {
		r, err := b.runRamp()
		if err != nil {
			return fmt.Errorf("ramp: %w", err)
		}
		tables = append(tables, r.table())
		fmt.Print("\n", r.table())
	}
	if o.write == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(o.write, "peers.svg"), plot(results), 0o644); err != nil {
		return err
	}
	return writeTables(filepath.Join(o.write, "performance.md"), tables)
}
