package splunk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// acknowledger sends requests that count only when the indexers have them
// (https://docs.splunk.com/Documentation/Splunk/latest/Data/AboutHECIDXAck).
type acknowledger struct {
	client *httpclient.Client
	rules  rules
	// verified: the token has acknowledgement. Where it has not, Splunk takes
	// the events all the same, and every try would add them once more.
	verified atomic.Bool

	mu   sync.Mutex
	free []*channel // that no request uses
}

// channel is what the numbers of acknowledgements are counted in.
type channel struct {
	guid string
	next uint64 // the least number that can come
}

const channelHeader = "X-Splunk-Request-Channel"

// The first question is asked after firstWait, the next ones ever later.
const (
	firstWait = 200 * time.Millisecond
	maxWait   = 3 * time.Second
)

// send sends a body, and returns nil when it is acknowledged.
//
// A request has a channel to itself. The numbers of acknowledgements begin at 0
// in every channel of every indexer: should the question reach another indexer
// than the events did, it must not find somebody else's number there.
func (k *acknowledger) send(ctx context.Context, body backend.Body, headers []httpclient.Header) error {
	channel := k.take()
	headers = append(headers, httpclient.Header{Name: channelHeader, Value: channel.guid})
	if err := k.verify(ctx, headers); err != nil {
		return err
	}
	answer, err := k.client.Post(ctx, body, headers...)
	if err != nil {
		return err
	}
	r, err := k.rules.classify(answer, body.Items)
	if err != nil {
		if answer.Status/100 == 4 {
			k.giveBack(channel) // nothing is left open in it
		}
		return err
	}
	if r.AckID == nil {
		return errors.New("no ackId in the answer: indexer acknowledgement is off for the token, or this is no Splunk: " + answer.String())
	}
	if *r.AckID < channel.next {
		return fmt.Errorf("ackId %d of the channel has been there: another indexer took the events than those before them, or it was restarted", *r.AckID)
	}
	if err := k.wait(ctx, answer, *r.AckID, headers); err != nil {
		return err
	}
	channel.next = *r.AckID + 1
	k.giveBack(channel)
	return nil
}

// wait asks the endpoint that took the events until it says that they are safe,
// or the time is over.
func (k *acknowledger) wait(ctx context.Context, taken *httpclient.Answer, id uint64, headers []httpclient.Header) error {
	last := error(nil)
	for pause := firstWait; ; pause = min(pause*3/2, maxWait) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			if last != nil {
				return fmt.Errorf("not acknowledged in time: %w (%v)", ctx.Err(), last)
			}
			return fmt.Errorf("not acknowledged in time: %w", ctx.Err())
		}
		var done bool
		if done, last = k.ask(ctx, taken, id, headers); done {
			return last
		}
	}
}

// ask asks once. done is true when it needs no further question; then an error
// is the last word.
func (k *acknowledger) ask(ctx context.Context, taken *httpclient.Answer, id uint64, headers []httpclient.Header) (done bool, err error) {
	number := strconv.FormatUint(id, 10)
	r, answer, err := k.question(ctx, taken.Endpoint, number, taken.AppendCookies(headers))
	switch {
	case err != nil:
		return false, err
	case answer.Status/100 == 2:
		return r.Acks[number], nil
	case r.Code != nil && *r.Code == ackDisabled:
		return true, errors.New("indexer acknowledgement is off for the token: " + answer.String())
	}
	return false, errors.New("unexpected answer: " + answer.String())
}

// verify finds out once whether the token has acknowledgement. Other trouble
// the events will meet as well.
func (k *acknowledger) verify(ctx context.Context, headers []httpclient.Header) error {
	if k.verified.Load() {
		return nil
	}
	r, answer, err := k.question(ctx, k.client.Endpoint(), "0", headers)
	switch {
	case err != nil:
	case answer.Status/100 == 2:
		k.verified.Store(true)
	case r.Code != nil && *r.Code == ackDisabled:
		return errors.New("splunk_ack is on, but indexer acknowledgement is off for the token: " + answer.String())
	}
	return nil
}

// question asks an endpoint for the acknowledgement of that number.
func (k *acknowledger) question(ctx context.Context, endpoint *url.URL, number string, headers []httpclient.Header) (reply, *httpclient.Answer, error) {
	answer, err := k.client.PostTo(ctx, endpoint.JoinPath("../ack"), []byte(`{"acks":[`+number+`]}`), headers...)
	if err != nil {
		return reply{}, nil, err
	}
	return readReply(answer.Body), answer, nil
}

// take returns a channel that no other request uses.
func (k *acknowledger) take() *channel {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.free); n > 0 {
		c := k.free[n-1]
		k.free = k.free[:n-1]
		return c
	}
	return &channel{guid: newGUID()}
}

// giveBack has a channel used again. One in which something is left open never is.
func (k *acknowledger) giveBack(c *channel) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.free = append(k.free, c)
}

// newGUID returns a random UUID (RFC 9562, version 4).
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
