package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The ordinary node: so many containers, each writing so many lines a second.
const (
	nodeFiles = 100
	nodeRate  = 10
)

// node runs the ordinary node with a tag per file, and with one tag and the
// path as a field of the record.
func (b *bench) node(seconds int) error {
	fmt.Printf("ordinary node: %d files with %d lines a second each, for %d s\n", nodeFiles, nodeRate, seconds)
	for _, way := range []struct{ name, input, output string }{
		{"tag per file", "    tag               kube.*\n", "    tag_prefix       " + b.tagPrefix() + "\n"},
		{"one tag, Path_Key", "    tag               kube\n    path_key          path\n", "    path_key         path\n"},
	} {
		if err := b.nodeRun(way.name, way.input, way.output, seconds); err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
	}
	return nil
}

func (b *bench) nodeRun(name, input, output string, seconds int) error {
	sink, err := newSink(protocols["http"], true)
	if err != nil {
		return err
	}
	defer sink.close()
	logs := filepath.Join(b.dir, "containers")
	if err := os.RemoveAll(logs); err != nil {
		return err
	}
	writers, err := openNode(logs)
	if err != nil {
		return err
	}
	conf := fmt.Sprintf(`
[SERVICE]
    flush     1
    grace     10
    log_level warn
[INPUT]
    name              tail
    path              %[1]s/containers/*.log
    read_from_head    on
%[3]s[OUTPUT]
    name             k8slog
    match            *
    workers          4
    retry_limit      no_limits
    backend          http
    endpoint         http://%[2]s/
    dead_letter_path %[1]s/dead-letter.ndjson
%[4]s`, b.dir, sink.address, input, output)
	path := filepath.Join(b.dir, "node.conf")
	if err := os.WriteFile(path, []byte(conf), 0o644); err != nil {
		return err
	}
	process, err := b.agent.Start(path, b.plugin, nil, os.Stderr)
	if err != nil {
		return err
	}
	total := writeNode(writers, seconds)
	for end := time.Now().Add(30 * time.Second); sink.records.Load() < int64(total); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			process.Kill()
			return fmt.Errorf("only %d of %d records arrived", sink.records.Load(), total)
		}
	}
	if err := process.Stop(30 * time.Second); err != nil {
		return err
	}
	user, system, _ := process.Usage()
	requests := sink.requests.Load()
	fmt.Printf("%-18s CPU %5.1f ms a second  %5.1f requests a second  %6.1f records a request  latency p50 %v, p99 %v\n",
		name, 1000*(user+system).Seconds()/float64(seconds), float64(requests)/float64(seconds),
		float64(total)/float64(requests), sink.percentile(50), sink.percentile(99))
	return nil
}

func openNode(logs string) ([]*os.File, error) {
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, err
	}
	var all []*os.File
	for i := range nodeFiles {
		f, err := os.Create(filepath.Join(logs, fmt.Sprintf("web-84bd9f6d5b-%05d_default_web-%064x.log", i, i)))
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// writeNode writes at the rate, spread over each second, and returns how many
// lines it wrote.
func writeNode(all []*os.File, seconds int) int {
	n := 0
	tick := time.NewTicker(time.Second / nodeRate)
	defer tick.Stop()
	for range seconds * nodeRate {
		<-tick.C
		for _, f := range all {
			fmt.Fprintf(f, `{"log":"%s\n","stream":"stdout","time":"%s"}`+"\n", line(n), time.Now().UTC().Format(time.RFC3339Nano))
			n++
		}
	}
	return n
}

// tagPrefix is what tag kube.* makes of the folder of the logs.
func (b *bench) tagPrefix() string {
	return "kube" + strings.ReplaceAll(filepath.Join(b.dir, "containers"), "/", ".") + "."
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
