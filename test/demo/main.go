// Command demo shows the main job: it lays out a sample node, runs the agent
// on it with the shipped configuration, and prints what was delivered. With -page
// host:port, the agent serves its status page there until the demo is interrupted.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/sample"
)

const (
	linesPerFile = 300
	patience     = time.Minute
)

func main() {
	page := flag.String("page", "", "the host:port of the status page; empty for none")
	flag.Parse()
	if err := run(os.Stdout, *page); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, page string) error {
	root, err := agent.Root()
	if err != nil {
		return err
	}
	dir := filepath.Join(root, "build/demo")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	node, err := sample.Lay(filepath.Join(dir, "node"), linesPerFile)
	if err != nil {
		return fmt.Errorf("cannot lay out the sample node: %w", err)
	}
	fmt.Fprintf(out, "sample node:  %s, %d lines\n", relative(root, node.Root), node.Total)

	delivered, log, err := deliver(out, root, dir, page, node)
	if err != nil {
		return err
	}
	records, err := read(delivered)
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	printTable(out, records)
	fmt.Fprintln(out)
	printSome(out, records)
	fmt.Fprintln(out)
	if err := printBalance(out, node.Total, len(records), log); err != nil {
		return err
	}
	return compare(out, node, records)
}

// deliver runs the agent until every line of the node has arrived, and returns
// the file of records and the agent's log.
func deliver(out io.Writer, root, dir, page string, node *sample.Node) (delivered string, log []byte, err error) {
	a, err := agent.Find(root)
	if err != nil {
		return "", nil, err
	}
	fmt.Fprintf(out, "agent:        %s\n", a)
	conf := filepath.Join(dir, "conf")
	if err := agent.CopyConf(root, conf); err != nil {
		return "", nil, fmt.Errorf("cannot copy the configuration: %w", err)
	}
	delivered = filepath.Join(dir, "records.ndjson")
	logPath := filepath.Join(dir, "agent.log")
	logFile, err := os.Create(logPath)
	if err != nil {
		return "", nil, err
	}
	defer logFile.Close()
	process, err := a.Start(filepath.Join(conf, "fluent-bit.conf"), "", []string{
		"K8SLOG_NODE_ROOT=" + node.Root, "K8SLOG_JOURNAL=" + filepath.Join(node.Root, "var/log/journal"), "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH=" + delivered,
		"K8SLOG_CLUSTER=demo", "K8SLOG_TIME_ZONE=UTC", "K8SLOG_STATUS=" + cmp.Or(page, "off"), "POD_NAME=k8slog-demo", "POD_NAMESPACE=logging", "NODE_NAME=gke-blog-cluster-pool-1-767a6361-7t2r",
	}, logFile)
	if err != nil {
		return "", nil, err
	}
	err = wait(out, process, delivered, node.Total)
	if err == nil && page != "" {
		stay(out, process, page)
	}
	if stopErr := process.Stop(patience); err == nil {
		err = stopErr
	}
	log, readErr := os.ReadFile(logPath)
	if err == nil {
		err = readErr
	}
	if err != nil {
		return "", nil, fmt.Errorf("%w\nthe agent's log:\n%s", err, log)
	}
	fmt.Fprintf(out, "records:      %s\n", relative(root, delivered))
	return delivered, log, nil
}

// wait shows progress until the file has so many lines.
func wait(out io.Writer, process *agent.Process, path string, lines int) error {
	start := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		text, _ := os.ReadFile(path)
		n := bytes.Count(text, []byte{'\n'})
		fmt.Fprintf(out, "\rdelivered:    %d of %d lines, %.1f s ", n, lines, time.Since(start).Seconds())
		if n >= lines {
			fmt.Fprintln(out)
			return nil
		}
		if time.Since(start) > patience {
			return fmt.Errorf("only %d of %d lines arrived within %v", n, lines, patience)
		}
		select {
		case <-tick.C:
		case <-process.Done():
			return fmt.Errorf("the agent ended early: %w", process.Err())
		}
	}
}

// stay returns when the demo is interrupted, or the agent ends.
func stay(out io.Writer, process *agent.Process, page string) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	defer signal.Stop(interrupted)
	fmt.Fprintf(out, "status page:  http://%s/ (Ctrl-C ends the demo)\n", page)
	select {
	case <-interrupted:
		fmt.Fprintln(out)
	case <-process.Done():
	}
}

var balance = regexp.MustCompile(`received \d+ = delivered \d+ \+ dead-lettered \d+ \+ dropped \d+ \+ pending \d+`)

// printBalance prints the plugin's books beside what went in and came out.
func printBalance(out io.Writer, written, arrived int, log []byte) error {
	line := balance.Find(log)
	if line == nil {
		return fmt.Errorf("the agent printed no balance; its log:\n%s", log)
	}
	fmt.Fprintf(out, "balance:      %s\n", line)
	fmt.Fprintf(out, "              %d lines were written, %d records arrived\n", written, arrived)
	if written != arrived {
		return fmt.Errorf("%d lines were written, but %d records arrived", written, arrived)
	}
	return nil
}

// compare finds lines that are missing or came twice.
func compare(out io.Writer, node *sample.Node, records []record) error {
	left := map[string]int{}
	for who, texts := range node.Texts {
		for _, text := range texts {
			left[who+"\x00"+text]++
		}
	}
	for _, r := range records {
		left[r.who()+"\x00"+r.Log]--
	}
	for key, n := range left {
		if n != 0 {
			who, text, _ := strings.Cut(key, "\x00")
			return fmt.Errorf("of %q, %+d of the line %q", who, -n, text)
		}
	}
	fmt.Fprintln(out, "              every line arrived once, from whom it was")
	return nil
}

func relative(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil {
		return rel
	}
	return path
}
