package cloudwatch

import (
	"context"
	"strconv"

	"github.com/k8slog/k8slog/internal/jsontext"
	"github.com/k8slog/k8slog/plugin/backend"
)

// creation says how a group is made that is missing.
type creation struct {
	Groups    bool   // auto_create_group
	Retention int    // log_retention_days; 0 for ever
	Class     string // log_group_class
	Tags      []tag  // log_group_tags
}

type tag struct{ key, value string }

// makeStream makes a stream, and its group where that is missing too. What is there already
// was made by another node.
func (b *Backend) makeStream(ctx context.Context, group, stream string) error {
	if err := b.retain(ctx, group); err != nil { // which may have failed the last time
		return err
	}
	name := jsontext.AppendString([]byte(`{"logGroupName":`), group)
	withStream := append(jsontext.AppendString(append(name[:len(name):len(name)], `,"logStreamName":`...), stream), '}')
	f, err := b.do(ctx, "CreateLogStream", withStream)
	if err != nil || f == nil {
		return err
	}
	if f.code != notFound {
		return f.verdict()
	}
	if !b.create.Groups {
		return &groupError{f.answer.Unexpected("make the log group " + group + ", or set auto_create_group on")}
	}
	f, err = b.do(ctx, "CreateLogGroup", b.groupRequest(name))
	if err != nil {
		return err
	}
	if f != nil {
		return f.verdict()
	}
	if b.create.Retention > 0 {
		b.mu.Lock()
		b.unretained[group] = true
		b.mu.Unlock()
	}
	if err := b.retain(ctx, group); err != nil {
		return err
	}
	f, err = b.do(ctx, "CreateLogStream", withStream)
	if err != nil || f == nil {
		return err
	}
	return f.verdict()
}

// groupRequest returns the request for a group. begin is its beginning, with the name.
func (b *Backend) groupRequest(begin []byte) []byte {
	request := begin[:len(begin):len(begin)]
	if b.create.Class != standardClass {
		request = jsontext.AppendString(append(request, `,"logGroupClass":`...), b.create.Class)
	}
	for i, t := range b.create.Tags {
		before := `,`
		if i == 0 {
			before = `,"tags":{`
		}
		request = jsontext.AppendString(append(request, before...), t.key)
		request = jsontext.AppendString(append(request, ':'), t.value)
	}
	if len(b.create.Tags) > 0 {
		request = append(request, '}')
	}
	return append(request, '}')
}

// retain sets the retention of a group that was made, unless that was done. Records wait
// until it is: a group without it is kept, and paid, for ever.
func (b *Backend) retain(ctx context.Context, group string) error {
	b.mu.Lock()
	wanted := b.unretained[group]
	b.mu.Unlock()
	if !wanted {
		return nil
	}
	request := jsontext.AppendString([]byte(`{"logGroupName":`), group)
	request = strconv.AppendInt(append(request, `,"retentionInDays":`...), int64(b.create.Retention), 10)
	f, err := b.do(ctx, "PutRetentionPolicy", append(request, '}'))
	if err != nil {
		return err
	}
	if f != nil && f.code != notFound { // somebody has deleted it since
		return f.verdict()
	}
	b.mu.Lock()
	delete(b.unretained, group)
	b.mu.Unlock()
	return nil
}

// do sends one request that makes something. It returns nil for what is there already.
func (b *Backend) do(ctx context.Context, operation string, request []byte) (*failure, error) {
	a, err := b.call(ctx, operation, backend.Body{Parts: [][]byte{request}})
	if err != nil {
		return nil, err
	}
	f := b.read(a, operation)
	if f != nil && f.code == "ResourceAlreadyExistsException" {
		return nil, nil
	}
	return f, nil
}
