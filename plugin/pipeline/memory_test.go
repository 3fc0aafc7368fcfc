package pipeline

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryLimit(t *testing.T) {
	now := time.Now()
	m := memory{limit: 100 * memoryFactor}
	first, err := m.take(150, 1, now)
	if err != nil {
		t.Fatalf("a chunk that is alone: %v", err)
	}
	if _, err := m.take(60, 1, now); err == nil || !strings.Contains(err.Error(), "memory_limit") {
		t.Errorf("a second large chunk: %v", err)
	}
	small := []share{}
	for range 5 { // beside any large one
		s, err := m.take(5, 1, now)
		if err != nil {
			t.Error(err)
		}
		small = append(small, s)
	}
	if _, err := m.take(1, 1, now); err == nil {
		t.Error("more than the limit")
	}
	m.give(first)
	if _, err := m.take(60, 1, now); err != nil {
		t.Error(err)
	}
	for _, s := range small {
		m.give(s)
	}
	if used := m.inUse(); used != 60*memoryFactor {
		t.Errorf("%d bytes are taken", used)
	}
}

// A chunk waits for the memory of others, as soon as it is given back, and half of its time
// at most.
func TestMemoryIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory{limit: 100 * memoryFactor}
		begun := time.Now()
		first, err := m.take(70, 1, begun)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(3*time.Second, func() { m.give(first) })
		second, err := m.take(70, 1, begun.Add(10*time.Second))
		if err != nil || time.Since(begun) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		begun = time.Now()
		if _, err := m.take(70, 1, begun.Add(10*time.Second)); err == nil || time.Since(begun) != 5*time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		m.give(second)
	})
}

// Chunks that are in work wait for the chunk before them. So chunks get their memory in their
// order, and only a large chunk lets others pass.
func TestMemoryIsGivenInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory{limit: 100 * memoryFactor}
		deadline := time.Now().Add(time.Hour)
		hold := func(size int) share {
			s, err := m.take(size, 1, deadline)
			if err != nil {
				t.Error(err)
			}
			return s
		}
		large, small, _ := hold(70), hold(12), hold(12)
		got := make(chan int, 4)
		for _, size := range []int{60, 11, 2, 3} { // the first one is large
			go func() {
				hold(size)
				got <- size
			}()
			synctest.Wait()
		}
		if len(got) > 0 {
			t.Errorf("%d passed a chunk that came before", <-got)
		}
		m.give(small)
		synctest.Wait()
		if n := len(got); n != 3 {
			t.Errorf("%d have their memory; want all but the large one", n)
		}
		if sum := <-got + <-got + <-got; sum != 11+2+3 {
			t.Errorf("the large one has passed the others: %d", sum)
		}
		m.give(large)
		if size := <-got; size != 60 {
			t.Error(size)
		}
	})
}

// All chunks in work may wait for an older one. So the last quarter of the memory is for that
// one alone; then the oldest ones come first.
func TestMemoryOfTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory{limit: 100 * memoryFactor}
		deadline := time.Now().Add(time.Hour)
		var inWork []share
		for i := range 7 {
			s, err := m.take(10, int64(20+i), deadline)
			if err != nil {
				t.Fatal(err)
			}
			inWork = append(inWork, s)
		}
		got := make(chan int64, 10)
		for _, at := range []int64{12, newest, 40, 11, 21, 10, 9} {
			go func() {
				if _, err := m.take(10, at, deadline); err != nil {
					t.Error(err)
				}
				got <- at
			}()
			synctest.Wait()
		}
		for _, want := range []int64{12, 11, 10} {
			if at := <-got; at != want {
				t.Errorf("%d has its memory, want %d", at, want)
			}
		}
		for i, want := range []int64{9, 0, 0, 0, 21, 40, newest} {
			if len(got) > 0 {
				t.Errorf("%d has memory that nobody gave back", <-got)
			}
			m.give(inWork[i])
			if synctest.Wait(); want > 0 {
				if at := <-got; at != want {
					t.Errorf("%d has its memory, want %d", at, want)
				}
			}
		}
	})
}
