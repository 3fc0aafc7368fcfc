package faults

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Books are the plugin's own: received, delivered, dead-lettered, dropped,
// parked, abandoned, pending.
type Books struct{ Received, Delivered, DeadLettered, Dropped, Parked, Abandoned, Pending int }

// Balanced says whether nothing is missing in them.
func (b Books) Balanced() bool {
	return b.Received == b.Delivered+b.DeadLettered+b.Dropped+b.Parked+b.Abandoned+b.Pending
}

// Scrape reads /metrics.
func Scrape(address string) (b Books, values map[string]float64, err error) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + address + "/metrics")
	if err != nil {
		return b, nil, err
	}
	defer response.Body.Close()
	return parse(response.Body)
}

func parse(from io.Reader) (b Books, values map[string]float64, err error) {
	values = map[string]float64{}
	for lines := bufio.NewScanner(from); lines.Scan(); {
		name, value, found := strings.Cut(lines.Text(), " ")
		if !found || strings.HasPrefix(name, "#") {
			continue
		}
		if values[name], err = strconv.ParseFloat(value, 64); err != nil {
			return b, nil, fmt.Errorf("cannot read metric %s: %w", name, err)
		}
	}
	settled := func(fate string) int { return int(values[`k8slog_records_settled_total{fate="`+fate+`"}`]) }
	return Books{
		Received:  int(values["k8slog_records_received_total"]),
		Delivered: settled("delivered"), DeadLettered: settled("dead-lettered"), Dropped: settled("dropped"),
		Parked: int(values["k8slog_records_parked"]), Abandoned: int(values["k8slog_records_abandoned"]), Pending: int(values["k8slog_records_pending"]),
	}, values, nil
}

var balanceLine = regexp.MustCompile(`balance: received (\d+) = delivered (\d+) \+ dead-lettered (\d+) \+ dropped (\d+)(?: \+ parked (\d+))?(?: \+ abandoned (\d+))? \+ pending (\d+)`)

// AtExit reads the last balance in an agent's log.
func AtExit(log string) (b Books, found bool) {
	all := balanceLine.FindAllStringSubmatch(log, -1)
	if all == nil {
		return b, false
	}
	for i, to := range []*int{&b.Received, &b.Delivered, &b.DeadLettered, &b.Dropped, &b.Parked, &b.Abandoned, &b.Pending} {
		*to, _ = strconv.Atoi(all[len(all)-1][i+1]) // parked and abandoned are there only when they are not zero
	}
	return b, true
}

// Auditor scrapes the metrics again and again, and keeps what did not balance.
type Auditor struct {
	address string
	stop    chan struct{}
	done    sync.WaitGroup

	mu      sync.Mutex
	scrapes int
	wrong   []Books
	last    map[string]float64
}

// Audit begins to scrape. Scrapes that fail, because the agent is dead, do not
// count.
func Audit(address string) *Auditor {
	a := &Auditor{address: address, stop: make(chan struct{})}
	a.done.Go(func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-a.stop:
				return
			case <-ticker.C:
				a.scrape()
			}
		}
	})
	return a
}

func (a *Auditor) scrape() {
	books, values, err := Scrape(a.address)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.scrapes++
	a.last = values
	if !books.Balanced() {
		a.wrong = append(a.wrong, books)
	}
}

// Value returns a metric as it was last scraped.
func (a *Auditor) Value(name string) float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last[name]
}

// Stop ends it, and returns how often the books were read, and which did not
// balance.
func (a *Auditor) Stop() (scrapes int, wrong []Books) {
	close(a.stop)
	a.done.Wait()
	return a.scrapes, a.wrong
}
