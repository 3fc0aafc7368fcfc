package main

import (
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
)

// linesConfig is the configuration of the exporter.
type linesConfig struct {
	// Path is the file that is appended to.
	Path string `mapstructure:"path"`
}

// newLines returns the exporter lines, which appends each request as a line of OTLP in JSON.
// The line is in the file before the request is answered, so that a kill loses nothing that
// was acknowledged.
func newLines() exporter.Factory {
	kind := component.MustNewType("lines")
	return exporter.NewFactory(kind, func() component.Config { return &linesConfig{} },
		exporter.WithLogs(func(_ context.Context, _ exporter.Settings, c component.Config) (exporter.Logs, error) {
			file, err := os.OpenFile(c.(*linesConfig).Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
			if err != nil {
				return nil, fmt.Errorf("cannot open the file of the exporter: %w", err)
			}
			return &lines{file: file}, nil
		}, component.StabilityLevelDevelopment))
}

// lines implements exporter.Logs.
type lines struct {
	component.StartFunc
	component.ShutdownFunc
	file *os.File
}

// Capabilities implements consumer.Logs.
func (*lines) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeLogs implements consumer.Logs. A write of a line is one append, which no other mixes
// with.
func (l *lines) ConsumeLogs(_ context.Context, request plog.Logs) error {
	text, err := new(plog.JSONMarshaler).MarshalLogs(request)
	if err != nil {
		return err
	}
	_, err = l.file.Write(append(text, '\n'))
	return err
}
