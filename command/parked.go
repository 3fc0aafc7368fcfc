package command

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/plugin/backend/spool"
	"github.com/k8slog/k8slog/plugin/parking"
)

// This file replays parked records. A file that is sent is removed, as the plugin would
// do: otherwise an output that gets the folder again would send it once more.

// parkedFiles returns the files, where a folder stands for its files of parked records, and
// for the damaged files of s3, the oldest first.
func parkedFiles(names []string) (files []string, err error) {
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			files = append(files, name)
			continue
		}
		found, err := filepath.Glob(filepath.Join(name, "*"+parking.Extension))
		if err != nil {
			return nil, err
		}
		damaged, err := spool.DamagedFiles(name)
		if err != nil {
			return nil, err
		}
		if found = append(found, damaged...); len(found) == 0 {
			return nil, fmt.Errorf("there are no parked records (*%s) in the folder %s, and no damaged files of s3", parking.Extension, name)
		}
		slices.Sort(found)
		files = append(files, found...)
	}
	return files, nil
}

func isParked(path string) bool { return strings.HasSuffix(path, parking.Extension) }

// lockFolders locks the folders of parked records among the files, so that no output uses
// them meanwhile.
func lockFolders(files []string) (unlock func(), err error) {
	locks := map[string]*os.File{}
	unlock = func() {
		for _, lock := range locks {
			lock.Close()
		}
	}
	for _, path := range files {
		dir := filepath.Dir(path)
		if !isParked(path) || locks[dir] != nil {
			continue
		}
		lock, err := parking.Lock(dir)
		if err != nil {
			unlock()
			return nil, fmt.Errorf("%s: stop the agent whose output parks there (park_path): %w", path, err)
		}
		locks[dir] = lock
	}
	return unlock, nil
}

// parkedEntries is a file of parked records.
type parkedEntries struct {
	lineReader
	r       *replaying
	path    string
	held    *parking.Entry // of the next batch
	heldAt  int64          // where its line begins
	damaged bool           // a line could not be read
	key     *parking.Key   // of the file; nil for a first line that cannot be read
}

func (p *parkedEntries) next() (b batch, err error) {
	for {
		one, from := p.held, p.heldAt
		p.held = nil
		if one == nil {
			from = p.at
			text, err := p.line()
			if errors.Is(err, io.EOF) {
				b.at, b.end = p.at, true
				return b, nil
			} else if err != nil {
				return b, err
			}
			if from == 0 && parking.IsHeader(text) {
				continue
			}
			entries, err := parking.Decode(text)
			if err != nil {
				fmt.Fprintf(p.r.errs, "%s: the line at byte %d is damaged and is left out: %v\n", p.path, from, err)
				p.damaged = true
				b.skipped++
				continue
			}
			one = &parking.Entry{Key: entries[0].Key}
			for _, e := range entries {
				one.Tag, one.Raw, one.Records = e.Tag, append(one.Raw, e.Raw...), one.Records+e.Records
			}
		}
		if p.r.reason != "" || p.r.tag != "" && one.Tag != p.r.tag {
			b.skipped += one.Records
			continue
		}
		to := p.destinationOf(one)
		if b.records > 0 && (one.Tag != b.tag || to != b.destination || len(b.data) >= batchBytes) {
			p.held, p.heldAt, b.at = one, from, from
			return b, nil
		}
		b.destination = to
		b.tag, b.data = one.Tag, append(b.data, one.Raw...)
		b.records += one.Records
	}
}

// destinationOf returns the destination that an entry is for; empty for that of the routes,
// where the first line of its file cannot be read.
func (p *parkedEntries) destinationOf(e *parking.Entry) string {
	key := e.Key
	if key == nil {
		key = p.key
	}
	if key == nil || key.Shared {
		return ""
	}
	return cmp.Or(key.Destination, rules.OwnDestination)
}

// parkedPlace is how far a file of parked records was sent: the plugin's own note.
type parkedPlace struct {
	path  string
	input *parkedEntries
}

func (p *parkedPlace) read() (int64, error) { return parking.ReadProgress(p.path), nil }

func (p *parkedPlace) write(at int64) error { return parking.WriteProgress(p.path, at) }

// finish removes the file. A file with a damaged line gets another name instead.
func (p *parkedPlace) finish() error {
	if !p.input.damaged {
		return parking.Remove(p.path)
	}
	if err := os.Rename(p.path, p.path+".damaged"); err != nil {
		return err
	}
	return os.Remove(p.path + parking.Progress)
}

// filteredPlace is how far a file of parked records was sent of which some stay parked.
type filteredPlace struct {
	placeFile
	parked string
}

func (p filteredPlace) read() (int64, error) {
	at, err := p.placeFile.read()
	return max(at, parking.ReadProgress(p.parked)), err
}
