package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/k8slog/k8slog/plugin"
)

// The threads that the plugin is told of. Only one sends, so the plugin never
// waits for another.
const (
	engineThread = 1
	sendThread   = 2
)

// sayEvery is how often progress is shown.
const sayEvery = 5 * time.Second

// send sends an input and takes note of how far it has come.
func (r *replaying) send(path string, input input, instance *plugin.Instance, place place) error {
	var t totals
	said := time.Now()
	for {
		b, err := input.next()
		if err != nil {
			return err
		}
		t.skipped += int64(b.skipped)
		if b.records > 0 {
			if !instance.HasDestination(b.destination) {
				return fmt.Errorf("the records before byte %d are for the destination %s, which the output has not (rules_file)", b.at, b.destination)
			}
			if err := instance.DestinationError(b.destination); err != nil {
				return fmt.Errorf("the records before byte %d cannot be sent while the agent runs: %w", b.at, err)
			}
			if err := r.flush(instance, b); err != nil {
				return err
			}
			t.sent += int64(b.records)
		}
		if err := place.write(b.at); err != nil {
			return fmt.Errorf("cannot take note of how far it came: %w", err)
		}
		if b.end {
			break
		}
		if time.Since(said) >= sayEvery {
			said = time.Now()
			fmt.Fprintf(r.out, "%s: %d records sent, at byte %d\n", path, t.sent, b.at)
		}
	}
	t.refused = instance.Balance().DeadLettered
	fmt.Fprintf(r.out, "%s: %d records delivered, %d refused, %d left out\n", path, t.sent-t.refused, t.refused, t.skipped)
	if t.refused > 0 {
		return fmt.Errorf("%d records %w", t.refused, errRefused)
	}
	return nil
}

// errRefused is the end of the error of a file with records that were refused once more.
var errRefused = errors.New("were refused again and stand in the dead-letter file of this run")

// flush presents a batch until it is taken, as Fluent Bit would.
func (r *replaying) flush(instance *plugin.Instance, b batch) error {
	waits := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(time.Second), backoff.WithMaxInterval(30*time.Second), backoff.WithMaxElapsedTime(r.give))
	err := backoff.Retry(func() error {
		if instance.FlushTo(b.destination, sendThread, b.tag, b.data) != plugin.OK {
			return fmt.Errorf("the backend did not take a batch within %v; run the command again to go on", r.give)
		}
		return nil
	}, waits)
	return err
}
