package plugin

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// Any mix of verdicts: every record is delivered, dead-lettered or waits, exactly
// as its own verdict says, whatever the records say that travel with it.
func TestEveryRecordHasItsOwnOutcome(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 0))
		share := [3]float64{random.Float64() * 0.1, random.Float64() * 0.05, random.Float64() * 0.02}
		var good, refused, failing, texts []string
		for i := range 20 + random.IntN(400) {
			kind, list := "good", &good
			switch x := random.Float64(); {
			case x < share[0]:
				kind, list = "refused", &refused
			case x < share[0]+share[1]:
				kind, list = "large", &refused
			case x < share[0]+share[1]+share[2] && len(failing) < 3: // more of them look like a server that is down
				kind, list = "failing", &failing
			}
			text := fmt.Sprint(kind, " ", i)
			*list = append(*list, text)
			texts = append(texts, text)
		}
		r := receive(t, func(_ int, texts []string) int {
			has := func(kind string) bool {
				return slices.ContainsFunc(texts, func(s string) bool { return strings.HasPrefix(s, kind) })
			}
			switch {
			case has("large"):
				return http.StatusRequestEntityTooLarge
			case has("failing"):
				return http.StatusInternalServerError
			case has("refused"):
				return http.StatusBadRequest
			}
			return http.StatusOK
		})
		in, host := start(t, map[string]string{"backend": "http", "endpoint": r.URL})
		data := dockerChunk(texts...)
		want := ledger.Balance{
			Received: int64(len(texts)), Delivered: int64(len(good)), DeadLettered: int64(len(refused)), Pending: int64(len(failing)),
		}
		for range 20 { // what counts as down for a while comes again
			if status := in.Flush(workerThread, podTag, data); status == OK || in.Balance() == want {
				break
			}
		}
		if b := in.Balance(); b != want {
			t.Fatalf("seed %d: %v, want %v", seed, b, want)
		}
		got := r.got()
		slices.Sort(got)
		slices.Sort(good)
		if !slices.Equal(got, good) {
			t.Errorf("seed %d: %d records arrived, want %d", seed, len(got), len(good))
		}
		var dead []string
		for _, l := range letters(t, host) {
			dead = append(dead, l.Record.Log)
		}
		slices.Sort(dead)
		slices.Sort(refused)
		if !slices.Equal(dead, refused) {
			t.Errorf("seed %d: dead letters %q, want %q", seed, dead, refused)
		}
	}
}
