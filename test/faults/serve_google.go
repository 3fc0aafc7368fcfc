package faults

import (
	"path"

	"cloud.google.com/go/logging/apiv2/loggingpb"

	"github.com/k8slog/k8slog/test/fake"
)

// googleProject is the project whose logs are written.
const googleProject = "my-project"

// serveGoogle refuses an entry by itself, and says which it is.
func serveGoogle(b *Backend) Server {
	return &fake.GoogleCloudLogging{
		Project: googleProject,
		Code: func(e *loggingpb.LogEntry) int {
			if b.refuses(func() Row { return googleRow(e) }) {
				return 3 // INVALID_ARGUMENT
			}
			return 0
		},
		Keep: func(e *loggingpb.LogEntry) { b.Ledger.Store(googleRow(e)) },
	}
}

func googleRow(e *loggingpb.LogEntry) Row {
	of := e.Resource.Labels
	text := e.GetTextPayload()
	if e.GetJsonPayload() != nil {
		text = e.GetJsonPayload().Fields["message"].GetStringValue()
	}
	return Row{
		Namespace: of["namespace_name"], Pod: of["pod_name"], Container: of["container_name"], Stream: path.Base(e.LogName), Log: text,
		Time: e.Timestamp.AsTime(), Cut: e.Labels["k8slog/partial"] != "" || e.Labels["k8slog/undecoded"] != "",
	}
}
