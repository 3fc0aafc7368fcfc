package quota

import (
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
)

func pod(namespace, name string) *filters.Source {
	return &filters.Source{Kind: filters.Container, Namespace: namespace, Pod: name}
}

func TestBuckets(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	b := New(Config{Records: 10, Burst: 2 * time.Second, Policy: Drop})
	loud, quiet := b.Of(pod("loud", "a")), b.Of(pod("quiet", "a"))
	passed := 0
	for range 100 {
		if loud.Allow(now, 1, 1000) {
			passed++
		}
	}
	if passed != 20 {
		t.Errorf("%d passed at once", passed)
	}
	if !quiet.Allow(now, 1, 1000) {
		t.Error("the quiet one has no bucket left")
	}
	if b.Of(pod("loud", "b")) != loud {
		t.Error("two pods of a namespace have two buckets")
	}
	if loud.Allow(now, 1, 1) || !loud.Allow(now.Add(time.Second), 10, 1) || loud.Allow(now.Add(time.Second), 1, 1) {
		t.Error("the bucket does not grow by what a second has")
	}
	if b.Of(&filters.Source{Component: "kubelet"}) != nil || !b.Of(&filters.Source{}).Allow(now, 1<<30, 1<<30) {
		t.Error("the node has a budget")
	}
}

func TestByPodAndBytes(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	b := New(Config{ByPod: true, Bytes: 1000, Burst: time.Second, Policy: Delay})
	if b.Of(pod("n", "a")) == b.Of(pod("n", "b")) {
		t.Error("two pods have one bucket")
	}
	// What is larger than a burst passes, or it would wait for ever.
	if s := b.Of(pod("n", "a")); !s.Allow(now, 1, 5000) || s.Allow(now, 1, 1) || s.Policy() != Delay {
		t.Error("a large record")
	}
}

func TestSample(t *testing.T) {
	s := New(Config{Records: 1, Burst: time.Second, Policy: Sample, Sample: 10}).Of(pod("n", "a"))
	passed := 0
	for range 100 {
		if s.Policy() == "" {
			passed++
		}
	}
	if passed != 10 {
		t.Errorf("%d of 100", passed)
	}
}

func TestNoBudget(t *testing.T) {
	if b := New(Config{Policy: Drop}); b != nil || b.Of(pod("n", "a")) != nil {
		t.Error("there is a budget")
	}
}

func TestManyOwners(t *testing.T) {
	b := New(Config{Records: 1, Burst: time.Second, ByPod: true})
	for n := range 3 * maxBuckets {
		b.Of(pod("n", time.Duration(n).String()))
	}
	if len(b.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(b.buckets))
	}
}
