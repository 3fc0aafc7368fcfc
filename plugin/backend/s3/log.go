package s3

import (
	"fmt"
	"sync"

	"github.com/k8slog/k8slog/plugin/hostlog"
)

// log writes to the host's log, which is known after the first lines only. The zero value is
// ready.
type log struct {
	mu    sync.Mutex
	to    *hostlog.Throttled
	early []func(to *hostlog.Throttled)
}

// maxEarly is the number of lines that wait for the host's log.
const maxEarly = 100

func (l *log) set(to *hostlog.Throttled) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = to
	for _, write := range l.early {
		write(to)
	}
	l.early = nil
}

func (l *log) write(line func(to *hostlog.Throttled)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.to != nil:
		line(l.to)
	case len(l.early) < maxEarly:
		l.early = append(l.early, line)
	}
}

func (l *log) warnf(format string, args ...any) {
	l.write(func(to *hostlog.Throttled) { to.Warnf(format, args...) })
}

func (l *log) errorf(format string, args ...any) {
	text := fmt.Sprintf(format, args...) // each is about another file
	l.write(func(to *hostlog.Throttled) { to.ErrorText(text) })
}
