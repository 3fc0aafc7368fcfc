// Package logsdata encodes records as OpenTelemetry's logs in protobuf: as a LogsData, which is
// an ExportLogsServiceRequest on the wire
// (https://github.com/open-telemetry/opentelemetry-proto, 1.x).
//
// A source is a resource, in the words of the semantic conventions for
// Kubernetes; the text is the body, and all other fields are attributes. A
// record without a text has its fields as the body.
//
//	resource  service.name (the component, container or pod), k8s.cluster.name,
//	          k8s.node.name, k8s.namespace.name, k8s.pod.name, k8s.pod.uid,
//	          k8s.container.name, k8s.container.restart_count, container.id
//	scope     k8slog, and its version
//	record    time, severity number and text, body, trace and span ID and flags,
//	          observed time: when Fluent Bit read it
//	attributes  log.iostream, log.record.uid, k8slog.partial, k8slog.undecoded, k8slog.late
//
// No field can pass for one of these: it has field_ before its name then.
package logsdata
