package kafka

import (
	"context"
	"errors"
	"io"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/k8slog/k8slog/internal/oneline"
	"github.com/k8slog/k8slog/plugin/backend"
)

// The errors below are those of the protocol (https://kafka.apache.org/protocol#protocol_error_codes).

// topicErrors are about a topic or one of its partitions. Nothing is wrong with a record, and
// the brokers may take those of other topics.
var topicErrors = []error{
	kerr.UnknownTopicOrPartition, kerr.UnknownTopicID, // it must be created
	kerr.TopicAuthorizationFailed,              // somebody must allow it
	kerr.InvalidTopicException,                 // the template must change
	kerr.PolicyViolation,                       // it may not be created so
	kerr.LeaderNotAvailable,                    // an election, or the brokers that have it are away
	kerr.NotLeaderForPartition,                 // as above
	kerr.ReplicaNotAvailable,                   // as above
	kerr.FencedLeaderEpoch,                     // as above
	kerr.UnknownLeaderEpoch,                    // as above
	kerr.NotEnoughReplicas,                     // of its min.insync.replicas
	kerr.NotEnoughReplicasAfterAppend,          // as above
	kerr.KafkaStorageError,                     // a disk of the broker
	kerr.InvalidReplicationFactor,              // too few brokers to create it
	kerr.InvalidPartitions, kerr.InvalidConfig, // it cannot be created so
}

// batchErrors are about a batch: each of its records may be to blame.
var batchErrors = []error{
	kerr.MessageTooLarge,    // of the client's limit, or of max.message.bytes
	kerr.RecordListTooLarge, // of the broker's segment
	kerr.InvalidRecord,      // one without a key in a compacted topic, or what a broker's own check refuses
	kerr.InvalidTimestamp,   // of message.timestamp.before.max.ms or after.max.ms
	kerr.CorruptMessage,     // a broker says so also of a record without a key in a compacted topic
	kerr.UnsupportedForMessageFormat,
}

func isOneOf(err error, list []error) bool {
	for _, e := range list {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func isAboutBatch(err error) bool { return err != nil && isOneOf(err, batchErrors) }

func isAboutTopic(err error) bool {
	var silent *silentError
	return errors.As(err, &silent) || isOneOf(err, topicErrors)
}

// classify turns the errors of the records into the error of Send. scoped is true when the
// pipeline can set aside the records of a topic.
func classify(errs []error, scoped bool) error {
	taken, refused := 0, 0
	topics := true // all of the others are about their topics
	var first error
	for i, err := range errs {
		if err == nil {
			taken++
			continue
		}
		errs[i] = verdict(err)
		var rejected *backend.Rejected
		switch {
		case errors.As(errs[i], &rejected):
			refused++
			continue
		case first == nil || topics && !isAboutTopic(err):
			first = errs[i]
		}
		topics = topics && isAboutTopic(err)
	}
	switch {
	case taken == len(errs):
		return nil
	case taken > 0, refused > 0, topics && scoped:
		return &backend.PartialError{Items: errs}
	}
	return &backend.NotTaken{Err: first, Items: errs}
}

// verdict turns the error of one record into an error of package backend.
func verdict(err error) error {
	var rejected *backend.Rejected
	switch {
	case errors.As(err, &rejected):
		return rejected
	case isAboutBatch(err):
		return &backend.Rejected{Answer: clean(err), Some: true}
	case errors.Is(err, kerr.ThrottlingQuotaExceeded):
		return &backend.Throttled{Answer: clean(err)}
	}
	return &clientError{clean(err) + advice(err), err}
}

// advice says what to do, where the error does not.
func advice(err error) string {
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return " (create the topic, or set create_topics on where the brokers allow it)"
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return " (the user needs the permission WRITE on the topic)"
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		return " (the user needs the permission IDEMPOTENT_WRITE, or brokers of Kafka 3.0)"
	case errors.Is(err, io.EOF):
		return " (so does a broker that wants TLS, or other credentials)"
	case errors.Is(err, kgo.ErrClientClosed), errors.Is(err, context.Canceled):
		return " (a stop)"
	}
	return ""
}

// clientError is an error that is fit for a log.
type clientError struct {
	text string
	of   error
}

func (e *clientError) Error() string { return e.text }
func (e *clientError) Unwrap() error { return e.of }

func clean(err error) string { return oneline.Of("Kafka: " + err.Error()) }
