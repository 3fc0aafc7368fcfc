package command

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/options"
)

// checkOutput adds settings of an output that lose or delay logs.
func (p *problems) checkOutput(s *section) {
	if n, _ := strconv.Atoi(s.get("workers")); n == 0 {
		p.add(s, s.lineOf("workers"), "workers is not set: every wait for the backend stops all of Fluent Bit; set workers to 2 or more")
	} else if n == 1 {
		p.add(s, s.lineOf("workers"), "workers is 1, so no chunk can wait for the rest of a line: set workers to 2 or more")
	}
	switch limit := strings.ToLower(s.get("retry_limit")); limit {
	case "no_limits", "false", "off":
	case "":
		p.add(s, s.lineOf("retry_limit"), "retry_limit is not set: Fluent Bit deletes a chunk after two tries; set it to no_limits")
	default:
		p.add(s, s.lineOf("retry_limit"), "retry_limit is %q: Fluent Bit deletes a chunk after so many retries; set it to no_limits", limit)
	}
	switch limit := strings.ToLower(s.get("storage.total_limit_size")); limit {
	case "", "0", "off", "false", "no":
		p.add(s, s.lineOf("storage.total_limit_size"), "storage.total_limit_size is not set: in an outage the chunks fill the disk; set it to what they may take, as in 8G")
	}
}

// defaultSchedulerCap is the longest wait between two tries of a chunk when the service
// does not set it (FLB_SCHED_CAP, fluent-bit/flb_scheduler.h).
const defaultSchedulerCap = 2000 * time.Second

// checkService adds settings of the service that do not fit the output. A file
// with neither a service nor an input is a part of a configuration, of which
// nothing is expected.
func (p *problems) checkService(c *options.Config, s *section, all []section) {
	if len(of(all, "service", "")) == 0 && len(of(all, "input", "")) == 0 {
		return
	}
	value, at := service(all, "grace")
	grace := 5 * time.Second // Fluent Bit's own
	if seconds, err := strconv.Atoi(value); err == nil {
		grace = time.Duration(seconds) * time.Second
	}
	if grace >= 0 && grace <= c.FlushDeadline { // below zero it waits for ever
		if at == nil {
			if at = s; len(of(all, "service", "")) > 0 {
				at = of(all, "service", "")[0]
			}
		}
		p.add(at, at.lineOf("grace"), "grace of the service is %v, and flush_deadline of the k8slog output %v (%s): set grace above it", grace, c.FlushDeadline, s.where())
	}
	wait, at := service(all, "scheduler.cap")
	retry := defaultSchedulerCap
	if seconds, err := strconv.Atoi(wait); err == nil && seconds > 0 {
		retry = time.Duration(seconds) * time.Second
	}
	if c.AbandonAfter > 0 && c.AbandonAfter <= retry {
		if at == nil {
			at = s
		}
		p.add(at, at.lineOf("scheduler.cap"), "scheduler.cap of the service is %v, and abandon_after of the k8slog output %v (%s): chunks that Fluent Bit still has would count as abandoned; set abandon_after well above it", retry, c.AbandonAfter, s.where())
	}
	if value, at := service(all, "storage.checksum"); isOn(value) {
		p.add(at, at.lineOf("storage.checksum"), "storage.checksum is on: a crash loses the chunk that is being written; set it to off")
	}
	if value, at := service(all, "storage.backlog.flush_on_shutdown"); isOn(value) {
		p.add(at, at.lineOf("storage.backlog.flush_on_shutdown"), "storage.backlog.flush_on_shutdown is on: Fluent Bit 5.1.1 crashes with it at a stop that takes longer than two seconds; remove it")
	}
}

// checkInputs adds settings of the inputs of an output that lose logs.
func (p *problems) checkInputs(s *section, all []section) {
	for _, input := range of(all, "input", "") {
		if routed(input, s, all) != always {
			continue
		}
		name := strings.ToLower(input.get("name"))
		inherit, _ := service(all, "storage.inherit")
		storage := input.get("storage.type")
		if storage == "" && isOn(inherit) {
			storage, _ = service(all, "storage.type")
		}
		onDisk := strings.EqualFold(storage, "filesystem")
		if !onDisk {
			p.add(input, input.lineOf("storage.type"), "storage.type of this input is not filesystem: a crash loses what it has read and k8slog has not delivered; set it to filesystem")
		} else if path, _ := service(all, "storage.path"); path == "" {
			p.add(input, input.lineOf("storage.type"), "storage.type is filesystem, and the service has no storage.path, without which Fluent Bit does not start: set it")
		}
		if (name == "tail" || name == "systemd") && input.get("db") == "" {
			p.add(input, input.line, "this input has no db: after a restart Fluent Bit does not know what it has read; set db to a file that outlives the restart")
		}
		outputs := 0
		for _, output := range of(all, "output", "") {
			if routed(input, output, all) == always {
				outputs++
			}
		}
		if onDisk && outputs > 1 && input.get("mem_buf_limit") == "" {
			p.add(input, input.line, "this input feeds %d outputs and has no mem_buf_limit: an outage of one stops the others; set mem_buf_limit to 1k", outputs)
		}
	}
}

// isOn says whether a value switches something on in Fluent Bit.
func isOn(value string) bool {
	switch strings.ToLower(value) {
	case "on", "true", "yes":
		return true
	}
	return false
}

// noteStatus adds a note at the first of the outputs of a whole configuration that say nothing of
// themselves.
func (p *problems) noteStatus(s *section, all []section) {
	outputs := of(all, "output", "k8slog")
	if s != outputs[0] || len(of(all, "input", "")) == 0 {
		return
	}
	if slices.ContainsFunc(outputs, func(o *section) bool { return o.get("status_listen") != "" }) {
		return
	}
	p.add(s, s.line, "note: status_listen is not set: there are no metrics, and no status page, which k8slog top and k8slog why ask")
}
