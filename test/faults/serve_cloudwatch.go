package faults

import (
	"encoding/json"
	"time"

	"github.com/k8slog/k8slog/test/fake"
)

// cloudWatchKeys are the credentials of the agent, in its environment.
var cloudWatchKeys = map[string]string{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-nobody"}

type cloudWatchServer struct{ *fake.CloudWatch }

// Problems returns none: a group and a stream are missing at first, and the ledger misses
// what is refused.
func (s cloudWatchServer) Problems() []string { return nil }

// serveCloudWatch refuses the whole request of a record that is refused.
func serveCloudWatch(b *Backend) Server {
	verifier := &fake.SigV4{Region: cloudWatchKeys["AWS_REGION"], Service: "logs"}
	verifier.Allow(cloudWatchKeys["AWS_ACCESS_KEY_ID"], fake.AWSKey{Secret: cloudWatchKeys["AWS_SECRET_ACCESS_KEY"]})
	return cloudWatchServer{&fake.CloudWatch{
		Verifier: verifier,
		AnyAge:   true,
		Bad:      func(message string) bool { return b.refuses(func() Row { return logEventRow(message) }) },
		Keep:     func(e fake.LogEvent) { b.Ledger.Store(logEventRow(e.Message)) },
	}}
}

func logEventRow(message string) Row {
	var line struct {
		Time               time.Time
		Log, Stream        string
		Partial, Undecoded bool
		Kubernetes         struct {
			Namespace string `json:"namespace_name"`
			Pod       string `json:"pod_name"`
			Container string `json:"container_name"`
		}
	}
	_ = json.Unmarshal([]byte(message), &line)
	return Row{
		Namespace: line.Kubernetes.Namespace, Pod: line.Kubernetes.Pod, Container: line.Kubernetes.Container,
		Stream: line.Stream, Log: line.Log, Time: line.Time, Cut: line.Partial || line.Undecoded,
	}
}
