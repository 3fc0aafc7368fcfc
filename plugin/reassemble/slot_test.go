package reassemble

import (
	"math/rand"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/plugin/ledger"
)

// A chunk that came first, and did not wait, has passed: the chunk before it does
// not wait for it either.
func TestChunkBehindHasPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ra := newReassembler()
		begin := time.Now()
		one, two := ra.chunk(), ra.chunk()
		end := 1000 + int64(len(thrown)) + 1
		two.until = begin // it does not wait
		two.add(end, begin, frame)
		two.end()
		one.until = begin
		one.add(1000, begin, thrown)
		one.end()
		carried := one.CarriedOver()
		if len(carried) != 1 || !one.Await(carried[0], true).Declined || time.Since(begin) != 0 {
			t.Errorf("waited %v for %d texts", time.Since(begin), len(carried))
		}
		again := ra.chunk() // the same chunk comes again, and must not have what was declined
		again.add(end, begin, frame)
		if texts := again.end(); !slices.Equal(texts, []string{frame}) {
			t.Errorf("the chunk behind has %q", texts)
		}
	})
}

// What nothing has come of goes on to the chunk behind, and its outcome comes
// back to the chunk that has it.
func TestCarryOverIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ra := newReassembler()
		begin := time.Now()
		one, two, three := ra.chunk(), ra.chunk(), ra.chunk()
		end := one.add(0, begin, thrown)
		one.end()
		end = two.addTo("stderr", end, begin, "other")
		if texts := two.end(); !slices.Equal(texts, []string{"other"}) || len(two.CarriedOver()) > 0 {
			t.Errorf("the second chunk has %q", texts)
		}
		three.add(end, begin, frame)
		three.end()
		go func() {
			time.Sleep(time.Second)
			three.Settle(three.Group(0), Outcome{Records: ledger.Delivered})
		}()
		if o := one.Await(one.CarriedOver()[0], true); o.Records != ledger.Delivered || time.Since(begin) != time.Second {
			t.Errorf("%+v after %v", o, time.Since(begin))
		}
	})
}

// After two waits in vain for a chunk before, nothing waits for the file for a while. A
// message that nothing continues is no reason.
func TestCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ra := newReassembler()
		offset := int64(0)
		for i, want := range []time.Duration{10 * time.Second, 20 * time.Second, 10 * time.Second, 0} {
			c := ra.chunk()
			begin := time.Now()
			offset = c.add(offset, begin, thrown)
			c.end()
			for _, g := range c.CarriedOver() {
				if o := c.Await(g, true); !o.Declined {
					t.Errorf("chunk %d: %+v", i, o)
				}
			}
			c.Leave()
			if took := time.Since(begin); took != want {
				t.Errorf("chunk %d waited %v", i, took)
			}
			offset += 1000 // other chunks have what is between
		}
	})
}

// After a restart all chunks of a file come at once, in any order, as many as Fluent Bit
// holds. Each finds its place: none waits until it times out.
func TestAllChunksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const chunks = 120
		ra := newReassembler()
		ra.SetWorkers(chunks, false)
		begin := time.Now()
		var offsets []int64
		end := int64(0)
		for range chunks {
			offsets = append(offsets, end)
			end += int64(len("line")) + 1
		}
		var all sync.WaitGroup
		for _, i := range rand.Perm(chunks) {
			all.Go(func() {
				c := ra.chunk()
				c.add(offsets[i], begin, "line")
				if texts := c.end(); !slices.Equal(texts, []string{"line"}) {
					t.Errorf("chunk %d has %q", i, texts)
				}
			})
		}
		all.Wait()
		if took := time.Since(begin); took > 0 {
			t.Errorf("the chunks waited %v", took)
		}
		if n := ra.slots.count; n != len(ra.slots.of("tag\x00file").segments) {
			t.Errorf("%d segments are counted", n)
		}
	})
}
