package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/spool"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/options"
)

// This file replays what can be read behind the damage of a file of s3. What was before it is
// uploaded. The records are finished lines, so they go straight to the bucket: into an object
// below the prefix that they had.

// damaged uploads the rest of a damaged file.
func (r *replaying) damaged(path string) error {
	if r.reason != "" || r.tag != "" || r.as != "" {
		return fmt.Errorf("%w: -reason, -tag and -as are for other files than those of s3", errUsage)
	}
	rest, err := spool.ReadRest(path)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d bytes are damaged", rest.Damaged)
	if rest.Lost >= 0 {
		what += fmt.Sprintf(", which had %d records", rest.Lost)
	}
	place := r.placeOf(path, nil)
	sent, err := place.read()
	switch {
	case err != nil:
		return err
	case r.dryRun:
		fmt.Fprintf(r.out, "%s: %d records would be uploaded, and %s\n", path, rest.Records, what)
		return nil
	case sent > 0 && !r.fresh:
		fmt.Fprintf(r.out, "%s: its %d records were uploaded by an earlier run\n", path, rest.Records)
		return nil
	case rest.Records > 0:
		if err := r.upload(path, rest); err != nil {
			return err
		}
	}
	fmt.Fprintf(r.out, "%s: %d records uploaded, and %s\n", path, rest.Records, what)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return place.write(info.Size())
}

// upload makes an object of the rest of a file. The records wait in a folder beside the file
// meanwhile, so that the agent may run.
func (r *replaying) upload(path string, rest *spool.Rest) error {
	host, err := r.host(path)
	if err != nil {
		return err
	}
	dir := path + ".replay"
	newBackend, err := storeOf(host, filepath.Dir(path), dir)
	if err != nil {
		return err
	}
	if err := rest.Store(dir); err != nil {
		return fmt.Errorf("cannot write what can be read into %s: %w", dir, err)
	}
	made, err := newBackend()
	if err != nil {
		return err
	}
	storing, ok := made.(backend.Storing)
	if !ok {
		return errors.Join(errors.New("the backend stores nothing"), made.Close()) // which none of s3 does
	}
	if logging, ok := made.(backend.Logging); ok {
		logging.SetLog(hostlog.NewThrottled(host))
	}
	give := time.Now().Add(r.give)
	for storing.Stored().Files > 0 && time.Now().Before(give) {
		time.Sleep(20 * time.Millisecond)
	}
	err = made.Close()
	if left := storing.Stored(); left.Files > 0 {
		return errors.Join(fmt.Errorf("the records were not uploaded within %v: %w; run the command again to go on", r.give, left.Err), err)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// storeOf returns what makes the backend of the output or of its destination whose records are
// in a folder, or the only one that stores any, with another folder in its place.
func storeOf(host *commandHost, dir, instead string) (newBackend func() (backend.Backend, error), err error) {
	own := func(name string) string {
		value := host.Property(name)
		if name == "store_dir" && value == "" {
			return dir
		}
		return value
	}
	config, _, err := plugin.Backends.Parse(own)
	if err != nil {
		return nil, err
	}
	set, err := plugin.LoadRules(config, false)
	if err != nil {
		return nil, err
	}
	type getter = func(name string) string
	all := []getter{own}
	for _, d := range set.Destinations() {
		all = append(all, func(name string) string {
			if value := d.Get(name); value != "" || !options.IsCommon(name) {
				return value
			}
			return host.Property(name)
		})
	}
	var stores []getter
	for _, get := range all {
		if get("backend") != "s3" {
			continue
		}
		if sameFolder(get("store_dir"), dir) {
			stores = []getter{get}
			break
		}
		stores = append(stores, get)
	}
	if len(stores) != 1 {
		return nil, fmt.Errorf("the output has %d destinations of backend s3, and none with the store_dir %s: name its configuration (-conf), or -set store_dir", len(stores), dir)
	}
	_, newBackend, err = plugin.Backends.Parse(func(name string) string {
		if name == "store_dir" {
			return instead
		}
		return stores[0](name)
	})
	return newBackend, err
}
