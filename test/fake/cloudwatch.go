package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// CloudWatch is CloudWatch Logs: it takes and refuses what its API reference says
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
type CloudWatch struct {
	// Verifier has the keys; nil for a server that takes every request.
	Verifier *SigV4
	// MaxEvent is the most bytes of an event with its overhead; 256 KiB when zero.
	MaxEvent int
	// Now is the clock for the age of events; nil for that of the machine. AnyAge takes
	// every age.
	Now    func() time.Time
	AnyAge bool
	// Denied refuses an operation on a group, and Before may answer a request in its
	// place: it returns true then. Both may be nil.
	Denied func(operation, group string) bool
	Before func(w http.ResponseWriter, operation string, body []byte) bool
	// Bad says whether a message has something that is refused; nil for none.
	Bad func(message string) bool
	// Keep takes each event that is stored, in the place of Events; nil for none.
	Keep func(e LogEvent)

	mu       sync.Mutex
	groups   map[string]*LogGroup
	events   []LogEvent
	refused  []string
	requests []int // events of each PutLogEvents that was taken
}

// LogGroup is a log group.
type LogGroup struct {
	Class     string
	Retention int
	Tags      map[string]string
	streams   []string
}

// LogEvent is an event that was stored.
type LogEvent struct {
	Group, Stream, Message string
	Time                   int64 // milliseconds since 1970
}

// Events returns those that were stored.
func (c *CloudWatch) Events() []LogEvent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events)
}

// Requests returns how many events each request had that was taken.
func (c *CloudWatch) Requests() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests)
}

// Refused returns what was answered to requests that were not taken.
func (c *CloudWatch) Refused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.refused)
}

// Group returns a group, and nil for one that is missing.
func (c *CloudWatch) Group(name string) *LogGroup {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.groups[name]
}

// AddGroup makes a group.
func (c *CloudWatch) AddGroup(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addGroup(name, &LogGroup{})
}

func (c *CloudWatch) addGroup(name string, g *LogGroup) {
	if c.groups == nil {
		c.groups = map[string]*LogGroup{}
	}
	c.groups[name] = g
}

// ServeHTTP implements http.Handler.
func (c *CloudWatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	operation, known := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "Logs_20140328.")
	if c.Before != nil && c.Before(w, operation, body) {
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	answer, err := []byte(nil), (*AWSError)(nil)
	switch {
	case r.URL.Path != "/" || r.Method != http.MethodPost || !known || r.Header.Get("Content-Encoding") != "":
		err = &AWSError{"UnknownOperationException", ""}
	case r.Header.Get("Content-Type") != "application/x-amz-json-1.1":
		err = &AWSError{"SerializationException", "the content type is not that of the protocol"}
	default:
		if c.Verifier != nil {
			err = c.Verifier.Verify(r, body)
		}
		if err == nil {
			answer, err = c.do(operation, body)
		}
	}
	if err != nil {
		c.mu.Lock()
		c.refused = append(c.refused, err.Error())
		c.mu.Unlock()
		w.WriteHeader(http.StatusBadRequest)
		answer, _ = json.Marshal(map[string]string{"__type": err.Code, "message": err.Message})
	}
	_, _ = w.Write(answer)
}

var (
	logGroupName  = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)
	logStreamName = regexp.MustCompile(`^[^:*]{1,512}$`)
)

// logsRequest has the members of all operations.
type logsRequest struct {
	LogGroupName    string            `json:"logGroupName"`
	LogStreamName   *string           `json:"logStreamName"`
	LogGroupClass   string            `json:"logGroupClass"`
	Tags            map[string]string `json:"tags"`
	RetentionInDays *int              `json:"retentionInDays"`
	LogEvents       []struct {
		Timestamp *int64  `json:"timestamp"`
		Message   *string `json:"message"`
	} `json:"logEvents"`
}

func (c *CloudWatch) do(operation string, body []byte) ([]byte, *AWSError) {
	var q logsRequest
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil || d.More() || !utf8.Valid(body) {
		return nil, &AWSError{"SerializationException", fmt.Sprint(err)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	group := c.groups[q.LogGroupName]
	invalid := func(format string, args ...any) *AWSError {
		return &AWSError{"InvalidParameterException", fmt.Sprintf(format, args...)}
	}
	switch {
	case !logGroupName.MatchString(q.LogGroupName):
		return nil, invalid("1 validation error detected: Value at 'logGroupName' failed to satisfy constraint")
	case q.LogStreamName != nil && !logStreamName.MatchString(*q.LogStreamName):
		return nil, invalid("1 validation error detected: Value at 'logStreamName' failed to satisfy constraint")
	case c.Denied != nil && c.Denied(operation, q.LogGroupName):
		return nil, &AWSError{"AccessDeniedException", "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: logs:" + operation + " on resource: arn:aws:logs:eu-west-1:1:log-group:" + q.LogGroupName}
	}
	if operation == "CreateLogGroup" {
		if group != nil {
			return nil, &AWSError{"ResourceAlreadyExistsException", "The specified log group already exists"}
		}
		c.addGroup(q.LogGroupName, &LogGroup{Class: q.LogGroupClass, Tags: q.Tags})
		return nil, nil
	}
	if group == nil {
		return nil, &AWSError{"com.amazonaws.logs#ResourceNotFoundException", "The specified log group does not exist."}
	}
	switch operation {
	case "PutRetentionPolicy":
		if q.RetentionInDays == nil {
			return nil, invalid("retentionInDays is missing")
		}
		group.Retention = *q.RetentionInDays
		return nil, nil
	case "CreateLogStream":
		if q.LogStreamName == nil {
			return nil, invalid("logStreamName is missing")
		}
		if slices.Contains(group.streams, *q.LogStreamName) {
			return nil, &AWSError{"ResourceAlreadyExistsException", "The specified log stream already exists"}
		}
		group.streams = append(group.streams, *q.LogStreamName)
		return nil, nil
	case "PutLogEvents":
		if q.LogStreamName == nil || !slices.Contains(group.streams, *q.LogStreamName) {
			return nil, &AWSError{"ResourceNotFoundException", "The specified log stream does not exist."}
		}
		return c.put(&q, group)
	}
	return nil, &AWSError{"UnknownOperationException", ""}
}

func (c *CloudWatch) put(q *logsRequest, group *LogGroup) ([]byte, *AWSError) {
	most := c.MaxEvent
	if most == 0 {
		most = 256 << 10
	}
	size := 0
	for i, e := range q.LogEvents {
		var why string
		switch {
		case e.Timestamp == nil || e.Message == nil || *e.Message == "" || *e.Timestamp < 0:
			why = "1 validation error detected: Value at 'logEvents' failed to satisfy constraint"
		case len(*e.Message)+26 > most:
			why = fmt.Sprintf("Log event too large: %d bytes exceeds limit of %d", len(*e.Message)+26, most)
		case i > 0 && *e.Timestamp < *q.LogEvents[i-1].Timestamp:
			why = "Log events in a single PutLogEvents request must be in chronological order."
		case *e.Timestamp-*q.LogEvents[0].Timestamp > (24 * time.Hour).Milliseconds():
			why = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
		case c.Bad != nil && c.Bad(*e.Message):
			why = "Log event is bad"
		}
		if why != "" {
			return nil, &AWSError{"InvalidParameterException", why}
		}
		size += len(*e.Message) + 26
	}
	if len(q.LogEvents) == 0 || len(q.LogEvents) > 10_000 || size > 1<<20 {
		return nil, &AWSError{"InvalidParameterException", fmt.Sprintf("Upload too large: %d events, %d bytes exceeds limit of 1048576", len(q.LogEvents), size)}
	}
	now := time.Now()
	if c.Now != nil {
		now = c.Now()
	}
	old, expired, ahead := now.Add(-14*24*time.Hour).UnixMilli(), int64(0), now.Add(2*time.Hour).UnixMilli()
	if group.Retention > 0 {
		expired = now.Add(-time.Duration(group.Retention) * 24 * time.Hour).UnixMilli()
	}
	info := map[string]int{}
	for i, e := range q.LogEvents {
		at := *e.Timestamp
		switch {
		case c.AnyAge:
		case at < old:
			info["tooOldLogEventEndIndex"] = i + 1
			continue
		case at < expired:
			info["expiredLogEventEndIndex"] = i + 1
			continue
		case at > ahead:
			if _, known := info["tooNewLogEventStartIndex"]; !known {
				info["tooNewLogEventStartIndex"] = i
			}
			continue
		}
		stored := LogEvent{q.LogGroupName, *q.LogStreamName, *e.Message, at}
		if c.Keep != nil {
			c.Keep(stored)
			continue
		}
		c.events = append(c.events, stored)
	}
	c.requests = append(c.requests, len(q.LogEvents))
	answer := map[string]any{"nextSequenceToken": "1"}
	if len(info) > 0 {
		answer["rejectedLogEventsInfo"] = info
	}
	text, _ := json.Marshal(answer)
	return text, nil
}
