package kubeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"
)

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
	if all, version, err = readList(body); err != nil {
		return nil, "", fmt.Errorf("cannot read the list of %s: %w", path, err)
	}
	return all, version, nil
}

// readList reads a list, one object after the other.
func readList(body io.Reader) (all []*Object, version string, err error) {
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
		return nil, "", err
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
