// Package cloudwatch delivers to Amazon CloudWatch Logs: PutLogEvents in AWS's JSON 1.1
// protocol
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
package cloudwatch

import (
	"strings"
	"sync"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// Backend implements backend.Backend. It is made by New.
type Backend struct {
	*httpbackend.Backend
	group, stream options.Template
	manyGroups    bool // the group depends on who wrote a record
	text          bool // an event is the text alone
	idKey         string
	create        creation

	mu sync.Mutex
	// unretained are groups that were made, and whose retention is not set yet.
	unretained map[string]bool
}

// New returns the backend with these options.
func New(c *Config, common *options.Config) (*Backend, error) {
	p := protocol
	if c.Event == textEvent {
		p.TextLimit = backend.TextLimit{Bytes: textBytes}
	}
	base, err := httpbackend.New(&c.Config, common, p)
	if err != nil {
		return nil, err
	}
	return &Backend{
		Backend: base, group: c.Group, stream: c.Stream, manyGroups: !c.Group.Constant() || common.RulesFile != "",
		text: c.Event == textEvent, idKey: c.IDKey, create: c.creation, unretained: map[string]bool{},
	}, nil
}

// separator stands in a partition between the group and the stream. No name can have it.
const separator = "\n"

// Partition implements backend.Backend: a request is for one stream of one group.
func (b *Backend) Partition(s *filters.Source) string {
	return groupName(b.group.Or(s.Index).Text(s, 0, groupPart)) + separator + streamName(b.stream.Text(s, 0, streamPart))
}

// Scope implements backend.Scoped: the group, which can be missing or forbidden.
func (b *Backend) Scope(r *filters.Record) string {
	group, _, _ := strings.Cut(r.Source.Partition, separator)
	return group
}

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any { return ndjson.Render(s) }

// NewEncoder implements backend.Backend.
func (b *Backend) NewEncoder() backend.Encoder {
	return &encoder{text: b.text, line: ndjson.Encoder{IDKey: b.idKey}}
}
