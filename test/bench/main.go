// Command bench measures what the main job costs a whole Fluent Bit process:
// its built-in pipeline (docker parser, kubernetes filter, its output for the
// same backend) against this plugin, on the same files, in alternation.
//
//	go run ./test/bench -case throughput                          CPU for a backlog, as a ratio
//	go run ./test/bench -case throughput -backend elasticsearch   the same, to another backend
//	go run ./test/bench -case throughput -delay 500ms             the time for a backlog, to a backend that is slow
//	go run ./test/bench -case node                                an ordinary node: a tag per file against one tag with Path_Key
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

func main() {
	which := flag.String("case", "throughput", "throughput or node")
	backend := flag.String("backend", "http", "what the backlog goes to: "+protocolNames())
	pairs := flag.Int("pairs", 3, "how often the two are run in turn")
	records := flag.Int("records", 1_000_000, "records of the backlog")
	compression := flag.String("compression", "none", "none or gzip, for both")
	seconds := flag.Int("seconds", 20, "how long the ordinary node writes")
	delay := flag.Duration("delay", 0, "how long the receiver of the backlog takes to answer")
	flag.Parse()
	if err := run(*which, *backend, *pairs, *records, *compression, *seconds, *delay); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(which, backend string, pairs, records int, compression string, seconds int, delay time.Duration) error {
	root, err := agent.Root()
	if err != nil {
		return err
	}
	fluentBit, err := agent.FluentBit()
	if err != nil {
		fmt.Println("bench: skipped the whole-process comparison:", err)
		return nil
	}
	p := protocols[backend]
	if p == nil {
		return fmt.Errorf("there is no backend %q; allowed: %s", backend, protocolNames())
	}
	dir, err := os.MkdirTemp("", "k8slog-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%s, %s, %d CPUs\n", version(fluentBit), runtime.Version(), runtime.NumCPU())
	b := &bench{dir: dir, agent: fluentBit, plugin: agent.Plugin(root), protocol: p, delay: delay}
	switch which {
	case "throughput":
		return b.throughput(pairs, records, compression)
	case "node":
		return b.node(seconds)
	}
	return fmt.Errorf("there is no case %q; allowed: throughput, node", which)
}

// bench is what the cases share.
type bench struct {
	dir      string
	agent    agent.Agent
	plugin   string
	protocol *protocol
	delay    time.Duration // of the receiver's answers
}

func version(a agent.Agent) string {
	out, err := exec.Command(a.Path, "--version").Output()
	if err != nil {
		return a.Path
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}
