package disk

import (
	"fmt"
	"time"

	"github.com/k8slog/k8slog/internal/regular"
)

// Inspect reads the ledger at a path, which a process may have open, and looks at the files.
// It changes nothing. What was handed over and has no outcome yet is unread in the figures,
// because only the process knows it.
func Inspect(path string) (sum Figures, logs []LogFigures, err error) {
	data, err := regular.Read(path, maxJournal)
	if err != nil {
		return Figures{}, nil, err
	}
	ignore := func(string, ...any) {}
	l := &Ledger{
		config: Config{Path: path, Warnf: ignore, Infof: ignore},
		logs:   map[string]*containerLog{}, byID: map[int64]*file{}, journal: &journal{path: path},
	}
	if l.readJournal(data); l.rebuilt {
		return Figures{}, nil, fmt.Errorf("%s is not a ledger of the disk, or of another version", path)
	}
	for _, log := range l.logs {
		l.scanLog(log, time.Now(), true)
	}
	return l.Figures(), l.Logs(), nil
}
