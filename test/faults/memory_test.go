package faults

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/stall"
)

// maxChunksUp is storage.max_chunks_up of the shipped configuration.
const maxChunksUp = 32

// memory returns the resident memory of a process in bytes: all of it, and what
// is its own, without the chunks that it has mapped from the disk.
func memory(pid int) (all, own int64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		kilobytes, _ := strconv.ParseInt(words[1], 10, 64)
		switch words[0] {
		case "VmRSS:":
			all = kilobytes << 10
		case "RssAnon:":
			own = kilobytes << 10
		}
	}
	return all, own
}

// In an outage with the shipped configuration, far more is read than the
// memory may take: it waits on the disk. Afterwards all of it is delivered.
func TestMemoryInOutage(t *testing.T) {
	const (
		width = 2000
		lines = 50_000 // of each container: 570 MB of lines in all

		memoryLimit = 96 << 20 // of the shipped configuration
		programs    = 64 << 20 // Fluent Bit and the plugin, mapped from their files
	)
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		storing(t, a)
		faults := []Fault{Hanging, Refusing}
		if p != HTTP { // what differs is what requests under way hold
			faults = faults[:1]
		}
		for _, fault := range faults {
			t.Run(fault.Name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, a, p, plan{width: width})
				r.set(fault)
				r.start()
				begun := time.Now()
				var peak, own int64
				look := func() {
					all, anonymous := memory(r.PID())
					peak, own = max(peak, all), max(own, anonymous)
				}
				for range lines / 1000 {
					r.Write(1000)
					look()
				}
				end := time.Now().Add(20 * time.Second)
				r.Eventually("an end of reading", func() bool {
					look()
					return r.auditor.Value("k8slog_records_pending") >= float64(r.Total())/2 && time.Now().After(end)
				})
				down := peak
				r.set(Healthy)
				for end := time.Now().Add(2 * enough); ; {
					look()
					if _, sum := r.backend.Ledger.Report(r.Written()); sum.Lost == 0 {
						break
					}
					if time.Now().After(end) {
						break // finish says what is missing
					}
					time.Sleep(time.Second)
				}
				t.Logf("%d MB of lines: %d MB of memory in the outage, %d MB with what came after it, of which %d MB are no files",
					r.Total()*width>>20, down>>20, peak>>20, own>>20)
				// What is the process's own: memory_limit, which an outage fills with
				// chunks that wait, and the rest of Fluent Bit and the plugin. Beside
				// it are storage.max_chunks_up chunks of 2 MB, mapped from the disk.
				ownBound := int64(memoryLimit + 40<<20)
				if p != HTTP || stall.IsCrowded() || stalledBetween(begun, time.Now()) > 5*time.Second {
					// Requests under way have a second copy, the compressed one. On a
					// machine that is busy the collector of garbage comes late.
					ownBound *= 2
				}
				bound := maxChunksUp*2<<20 + programs + ownBound
				if peak > bound || own > ownBound {
					t.Errorf("want %d MB of memory at most, and %d without files", bound>>20, ownBound>>20)
				}
				r.finish(0)
			})
		}
	})
}
