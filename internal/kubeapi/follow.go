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

// List returns all objects of a kind that the selector selects, and the version of the list.
// at is how old the answer may be: "0" for any age, which the server has in its memory, a
// version for nothing older, and "" for the newest.
func (c *Client) List(ctx context.Context, path, selector, at string, whole bool) (all []*Object, version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	query := url.Values{}
	if at != "" {
		query.Set("resourceVersion", at)
		query.Set("resourceVersionMatch", "NotOlderThan")
	}
	if selector != "" {
		query.Set("fieldSelector", selector)
	}
	accept := acceptList
	if whole {
		accept = acceptWhole
	}
	body, err := c.open(ctx, path, query, accept)
	if err != nil {
		return nil, "", err
	}
	defer body.Close()
	limited := &perObject{from: body}
	decoder := json.NewDecoder(limited)
	err = members(decoder, func(key string) error {
		switch key {
		case "metadata":
			var m Metadata
			err := decoder.Decode(&m)
			version = m.ResourceVersion
			return err
		case "items":
			return elements(decoder, func() error {
				limited.read = 0
				o := new(Object)
				all = append(all, o)
				return decoder.Decode(o)
			})
		}
		var other json.RawMessage
		return decoder.Decode(&other)
	})
	if err == nil && version == "" {
		err = errors.New("it has no resourceVersion")
	}
	if err != nil {
		return nil, "", fmt.Errorf("cannot read the list of %s: %w", path, err)
	}
	return all, version, nil
}

// members calls each for the keys of an object. each must read the value.
func members(d *json.Decoder, each func(key string) error) error {
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return cmpError(err, "it is no object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if err := each(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// elements calls each for the elements of an array, or of null. each must read the element.
func elements(d *json.Decoder, each func() error) error {
	token, err := d.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('[') {
		return errors.New("items is no array")
	}
	for d.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func cmpError(err error, otherwise string) error {
	if err != nil {
		return err
	}
	return errors.New(otherwise)
}

// perObject is a reader that fails when maxObject bytes were read since the last object.
type perObject struct {
	from io.Reader
	read int
}

func (p *perObject) Read(b []byte) (int, error) {
	if p.read > maxObject {
		return 0, fmt.Errorf("an object has more than %d bytes", maxObject)
	}
	n, err := p.from.Read(b)
	p.read += n
	return n, err
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
