package command

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/backend/spool"
	"github.com/k8slog/k8slog/plugin/deadletter"
)

// replaying is a run of the command.
type replaying struct {
	conf   string
	output int
	set    settings
	dryRun bool
	reason string
	tag    string
	as     string
	state  string
	fresh  bool
	give   time.Duration
	files  []string
	out    io.Writer
	errs   io.Writer
}

// settings are options given as name=value.
type settings map[string]string

func (s settings) String() string { return "" }

func (s settings) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("is not name=value")
	}
	s[strings.TrimSpace(name)] = value
	return nil
}

// replayable are the reasons of dead letters that can be sent again: the others have no event.
var replayable = []string{deadletter.Rejected, deadletter.TooLarge}

// pairs returns the settings as labels.
func (s settings) pairs() (all filters.Pairs) {
	for _, key := range slices.Sorted(maps.Keys(s)) {
		all = append(all, filters.Pair{Key: key, Value: s[key]})
	}
	return all
}

// replay sends files again, through the same path as the plugin in Fluent Bit.
func replay(args []string, out, errs io.Writer) error {
	r := replaying{set: settings{}, out: out, errs: errs}
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&r.conf, "conf", "", "a Fluent Bit configuration, whose k8slog output says where to")
	flags.IntVar(&r.output, "output", 1, "which of its k8slog outputs, counted from 1")
	flags.Var(r.set, "set", "an option of the plugin as name=value, before that of the configuration; may be repeated")
	flags.BoolVar(&r.dryRun, "dry-run", false, "say what would be sent, and send nothing")
	flags.StringVar(&r.reason, "reason", "", "only the dead letters with this reason: "+strings.Join(replayable, ", "))
	flags.StringVar(&r.tag, "tag", "", "only the dead letters or parked records with this tag")
	flags.StringVar(&r.as, "as", "", "the path that a log file had on its node, which says whose it is; by default its present one")
	flags.StringVar(&r.state, "state", "", "the file that remembers how far a file was sent; by default beside it, with .replayed at the end (.done for parked records)")
	flags.BoolVar(&r.fresh, "from-start", false, "forget how far an earlier run came")
	flags.DurationVar(&r.give, "give-up", time.Hour, "how long to keep trying when the backend does not take a batch")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if r.reason != "" && !slices.Contains(replayable, r.reason) {
		return fmt.Errorf("%w: there is no reason %q: write one of: %s", errUsage, r.reason, strings.Join(replayable, ", "))
	}
	if r.files = flags.Args(); len(r.files) == 0 {
		return fmt.Errorf("%w: no file is named", errUsage)
	}
	return r.run()
}

func (r *replaying) run() error {
	files, err := parkedFiles(r.files)
	if err != nil {
		return err
	}
	if (r.as != "" || r.state != "") && len(files) > 1 {
		return fmt.Errorf("%w: -as and -state are for one file", errUsage)
	}
	if err := r.checkSet(); err != nil {
		return err
	}
	if !r.dryRun {
		unlock, err := lockFolders(files)
		if err != nil {
			return err
		}
		defer unlock()
	}
	var refused error
	for _, path := range files {
		err := r.file(path)
		switch {
		case errors.Is(err, errRefused): // the other files are sent all the same
			refused = errors.Join(refused, fmt.Errorf("%s: %w", path, err))
		case err != nil:
			return errors.Join(refused, fmt.Errorf("%s: %w", path, err))
		}
	}
	return refused
}

// totals count records.
type totals struct{ sent, refused, skipped int64 }

// place is the note of how far a file was sent.
type place interface {
	read() (at int64, err error)
	write(at int64) error
	finish() error // the file is sent
}

// placeOf returns the note of a file.
func (r *replaying) placeOf(path string, input input) place {
	file := placeFile{path: cmp.Or(r.state, path+".replayed")}
	parked, ok := input.(*parkedEntries)
	switch {
	case !ok:
		return file
	case r.tag != "" || r.reason != "" || r.state != "":
		return filteredPlace{file, path}
	}
	return &parkedPlace{path, parked}
}

// file sends one file, from where an earlier run of it stopped.
func (r *replaying) file(path string) error {
	if spool.IsDamaged(path) {
		return r.damaged(path)
	}
	input, err := openInput(path, r)
	if err != nil {
		return err
	}
	defer input.close()
	place := r.placeOf(path, input)
	if !r.fresh && (!r.dryRun || isParked(path)) {
		at, err := place.read()
		if err != nil {
			return err
		}
		if err := input.skipTo(at); err != nil {
			return err
		}
		if at > 0 {
			fmt.Fprintf(r.out, "%s: goes on at byte %d\n", path, at)
		}
	}
	if r.dryRun {
		return r.pretend(path, input)
	}
	host, err := r.host(path)
	if err != nil {
		return err
	}
	instance, err := plugin.New(host, engineThread)
	if err != nil {
		return err
	}
	err = errors.Join(r.send(path, input, instance, place), instance.Close())
	if err == nil || errors.Is(err, errRefused) {
		err = errors.Join(err, place.finish())
	}
	return err
}

// pretend reads the whole file and says what is in it.
func (r *replaying) pretend(path string, input input) error {
	var t totals
	for {
		b, err := input.next()
		if err != nil {
			return err
		}
		t.sent += int64(b.records)
		t.skipped += int64(b.skipped)
		if b.end {
			break
		}
	}
	fmt.Fprintf(r.out, "%s: %d records would be sent, %d left out\n", path, t.sent, t.skipped)
	return nil
}

// placeFile remembers how far a file was sent, beside it.
type placeFile struct{ path string }

func (p placeFile) finish() error { return nil }

func (p placeFile) read() (at int64, err error) {
	text, err := os.ReadFile(p.path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if _, err := fmt.Sscan(string(text), &at); err != nil || at < 0 {
		return 0, fmt.Errorf("%s does not hold a number of bytes: remove it, or use -from-start", p.path)
	}
	return at, nil
}

func (p placeFile) write(at int64) error {
	if err := os.WriteFile(p.path+".new", []byte(fmt.Sprintln(at)), 0o600); err != nil {
		return err
	}
	return os.Rename(p.path+".new", p.path)
}
