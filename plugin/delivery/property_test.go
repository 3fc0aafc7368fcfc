package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
)

// Whatever the backend answers, every frame has one verdict, and the accepted
// ones are exactly those that it said yes to, once.
func TestNoFrameIsLostOrDoubled(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			var mu sync.Mutex
			stored := map[string]int{}
			b := &fake{}
			b.answer = func(_ context.Context, _ int, body string) error {
				mu.Lock()
				defer mu.Unlock()
				switch random.IntN(6) {
				case 0:
					return errors.New("HTTP 503")
				case 1:
					return &backend.Throttled{After: time.Duration(random.IntN(500)) * time.Millisecond}
				case 2:
					return &backend.Rejected{Some: random.IntN(2) == 0}
				case 3:
					return &backend.TooLarge{}
				}
				for _, b := range strings.Fields(body) {
					stored[b]++
				}
				return nil
			}
			c := New(b, limits)
			defer c.Close()
			const workers = 4
			c.SetWorkers(workers)
			var all sync.WaitGroup
			for w := range workers {
				rest := rand.New(rand.NewPCG(seed, uint64(w+1)))
				all.Go(func() {
					for i := range 20 {
						name := string(rune('a'+w)) + strings.Repeat("i", i+1)
						f := frame(name + strings.Repeat(" ", rest.IntN(60)) + " ")
						f.Exclusive = rest.IntN(5) == 0
						r := send(c, f)[0]
						mu.Lock()
						if n := stored[name]; (r.Verdict == Accepted) != (n == 1) || n > 1 {
							t.Errorf("seed %d: %s is %+v and stored %d times", seed, name, r, n)
						}
						mu.Unlock()
					}
				})
			}
			all.Wait()
		})
	}
}
