package plugin

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/test/chunktest"
)

// moody is a destination whose mood changes. A text with ! and its letter it refuses for
// good; one with ~ and its letter it fails on while it is not well.
type moody struct {
	*receiver
	letter string
	mu     sync.Mutex
	mood   string // well, down, ill (fails on some), slow
}

func newMoody(t *testing.T, letter string) *moody {
	m := &moody{letter: letter, mood: "well"}
	m.receiver = receive(t, func(_ int, texts []string) int {
		has := func(mark string) bool {
			return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, mark+letter) })
		}
		switch mood := m.get(); {
		case mood == "down":
			return http.StatusServiceUnavailable
		case mood == "ill" && has("~"):
			return http.StatusInternalServerError
		case mood == "slow":
			time.Sleep(120 * time.Millisecond)
		}
		if has("!") {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	return m
}

func (m *moody) get() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mood
}

func (m *moody) set(mood string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mood = mood
}

// Any mix of what destinations do, of records with one and several destinations, and of
// chunks that come again, at once: each record is once at each destination that must have it,
// or is a dead letter of it, and counts once.
func TestEveryDestinationHasItsRecords(t *testing.T) {
	for seed := range uint64(6) {
		for _, parking := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d parking %v", seed, parking), func(t *testing.T) {
				t.Parallel()
				everyDestinationHasItsRecords(t, rand.New(rand.NewPCG(seed, 7)), parking)
			})
		}
	}
}

func everyDestinationHasItsRecords(t *testing.T, random *rand.Rand, parking bool) {
	own, a, b := newMoody(t, "o"), newMoody(t, "a"), newMoody(t, "b")
	all := []*moody{own, a, b}
	routes := `
  - {match: {namespace: two}, to: [default, a]}
  - {match: {namespace: three}, to: [default, a, b]}
  - {match: {namespace: only}, to: b}
  - {match: {}, when: {severity: error}, to: b}
`
	options := routed(t, routes, own.receiver, a.receiver, b.receiver)
	for name, value := range map[string]string{
		"flush_deadline": "600ms", "request_timeout": "400ms", "backoff_min": "5ms", "backoff_max": "20ms", "batch_bytes": "1KiB", "join_wait": "0s",
	} {
		options[name] = value
	}
	if parking {
		options["park_path"], options["park_after"] = filepath.Join(t.TempDir(), "parked"), "50ms"
	}
	in, host := start(t, options)
	want := map[string][]string{} // by letter
	dead := map[string][]string{}
	total := ledger.Balance{}
	chunks := make([][]byte, 4)
	for i := range chunks {
		for n := range 5 + random.IntN(40) {
			namespace := []string{"zero", "two", "three", "only"}[random.IntN(4)]
			text := fmt.Sprintf("%d/%d", i, n)
			for _, m := range all {
				if random.IntN(25) == 0 {
					text += " !" + m.letter
				}
				if random.IntN(60) == 0 {
					text += " ~" + m.letter
				}
			}
			to := map[string]string{"zero": "o", "two": "oa", "three": "oab", "only": "b"}[namespace]
			if random.IntN(4) == 0 {
				text = fmt.Sprintf(`{"level":"error","msg":%q}`, text)
				if namespace == "zero" {
					to = "b" // a route selects the record
				} else if !strings.Contains(to, "b") {
					to += "b"
				}
			}
			refused := false
			for _, letter := range strings.Split(to, "") {
				if strings.Contains(text, "!"+letter) {
					dead[letter] = append(dead[letter], text)
					refused = true
				} else {
					want[letter] = append(want[letter], text)
				}
			}
			if total.Received++; refused {
				total.DeadLettered++
			} else {
				total.Delivered++
			}
			chunks[i] = says(chunks[i], namespace, "F", text)
		}
	}
	var workers sync.WaitGroup
	until := time.Now().Add(time.Second)
	for i, c := range chunks {
		workers.Go(func() {
			for in.Flush(workerThread+i, "t", c) != OK {
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	for time.Now().Before(until) {
		all[random.IntN(3)].set([]string{"well", "down", "ill", "slow"}[random.IntN(4)])
		if b := in.Balance(); !b.Balanced() {
			t.Error(b)
		}
		time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
	}
	for _, m := range all {
		m.set("well")
	}
	workers.Wait()
	waitFor(t, "all has an outcome", func() bool {
		b := in.Balance()
		if in.parking == nil {
			return b == total
		}
		// Of a record that is parked for two destinations, the outcome of one copy counts.
		return in.parking.Records() == 0 && b.Delivered+b.DeadLettered == total.Received && b.Received == total.Received &&
			b.DeadLettered <= total.DeadLettered
	})
	for _, m := range all {
		m.has(t, m.letter, want[m.letter]...)
	}
	got := map[string][]string{}
	for _, l := range letters(t, host) {
		letter := map[string]string{"default": "o", "a": "a", "b": "b"}[l.Destination]
		got[letter] = append(got[letter], l.Record.Log)
	}
	for letter := range dead {
		slices.Sort(got[letter])
		slices.Sort(dead[letter])
		if !slices.Equal(got[letter], dead[letter]) {
			t.Errorf("dead letters of %s: %q, want %q", letter, got[letter], dead[letter])
		}
	}
}

// Messages of several lines that go on across chunks, in any mix of destinations that are up
// and down: each line is once at each destination.
func TestMessagesAcrossChunksAtDestinations(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			messagesAcrossChunks(t, rand.New(rand.NewPCG(seed, 9)))
		})
	}
}

func messagesAcrossChunks(t *testing.T, random *rand.Rand) {
	own, a := newMoody(t, "o"), newMoody(t, "a")
	options := routed(t, all+"rules:\n  - {name: r, match: {}, multiline: {start: '^#', end: '^end'}}\n", own.receiver, a.receiver)
	for name, value := range map[string]string{
		"flush_deadline": "2s", "request_timeout": "400ms", "backoff_min": "5ms", "backoff_max": "20ms", "batch_bytes": "1KiB", "join_wait": "300ms", "offset_key": "offset",
	} {
		options[name] = value
	}
	in, _ := start(t, options)
	var lines []string
	for n := range 20 {
		lines = append(lines, fmt.Sprint("#", n))
		for i := range random.IntN(4) {
			lines = append(lines, fmt.Sprintf("line %d/%d", n, i))
		}
		if random.IntN(3) > 0 {
			lines = append(lines, fmt.Sprint("end ", n))
		}
	}
	file := chunktest.File{Path: podPath}
	var chunks [][]byte
	for rest := lines; len(rest) > 0; {
		n := min(1+random.IntN(12), len(rest))
		var raw []string
		for _, line := range rest[:n] {
			raw = append(raw, cri("out", "F", line))
		}
		chunks, rest = append(chunks, file.Append(nil, raw...)), rest[n:]
	}
	for w := range len(chunks) + 1 { // the instance learns of its workers
		in.Flush(workerThread+w, "nothing", nil)
	}
	var workers sync.WaitGroup
	for i, c := range chunks {
		all := []*moody{own, a}
		all[random.IntN(2)].set([]string{"well", "down"}[random.IntN(2)])
		workers.Go(func() {
			for in.Flush(workerThread+i, "t", c) != OK {
				time.Sleep(5 * time.Millisecond)
			}
		})
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
	}
	own.set("well")
	a.set("well")
	workers.Wait()
	for _, m := range []*moody{own, a} {
		got := strings.Split(strings.Join(m.got(), "\n"), "\n")
		slices.Sort(got)
		want := slices.Sorted(slices.Values(lines))
		if !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", m.letter, got, want)
		}
	}
	if got := in.Balance(); got != (ledger.Balance{Received: int64(len(lines)), Delivered: int64(len(lines))}) {
		t.Error(got)
	}
}
