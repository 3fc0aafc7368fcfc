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
	l := New(Config{Records: 10, Burst: 2 * time.Second, Policy: Drop})
	loud, quiet := l.Of(pod("loud", "a")), l.Of(pod("quiet", "a"))
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
		t.Error("a namespace uses up the bucket of another one")
	}
	if l.Of(pod("loud", "b")) != loud {
		t.Error("two pods of a namespace have two buckets")
	}
	if loud.Allow(now, 1, 1) || !loud.Allow(now.Add(time.Second), 10, 1) || loud.Allow(now.Add(time.Second), 1, 1) {
		t.Error("the bucket does not fill at the rate of the limit")
	}
	if l.Of(&filters.Source{Component: "kubelet"}) != nil || !l.Of(&filters.Source{}).Allow(now, 1<<30, 1<<30) {
		t.Error("a component of the node has a limit")
	}
}

func TestByPodAndBytes(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l := New(Config{ByPod: true, Bytes: 1000, Burst: time.Second, Policy: Delay})
	if l.Of(pod("n", "a")) == l.Of(pod("n", "b")) {
		t.Error("two pods have one bucket")
	}
	// A record that is larger than the bucket passes when the bucket is full.
	if b := l.Of(pod("n", "a")); !b.Allow(now, 1, 5000) || b.Allow(now, 1, 1) || b.Policy() != Delay {
		t.Error("a record that is larger than the bucket")
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

func TestNoLimits(t *testing.T) {
	if l := New(Config{Policy: Drop}); l != nil || l.Of(pod("n", "a")) != nil {
		t.Error("there are limits")
	}
}

func TestNumberOfBucketsIsBounded(t *testing.T) {
	l := New(Config{Records: 1, Burst: time.Second, ByPod: true})
	for n := range 3 * maxBuckets {
		l.Of(pod("n", time.Duration(n).String()))
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(l.buckets))
	}
}
