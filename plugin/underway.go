package plugin

import (
	"context"
	"sync"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
)

// underWay knows which requests of a Sender have no answer yet. Its zero value with a Sender
// is ready, and safe for concurrent use.
type underWay struct {
	delivery.Sender

	mu    sync.Mutex
	next  int
	began map[int]time.Time
}

// Send implements delivery.Sender.
func (u *underWay) Send(ctx context.Context, b backend.Body) error {
	u.mu.Lock()
	if u.began == nil {
		u.began = map[int]time.Time{}
	}
	id := u.next
	u.next++
	u.began[id] = time.Now()
	u.mu.Unlock()
	defer func() {
		u.mu.Lock()
		delete(u.began, id)
		u.mu.Unlock()
	}()
	return u.Sender.Send(ctx, b)
}

// Oldest returns the number of requests without an answer, and when the first of them began.
func (u *underWay) Oldest() (n int, began time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, at := range u.began {
		if began.IsZero() || at.Before(began) {
			began = at
		}
	}
	return len(u.began), began
}
