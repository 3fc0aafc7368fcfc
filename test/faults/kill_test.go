package faults

import (
	"math/rand"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// kill -9 at random times while lines are written, in every state of the
// backend, with the shipped configuration: nothing is lost.
func TestKilled(t *testing.T) {
	each(t, all, func(t *testing.T, a agent.Agent, p *Protocol) {
		storing(t, a)
		random := rand.New(rand.NewSource(theSeed(t)))
		moods := append([]Fault{Healthy, Healthy, Healthy}, Outages...)
		moods = append(moods, LostAnswers...)
		r := newRig(t, a, p, plan{repeats: true})
		r.Run(rate, 0)
		for range 10 {
			r.set(moods[random.Intn(len(moods))])
			r.start()
			time.Sleep(300*time.Millisecond + time.Duration(random.Intn(3500))*time.Millisecond)
			r.Kill()
		}
		r.set(Healthy)
		if err := r.Load.Stop(); err != nil {
			t.Fatal(err)
		}
		r.start()
		r.finish(2 * time.Minute)
	})
}

// Killed between rotations: what was renamed away had been read, and is not
// read again from its new name.
func TestKilledAfterRotation(t *testing.T) {
	each(t, full, func(t *testing.T, a agent.Agent, p *Protocol) {
		storing(t, a)
		r := newRig(t, a, p, plan{repeats: true, changes: soon, options: quick})
		for range 3 {
			r.start()
			r.Write(200)
			r.complete(enough)
			r.Rotate()
			r.Write(200)
			r.complete(enough)
			r.Write(200)
			r.Kill()
		}
		r.start()
		r.finish(enough)
	})
}
