package faults

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Row is a record as a backend stores it, as far as it is checked.
type Row struct {
	Namespace, Pod, Container, Stream string
	Log                               string
	Time                              time.Time
	// Cut is whether the record is flagged as partial or undecoded.
	Cut bool
	// ID is what the server knows a repeat by, which it hides. Zero: it hides none.
	ID uint64
}

// number returns the number of the row's line.
func (r *Row) number() (int, error) {
	word, _, _ := strings.Cut(r.Log, " ")
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n > 1e9 || r.Cut {
		return 0, fmt.Errorf("no whole numbered line of %s: %.200q, cut %t", r.key(), r.Log, r.Cut)
	}
	return n, nil
}

// key names one stream of a container, as Container.key does.
func (r *Row) key() string {
	return r.Namespace + "/" + r.Pod + "/" + r.Container + " " + r.Stream
}

// object is a record as the backends http and elasticsearch have it.
type object struct {
	Log        *string   `json:"log"`
	Time       time.Time `json:"time"`
	At         time.Time `json:"@timestamp"`
	Stream     string    `json:"stream"`
	Partial    bool      `json:"partial"`
	Undecoded  bool      `json:"undecoded"`
	Kubernetes struct {
		Namespace string `json:"namespace_name"`
		Pod       string `json:"pod_name"`
		Container string `json:"container_name"`
	} `json:"kubernetes"`
}

// readRow reads a record that is a JSON object.
func readRow(text []byte) (Row, error) {
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		return Row{}, err
	}
	if o.Log == nil {
		return Row{}, fmt.Errorf("no text: %.200s", text)
	}
	if o.Time.IsZero() {
		o.Time = o.At
	}
	k := o.Kubernetes
	return Row{
		Namespace: k.Namespace, Pod: k.Pod, Container: k.Container, Stream: o.Stream,
		Log: *o.Log, Time: o.Time, Cut: o.Partial || o.Undecoded,
	}, nil
}
