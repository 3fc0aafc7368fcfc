package kafka

import (
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/plugin/options"
)

// The tries of the client with what is not stored, as in "not enough replicas" or without a
// connection. They take a second; then the delivery decides what is next. The client
// tries on with what may be stored.
const (
	tries             = 2
	unknownTopicTries = 2
	refreshMetadata   = 500 * time.Millisecond
)

// linger is how long the client gathers the records of a batch. A request is produced in less.
const linger = 3 * time.Millisecond

// brokerTime is how long a broker may wait for its replicas before it answers. The client waits
// ten seconds more. Then it sends the batch again, with the same sequence numbers.
const brokerTime = 30 * time.Second

// clientOptions returns the options of the client. It fails when a file cannot be read.
func clientOptions(c *Config, common *options.Config, log *clientLog) ([]kgo.Opt, error) {
	dial, err := newDialer(c)
	if err != nil {
		return nil, err
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID("k8slog"),
		kgo.SoftwareNameAndVersion("k8slog", "1"),
		kgo.Dialer(dial),
		kgo.WithLogger(log),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchCompression(codecs[c.Compression]),
		kgo.ProducerBatchMaxBytes(int32(c.MaxMessage)),
		kgo.ProducerLinger(linger),
		kgo.ProduceRequestTimeout(brokerTime),
		kgo.RecordRetries(tries),
		kgo.UnknownTopicRetries(unknownTopicTries),
		kgo.MetadataMinAge(refreshMetadata),
		// The delivery bounds what is under way by memory_limit.
		kgo.MaxBufferedRecords(1 << 20),
		kgo.MaxBufferedBytes(max(common.MemoryLimit, 64<<20)),
	}
	if c.CreateTopics {
		opts = append(opts, kgo.AllowAutoTopicCreation())
	}
	mechanism, err := c.SASL.mechanism(&log.words)
	if err != nil {
		return nil, err
	}
	if mechanism != nil {
		opts = append(opts, kgo.SASL(mechanism))
	}
	return opts, nil
}

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

// producer is a client, which is made when it is needed, and again after it was aborted.
type producer struct {
	opts []kgo.Opt
	lock chan struct{} // holds a token while a record is sent alone

	mu     sync.Mutex
	client *kgo.Client
	closed bool
}

// newProducer returns a producer with a client. It fails when the options are invalid.
func newProducer(opts []kgo.Opt) (*producer, error) {
	p := &producer{opts: opts}
	_, err := p.get()
	return p, err
}

func (p *producer) get() (*kgo.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, kgo.ErrClientClosed
	}
	var err error
	if p.client == nil {
		p.client, err = kgo.NewClient(p.opts...)
	}
	return p.client, err
}

// abort fails all records of a client.
func (p *producer) abort(client *kgo.Client) {
	p.mu.Lock()
	if p.client == client {
		p.client = nil
	}
	p.mu.Unlock()
	client.Close()
}

func (p *producer) close() {
	p.mu.Lock()
	client := p.client
	p.client, p.closed = nil, true
	p.mu.Unlock()
	if client != nil {
		client.Close()
	}
}
