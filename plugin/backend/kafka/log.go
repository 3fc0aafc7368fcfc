package kafka

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/plugin/hostlog"
)

// clientLog writes what the client logs to the plugin's log. The client logs no credentials.
// What it cannot do shows in the errors of Send as well, so nothing of it is an error here.
type clientLog struct {
	to atomic.Pointer[hostlog.Throttled]
}

// Level implements kgo.Logger.
func (l *clientLog) Level() kgo.LogLevel { return kgo.LogLevelWarn }

// Log implements kgo.Logger.
func (l *clientLog) Log(level kgo.LogLevel, message string, keyvals ...any) {
	to := l.to.Load()
	if to == nil {
		return
	}
	var pairs strings.Builder
	for i := 0; i+1 < len(keyvals); i += 2 {
		fmt.Fprintf(&pairs, " %v=%v", keyvals[i], keyvals[i+1])
	}
	// The messages of the client are constants. Each is a line of its own that may repeat.
	format := "kafka client: " + strings.ReplaceAll(message, "%", "%%") + "%s"
	if level == kgo.LogLevelError {
		to.Warnf(format, oneline.Of(pairs.String()))
	} else {
		to.Infof(format, oneline.Of(pairs.String()))
	}
}
