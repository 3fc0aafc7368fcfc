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

// acknowledger sends requests that are delivered only when the indexers have
// acknowledged them
// (https://docs.splunk.com/Documentation/Splunk/latest/Data/AboutHECIDXAck). It is safe
// for concurrent use.
type acknowledger struct {
	client *httpclient.Client
	rules  rules
	// verified is true once Splunk has confirmed that the token has acknowledgement.
	// Without it, Splunk stores the events of a request and returns no number to wait
	// for, so that every retry would store them again.
	verified atomic.Bool

	mu   sync.Mutex
	free []*channel // channels that no request uses
}

// channel is a channel of the event collector. Each channel has its own sequence of
// acknowledgement numbers.
type channel struct {
	guid string
	next uint64 // the smallest number that the next request can get
}

const channelHeader = "X-Splunk-Request-Channel"

// The first query follows the request after firstWait. The time between queries grows
// up to maxWait.
const (
	firstWait = 200 * time.Millisecond
	maxWait   = 3 * time.Second
)

// send sends a body, and returns nil when it is acknowledged.
//
// Each request uses a channel alone. Every channel of every indexer counts its
// acknowledgements from 0. If a query reaches another indexer than the events did, it
// must not find the number of another request there.
func (k *acknowledger) send(ctx context.Context, body backend.Body, headers []httpclient.Header) error {
	channel := k.acquire()
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
			k.release(channel) // it has no open acknowledgement
		}
		return err
	}
	if r.AckID == nil {
		return errors.New("no ackId in the answer: indexer acknowledgement is off for the token, or this is no Splunk: " + answer.String())
	}
	if *r.AckID < channel.next {
		return fmt.Errorf("ackId %d came twice in a channel: another indexer took these events than the ones before, or it was restarted", *r.AckID)
	}
	if err := k.wait(ctx, answer, *r.AckID, headers); err != nil {
		return err
	}
	channel.next = *r.AckID + 1
	k.release(channel)
	return nil
}

// wait queries the endpoint that took the events until it acknowledges them. It
// returns an error when ctx ends first.
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
		if done, last = k.poll(ctx, taken, id, headers); done {
			return last
		}
	}
}

// poll queries once. done is true when no further query is necessary; err is then the
// result.
func (k *acknowledger) poll(ctx context.Context, taken *httpclient.Answer, id uint64, headers []httpclient.Header) (done bool, err error) {
	number := strconv.FormatUint(id, 10)
	r, answer, err := k.query(ctx, taken.Endpoint, number, taken.AppendCookies(headers))
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

// verify checks once whether the token has acknowledgement. It returns nil on any other
// failure, because the request with the events will fail in the same way.
func (k *acknowledger) verify(ctx context.Context, headers []httpclient.Header) error {
	if k.verified.Load() {
		return nil
	}
	r, answer, err := k.query(ctx, k.client.Endpoint(), "0", headers)
	switch {
	case err != nil:
	case answer.Status/100 == 2:
		k.verified.Store(true)
	case r.Code != nil && *r.Code == ackDisabled:
		return errors.New("splunk_ack is on, but indexer acknowledgement is off for the token: " + answer.String())
	}
	return nil
}

// query asks an endpoint whether the request with this number is acknowledged.
func (k *acknowledger) query(ctx context.Context, endpoint *url.URL, number string, headers []httpclient.Header) (reply, *httpclient.Answer, error) {
	answer, err := k.client.PostTo(ctx, endpoint.JoinPath("../ack"), []byte(`{"acks":[`+number+`]}`), headers...)
	if err != nil {
		return reply{}, nil, err
	}
	return readReply(answer.Body), answer, nil
}

// acquire returns a channel that no other request uses.
func (k *acknowledger) acquire() *channel {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.free); n > 0 {
		c := k.free[n-1]
		k.free = k.free[:n-1]
		return c
	}
	return &channel{guid: newGUID()}
}

// release makes a channel available to other requests. A channel with an open
// acknowledgement must not be released.
func (k *acknowledger) release(c *channel) {
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
