package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// files is how many files the backlog is spread over.
const files = 8

// throughput drains a backlog with both and prints the ratio of their CPU.
func (b *bench) throughput(pairs, records int, compression string) error {
	fmt.Printf("backlog of %d docker json-log records in %d files, backend %s, compression %s\n", records, files, b.protocol.name, compression)
	if err := b.writeBacklog(records); err != nil {
		return err
	}
	var ratios []float64
	for pair := range pairs {
		builtin, err := b.drain(b.builtinConf(compression), "", records)
		if err != nil {
			return fmt.Errorf("built-in pipeline: %w", err)
		}
		own, err := b.drain(b.pluginConf(compression), b.plugin, records)
		if err != nil {
			return fmt.Errorf("plugin: %w", err)
		}
		ratio := own.cpu().Seconds() / builtin.cpu().Seconds()
		ratios = append(ratios, ratio)
		fmt.Printf("pair %d: built-in %s\n        plugin   %s\n        ratio    %.2f\n", pair+1, builtin, own, ratio)
	}
	slices.Sort(ratios)
	fmt.Printf("CPU, plugin / built-in: median %.2f, from %.2f to %.2f\n", ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
	return nil
}

// cost is what a run took.
type cost struct {
	user, system, wall time.Duration
	rss, bytes         int64
	requests           int64
}

func (c cost) cpu() time.Duration { return c.user + c.system }

func (c cost) String() string {
	return fmt.Sprintf("user %5.2fs  sys %5.2fs  wall %5.2fs  peak %3d MB  sent %4d MB in %d requests",
		c.user.Seconds(), c.system.Seconds(), c.wall.Seconds(), c.rss>>20, c.bytes>>20, c.requests)
}

// drain runs Fluent Bit until all records have arrived.
func (b *bench) drain(conf func(address string) string, plugin string, records int) (cost, error) {
	sink, err := newSink(b.protocol, false)
	if err != nil {
		return cost{}, err
	}
	defer sink.close()
	sink.answersAfter = b.delay
	path := filepath.Join(b.dir, "bench.conf")
	if err := os.WriteFile(path, []byte(conf(sink.address)), 0o644); err != nil {
		return cost{}, err
	}
	log, err := os.Create(filepath.Join(b.dir, "fluent-bit.log"))
	if err != nil {
		return cost{}, err
	}
	defer log.Close()
	start := time.Now()
	process, err := b.agent.Start(path, plugin, nil, log)
	if err != nil {
		return cost{}, err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for sink.records.Load() < int64(records) {
		select {
		case <-tick.C:
		case <-process.Done():
			return cost{}, fmt.Errorf("the agent ended early: %w\n%s", process.Err(), tail(log.Name()))
		}
		if time.Since(start) > 5*time.Minute {
			process.Kill()
			return cost{}, fmt.Errorf("only %d of %d records arrived\n%s", sink.records.Load(), records, tail(log.Name()))
		}
	}
	wall := time.Since(start)
	rss := peakMemory(process.PID())
	if err := process.Stop(30 * time.Second); err != nil {
		return cost{}, err
	}
	if n := sink.records.Load(); n != int64(records) {
		return cost{}, fmt.Errorf("%d records were sent, though there are %d", n, records)
	}
	user, system, _ := process.Usage()
	return cost{user, system, wall, rss, sink.bytes.Load(), sink.requests.Load()}, nil
}

// peakMemory returns the most resident memory that a process had, in bytes. What the
// kernel says at its end counts the memory of the process that started it.
func peakMemory(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kilobytes int64
			_, _ = fmt.Sscan(value, &kilobytes)
			return kilobytes << 10
		}
	}
	return 0
}

func tail(path string) string {
	text, _ := os.ReadFile(path)
	return string(text[max(0, len(text)-2000):])
}

// writeBacklog writes the files, and the metadata that spares the kubernetes
// filter its API server.
func (b *bench) writeBacklog(records int) error {
	logs := filepath.Join(b.dir, "containers")
	meta := filepath.Join(b.dir, "meta")
	for _, dir := range []string{logs, meta} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	begin := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for i := range files {
		pod := fmt.Sprintf("web-84bd9f6d5b-9f6k%d", i)
		pm := fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"default","uid":"b5765594-98b2-11e8-8483-42010a8a0017"},"spec":{"nodeName":"node-1"},"status":{}}`, pod)
		if err := os.WriteFile(filepath.Join(meta, "default_"+pod+".meta"), []byte(pm), 0o644); err != nil {
			return err
		}
		file, err := os.Create(filepath.Join(logs, fmt.Sprintf("%s_default_web-%064x.log", pod, i)))
		if err != nil {
			return err
		}
		w := bufio.NewWriterSize(file, 1<<20)
		for n := i; n < records; n += files {
			fmt.Fprintf(w, `{"log":"%s\n","stream":"%s","time":"%s"}`+"\n", line(n), [...]string{"stdout", "stderr"}[n/7%2],
				begin.Add(time.Duration(n)*time.Millisecond+time.Duration(n%1000)*1001).Format(time.RFC3339Nano))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

// line is a text as it stands inside docker's JSON: nginx, klog, JSON, plain.
func line(n int) string {
	switch n % 4 {
	case 0:
		return fmt.Sprintf(`10.244.%d.%d - - [22/Nov/2026:10:00:00 +0000] \"GET /api/v1/items/%d?page=2 HTTP/1.1\" 200 %d \"https://example.com/shop\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"`,
			n%250, n/250%250, n, n%5000)
	case 1:
		return fmt.Sprintf(`I1122 10:00:00.%06d       1 proxier.go:%d] Adding new service port \"default/monitor:prometheus\" at 10.59.249.194:9090/TCP`, n%1000000, n%2000)
	case 2:
		return fmt.Sprintf(`{\"level\":\"info\",\"ts\":\"2026-11-22T10:00:00Z\",\"msg\":\"request handled\",\"status\":200,\"duration_ms\":%d,\"path\":\"/items/%d\"}`, n%900, n)
	}
	return fmt.Sprintf("worker %d finished job %d in %d ms, queue length is now %d", n%16, n, n%700, n%90)
}

// service is what both configurations begin with.
const service = `
[SERVICE]
    flush        1
    grace        10
    log_level    warn
    parsers_file %[1]s/parsers.conf
[INPUT]
    name              tail
    path              %[1]s/containers/*.log
    tag               kube.*
    read_from_head    on
    buffer_chunk_size 256k
    buffer_max_size   1m
    mem_buf_limit     200m
`

func (b *bench) builtinConf(compression string) func(string) string {
	parser := "[PARSER]\n    name        docker\n    format      json\n    time_key    time\n    time_format %Y-%m-%dT%H:%M:%S.%L\n    time_keep   on\n"
	_ = os.WriteFile(filepath.Join(b.dir, "parsers.conf"), []byte(parser), 0o644)
	return func(address string) string {
		return fmt.Sprintf(service+`    parser            docker
[FILTER]
    name                        kubernetes
    match                       kube.*
    kube_tag_prefix             %[3]s
    kube_meta_preload_cache_dir %[1]s/meta
    labels                      off
    annotations                 off
[OUTPUT]
    match        *
    host         127.0.0.1
    port         %[2]s
    retry_limit  no_limits
    workers      2
`, b.dir, port(address), b.tagPrefix()) + b.protocol.builtin + b.protocol.builtinCompression(compression)
	}
}

func (b *bench) pluginConf(compression string) func(string) string {
	return func(address string) string {
		return fmt.Sprintf(service+`    offset_key        offset
[OUTPUT]
    name             k8slog
    match            *
    workers          2
    retry_limit      no_limits
    backend          %[5]s
    endpoint         http://%[2]s/
    compression      %[4]s
    tag_prefix       %[3]s
    offset_key       offset
    multiline        all
    dead_letter_path %[1]s/dead-letter.ndjson
`, b.dir, address, b.tagPrefix(), compression, b.protocol.name) + b.protocol.plugin
	}
}
