package faults

import (
	"time"

	"github.com/k8slog/k8slog/test/fake"
)

// azureRule is the immutable ID of the data collection rule.
const azureRule = "dcr-000a00a000a00000a000000aa000a0aa"

// azureColumns are those that a row is made of, and the others that a record has here.
var azureColumns = map[string]string{
	"TimeGenerated": "datetime", "OriginalTime": "string", "LogMessage": "string", "LogSource": "string", "LogLevel": "string", "SeverityNumber": "int",
	"Partial": "boolean", "Undecoded": "boolean", "Late": "boolean", "RecordId": "string", "Cluster": "string", "Computer": "string", "PodNamespace": "string",
	"PodName": "string", "PodUid": "string", "ContainerName": "string", "ContainerId": "string", "RestartCount": "int", "Component": "string", "Fields": "dynamic",
}

type azureServer struct{ *fake.AzureMonitor }

// Problems returns none but those of the rows that are stored: the ledger misses what is
// refused.
func (s azureServer) Problems() []string { return nil }

// serveAzure refuses the whole request of a record that is refused.
func serveAzure(b *Backend) Server {
	return azureServer{&fake.AzureMonitor{
		Rule:    azureRule,
		Streams: map[string]map[string]string{"Custom-K8slog": azureColumns},
		Machine: "00001111-aaaa-2222-bbbb-3333cccc4444",
		Bad:     func(row map[string]any) bool { return b.refuses(func() Row { return azureRow(row) }) },
		Keep:    func(_ string, row map[string]any) { b.Ledger.Store(azureRow(row)) },
	}}
}

func azureRow(row map[string]any) Row {
	text := func(column string) string {
		value, _ := row[column].(string)
		return value
	}
	at, _ := time.Parse(time.RFC3339Nano, text("TimeGenerated"))
	return Row{
		Namespace: text("PodNamespace"), Pod: text("PodName"), Container: text("ContainerName"), Stream: text("LogSource"), Log: text("LogMessage"),
		Time: at, Cut: row["Partial"] == true || row["Undecoded"] == true,
	}
}
