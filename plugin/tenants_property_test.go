package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/test/chunktest"
)

// Records of many tenants in many chunks, some of them pieces of one, some too
// long, some poison; a backend that is down for one tenant or another, decides
// on requests or on each record, and finds requests too large: every record is
// delivered once or dead-lettered once, in a request of its own tenant, and
// the books balance.
func TestTenantsProperties(t *testing.T) {
	for seed := range int64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			run := newTenantsRun(t, seed)
			run.deliver()
			run.check()
		})
	}
}

// tenantToken is what stands in each record: tenant, number, and whether the
// backend takes it.
var tenantToken = regexp.MustCompile(`<(\d+)\.(\d+)\.(good|bad)>`)

// How the backend treats a tenant.
const (
	bySome    = iota // refuses a request for the records that are bad
	byEach           // decides on each record
	neverAny         // refuses the tenant
	inSmall          // takes few records at once, and refuses like bySome
	tenancies        // how many ways there are
)

type tenantsRun struct {
	t       *testing.T
	in      *Instance
	host    *testHost
	workers int
	treats  []int // by tenant
	chunks  [][]byte
	records map[string]bool // tokens; whether they may be delivered twice

	mu        sync.Mutex
	random    *rand.Rand
	moody     bool
	delivered map[string]int
}

func newTenantsRun(t *testing.T, seed int64) *tenantsRun {
	run := &tenantsRun{
		t: t, random: rand.New(rand.NewSource(seed)), moody: true, records: map[string]bool{}, delivered: map[string]int{},
	}
	run.in, run.host = start(t, map[string]string{
		"backend": "http", "endpoint": "http://localhost", "tenant": "ns-{namespace|other}", "path_key": "path", "offset_key": "offset",
		"flush_deadline": "1s", "request_timeout": "200ms", "join_wait": "100ms", "batch_bytes": "4KiB",
	})
	deliverBy(run.in, delivery.New(&tenantsBackend{run.in.own.backend, run}, delivery.Config{
		BatchBytes: 4 << 10, BatchWait: 5 * time.Millisecond, RequestTimeout: 200 * time.Millisecond,
		BackoffMin: 5 * time.Millisecond, BackoffMax: 20 * time.Millisecond,
	}))
	if run.random.Intn(2) == 0 {
		run.in.pipeline.Destinations[0].TextLimit = backend.TextLimit{Bytes: 700}
	}
	run.workers = 1 + run.random.Intn(4)
	run.write()
	return run
}

func (run *tenantsRun) write() {
	files := make([]chunktest.File, 2+run.random.Intn(6))
	for i := range files {
		files[i].Path = strings.Replace(podPath, "_shop_", fmt.Sprintf("_%d_", i), 1)
		run.treats = append(run.treats, run.random.Intn(tenancies))
	}
	lines, begun := make([][]string, len(files)), make([]int, len(files)) // those that are open
	for n := range 25 {
		var c []byte
		for range 1 + run.random.Intn(60) {
			i := run.random.Intn(len(files))
			kind := "good"
			if run.random.Intn(12) == 0 {
				kind = "bad"
			}
			token := fmt.Sprintf("<%d.%d.%s>", i, len(run.records), kind)
			long := run.random.Intn(15) == 0
			text := token + strings.Repeat("x", run.random.Intn(100))
			if long {
				text = token + strings.Repeat("日", 300+run.random.Intn(2000))
			}
			// Of a text that is cut, pieces may be taken that go again with others.
			run.records[token] = long && run.in.pipeline.Destinations[0].TextLimit.Bytes > 0
			tag := []string{"P", "F", "F", "F"}[run.random.Intn(4)]
			if run.in.pipeline.Destinations[0].TextLimit.Bytes > 0 {
				tag = "F" // what is cut anew where it was joined could be cut inside a token
			}
			if len(lines[i]) == 0 {
				begun[i] = n
			}
			if lines[i] = append(lines[i], token); tag == "F" {
				// What a chunk had of a text that went on in another goes again
				// when its own time was over before that of the other.
				for _, token := range lines[i] {
					run.records[token] = run.records[token] || begun[i] != n
				}
				lines[i] = nil
			}
			c = files[i].Append(c, cri("out", tag, text))
		}
		run.chunks = append(run.chunks, c)
	}
}

// tenantsBackend answers in the run's place.
type tenantsBackend struct {
	backend.Backend
	run *tenantsRun
}

func (b *tenantsBackend) Send(_ context.Context, body backend.Body) error {
	var whole []byte
	for _, p := range body.Parts {
		whole = append(whole, p...)
	}
	var texts []string
	for line := range strings.Lines(string(whole)) {
		var record struct{ Log string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			b.run.t.Error(err)
		}
		texts = append(texts, record.Log)
	}
	return b.run.answer(body.Partition, texts)
}

func (run *tenantsRun) answer(route string, texts []string) error {
	run.mu.Lock()
	defer run.mu.Unlock()
	tenant, err := strconv.Atoi(strings.TrimPrefix(route, "ns-"))
	if err != nil {
		run.t.Errorf("route %q", route)
	}
	refused := &backend.Rejected{Answer: "bad"}
	some := &backend.Rejected{Answer: "some are bad", Some: true}
	mixed := &backend.PartialError{Items: make([]error, len(texts))}
	bad, tokens := false, 0
	for i, text := range texts {
		for _, token := range tenantToken.FindAllStringSubmatch(text, -1) {
			tokens++
			if token[1] != strconv.Itoa(tenant) {
				run.t.Errorf("tenant %d got %s", tenant, token[0])
			}
			if token[3] == "bad" {
				bad, mixed.Items[i] = true, refused
			}
		}
		if mixed.Items[i] == nil && run.moody && run.random.Intn(10) == 0 {
			mixed.Items[i] = errors.New("not now")
		}
	}
	if run.moody && time.Now().UnixMilli()/250%int64(len(run.treats)) == int64(tenant) {
		return []error{errors.New("HTTP 503"), &backend.Throttled{Answer: "429"}, &backend.Throttled{After: 30 * time.Millisecond}}[run.random.Intn(3)]
	}
	switch treat := run.treats[tenant]; {
	case treat == neverAny:
		return refused
	case treat == inSmall && tokens > 3 && len(texts) > 1:
		return &backend.TooLarge{Answer: "many"}
	case treat != byEach && bad:
		return some
	case treat == byEach:
		for i, err := range mixed.Items {
			if err == nil {
				run.take(texts[i])
			}
		}
		return mixed
	}
	for _, text := range texts {
		run.take(text)
	}
	return nil
}

func (run *tenantsRun) take(text string) {
	for _, token := range tenantToken.FindAllString(text, -1) {
		run.delivered[token]++
	}
}

// deliver deals the chunks to the workers, until all are taken.
func (run *tenantsRun) deliver() {
	var open, workers sync.WaitGroup
	queues := make([]chan []byte, run.workers)
	for w := range queues {
		queues[w] = make(chan []byte, 1000*len(run.chunks))
		workers.Go(func() {
			for c := range queues[w] {
				if run.in.Flush(workerThread+w, "containers", c) == OK {
					open.Done()
					continue
				}
				time.AfterFunc(10*time.Millisecond, func() { queues[(w+1)%len(queues)] <- c })
			}
		})
	}
	for i, c := range run.chunks {
		open.Add(1)
		queues[i%len(queues)] <- c
	}
	calm := time.AfterFunc(2*time.Second, func() {
		run.mu.Lock()
		run.moody = false
		run.mu.Unlock()
	})
	defer calm.Stop()
	open.Wait()
	for _, q := range queues {
		close(q)
	}
	workers.Wait()
}

func (run *tenantsRun) check() {
	b := run.in.Balance()
	if b.Received != int64(len(run.records)) || b.Pending != 0 || !b.Balanced() {
		run.t.Errorf("%d records, %v", len(run.records), b)
	}
	dead := map[string]int{}
	for _, l := range letters(run.t, run.host) {
		dead[tenantToken.FindString(l.Record.Log)]++
	}
	// A letter whose fsync took too long is written again.
	slow := run.host.logged("cannot keep refused records") > 0
	run.mu.Lock()
	defer run.mu.Unlock()
	for token, twice := range run.records {
		parts := tenantToken.FindStringSubmatch(token)
		tenant, _ := strconv.Atoi(parts[1])
		wantDead := 0
		if parts[3] == "bad" || run.treats[tenant] == neverAny {
			wantDead = 1
		}
		again := twice && wantDead == 0 && run.delivered[token] > 1
		if slow {
			dead[token] = min(dead[token], 1)
		}
		if dead[token] != wantDead || run.delivered[token] != 1-wantDead && !again {
			run.t.Errorf("%s (treated %d, twice %v) was delivered %d times, buried %d times", token, run.treats[tenant], twice, run.delivered[token], dead[token])
		}
	}
}
