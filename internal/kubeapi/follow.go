package kubeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Change is what has happened to an object.
type Change uint8

// The changes. Present is also said of an object that is in a list.
const (
	Present Change = iota
	Deleted
)

// Follower follows the objects of a kind, by a list, and a watch from there. A watch that
// ends goes on where it was, without a new list, as long as the server has what happened
// since. All its functions are called by the goroutine of Run.
type Follower struct {
	Client *Client
	// Path is that of the kind, as in /api/v1/pods. Selector is the fieldSelector; empty for
	// all objects. Whole asks for whole objects, and not for their metadata alone.
	Path, Selector string
	Whole          bool
	// Version is the resourceVersion from which the watch goes on; empty to begin with a
	// list.
	Version string
	// NoList is for a follower that begins with a Version and needs no list when the server
	// does not have it any more: Lost is called, and returns the next Version.
	Lost func(ctx context.Context) (version string, err error)
	// Listed is called with all objects of a list.
	Listed func(all []*Object)
	// Changed is called for a change of an object.
	Changed func(Change, *Object)
	// At is called with the resourceVersion up to which everything is known, also when
	// nothing has changed.
	At func(version string)
	// Failed is called for every failure. Requested is called for every request: list, or
	// watch.
	Failed    func(err error)
	Requested func(verb string)
}

const (
	// minPause and maxPause bound the exponential backoff.
	minPause, maxPause = time.Second, time.Minute
	// relistSpread is the time over which the agents of all nodes spread their lists, when
	// the server has forgotten what happened since.
	relistSpread = 10 * time.Second
	// watchFor is the shortest time of a watch. The longest is twice that.
	watchFor = 5 * time.Minute
	// maxObject bounds an object in an answer. The server's own limit is 1.5 MiB in
	// protobuf.
	maxObject = 8 << 20
)

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	version, listAt := f.Version, "0"
	pause := minPause
	fail := func(err error) {
		f.Failed(err)
		wait := jitter(pause)
		if e, ok := errors.AsType[*StatusError](err); ok {
			wait = max(wait, min(e.After, maxPause)+jitter(minPause)/2)
		}
		sleep(ctx, wait)
		pause = min(2*pause, maxPause)
	}
	for ctx.Err() == nil {
		if version == "" {
			next, err := f.begin(ctx, listAt)
			switch code := CodeOf(err); {
			case ctx.Err() != nil:
				return
			case err != nil && listAt != "" && (code == http.StatusGone || code == http.StatusGatewayTimeout):
				// The server has never had that version, as after a restored backup.
				listAt = ""
				fail(err)
				continue
			case err != nil:
				fail(err)
				continue
			}
			version, listAt = next, next
			f.At(version)
		}
		began := time.Now()
		next, err := f.watch(ctx, version)
		if next != version {
			version, listAt = next, next
			pause = minPause
		}
		switch {
		case ctx.Err() != nil:
			return
		case CodeOf(err) == http.StatusGone:
			version = ""
			sleep(ctx, time.Duration(rand.Int64N(int64(relistSpread))))
		case err != nil:
			fail(err)
		case time.Since(began) < minPause: // the server ends every watch at once
			fail(errors.New("the watch ends as soon as it begins"))
		default:
			pause = minPause
			sleep(ctx, jitter(minPause))
		}
	}
}

// begin returns the version from which a watch can begin.
func (f *Follower) begin(ctx context.Context, at string) (version string, err error) {
	if f.Lost != nil {
		return f.Lost(ctx)
	}
	f.Requested("list")
	all, version, err := f.Client.List(ctx, f.Path, f.Selector, at, f.Whole)
	if err != nil {
		return "", err
	}
	f.Listed(all)
	return version, nil
}

// jitter returns a time between half of d and one and a half.
func jitter(d time.Duration) time.Duration { return d/2 + time.Duration(rand.Int64N(int64(d))) }

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// watch follows the changes from a version on, and returns the version up to which they are
// known. The error is nil when the server has ended the watch.
func (f *Follower) watch(ctx context.Context, version string) (last string, err error) {
	seconds := int(watchFor/time.Second) + rand.IntN(int(watchFor/time.Second))
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second+headerTimeout)
	defer cancel()
	query := url.Values{
		"watch": {"1"}, "allowWatchBookmarks": {"true"}, "resourceVersion": {version}, "timeoutSeconds": {strconv.Itoa(seconds)},
	}
	if f.Selector != "" {
		query.Set("fieldSelector", f.Selector)
	}
	accept := acceptObject
	if f.Whole {
		accept = acceptWhole
	}
	f.Requested("watch")
	body, err := f.Client.open(ctx, f.Path, query, accept)
	if err != nil {
		return version, err
	}
	defer body.Close()
	f.At(version)
	limited := &perObject{from: body}
	decoder := json.NewDecoder(limited)
	for {
		limited.read = 0
		var event struct {
			Type   string          `json:"type"`
			Object json.RawMessage `json:"object"`
		}
		if err := decoder.Decode(&event); err == io.EOF {
			return version, nil
		} else if err != nil {
			return version, fmt.Errorf("the watch of %s has broken off: %w", f.Path, withoutURL(err))
		}
		if event.Type == "ERROR" {
			var status struct {
				Code    int    `json:"code"`
				Message string `json:"message"`
			}
			if err := json.Unmarshal(event.Object, &status); err != nil {
				return version, fmt.Errorf("cannot read an error in the watch of %s: %w", f.Path, err)
			}
			return version, &StatusError{Code: status.Code, Message: oneLine(status.Message, "")}
		}
		o := new(Object)
		if err := json.Unmarshal(event.Object, o); err != nil {
			return version, fmt.Errorf("cannot read an event in the watch of %s: %w", f.Path, err)
		}
		if o.Metadata.ResourceVersion == "" {
			return version, fmt.Errorf("cannot read an event in the watch of %s: it has no resourceVersion", f.Path)
		}
		switch event.Type {
		case "ADDED", "MODIFIED":
			f.Changed(Present, o)
		case "DELETED":
			f.Changed(Deleted, o)
		}
		version = o.Metadata.ResourceVersion
		f.At(version)
	}
}
