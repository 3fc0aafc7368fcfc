package kafka

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/hostlog"
)

// clientLog writes what the client logs to the plugin's log, without the credentials, which a
// broker may quote. What the client cannot do shows in the errors of Send as well, so nothing of it is an error here.
type clientLog struct {
	to    atomic.Pointer[hostlog.Throttled]
	words httpclient.Words
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
	format := "kafka client: " + strings.ReplaceAll(message, "%", "%%") + ": %s"
	if level == kgo.LogLevelError {
		to.Warnf(format, l.words.Clean(pairs.String()))
	} else {
		to.Infof(format, l.words.Clean(pairs.String()))
	}
}
