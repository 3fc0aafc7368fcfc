package options

import (
	"time"
)

// delivery are how chunks become requests, and what becomes of refused records.
func (c *Config) delivery() []Option {
	return []Option{
		{
			Name: "batch_bytes", Type: "size", Default: "1MB", Example: "4MiB",
			Range: "1KiB to 64MiB",
			Doc:   "The most bytes of records in a request, before compression; a single record may be larger. A backend that finds requests too large gets smaller ones.",
			Set:   Size(1<<10, 64<<20, &c.BatchBytes),
		},
		{
			Name: "batch_wait", Type: "duration", Default: "20ms", Example: "100ms",
			Range: "0s to 10s, and half of flush_deadline at most",
			Doc:   "How long a request waits for the records of other workers. It is sent earlier when it is full, and when every worker waits already.",
			Set:   Duration(0, 10*time.Second, &c.BatchWait),
		},
		{
			Name: "flush_deadline", Type: "duration", Default: "10s", Example: "20s",
			Range: "100ms to 10m",
			Doc:   "How long a chunk is kept trying before it is given back to Fluent Bit for a retry. Set Grace of [SERVICE] above it: a stop of Fluent Bit can take Grace and this.",
			Set:   Duration(100*time.Millisecond, 10*time.Minute, &c.FlushDeadline),
		},
		{
			Name: "request_timeout", Type: "duration", Default: "8s", Example: "5s",
			Range: "10ms to flush_deadline",
			Doc:   "How long one request may take, from the connection to the end of the answer.",
			Set:   Duration(10*time.Millisecond, 10*time.Minute, &c.RequestTimeout),
		},
		{
			Name: "backoff_min", Type: "duration", Default: "200ms", Example: "500ms",
			Range: "1ms to 1m",
			Doc:   "The wait before the second try of a request. It grows by half with every further one, and varies at random by half, so that many nodes do not come back at once.",
			Set:   Duration(time.Millisecond, time.Minute, &c.BackoffMin),
		},
		{
			Name: "backoff_max", Type: "duration", Default: "5s", Example: "10s",
			Range: "backoff_min to 10m",
			Doc:   "The longest wait between two tries. A Retry-After of the backend comes before it.",
			Set:   Duration(time.Millisecond, 10*time.Minute, &c.BackoffMax),
		},
		{
			Name: "dead_letter_path", Type: "path", Default: "/var/lib/k8slog/dead-letter.ndjson", Example: "/var/lib/k8slog/dead-letter.ndjson",
			Doc: "The file for records that the backend refuses for good: one JSON object a line with the reason and the raw record. It is created with mode 0600.",
			Set: Text(&c.DeadLetterPath),
		},
		{
			Name: "dead_letter_bytes", Type: "size", Default: "64MiB", Example: "256MiB",
			Range: "64KiB to 4GiB",
			Doc:   "The size at which the dead-letter file is turned over: it gets the name dead_letter_path.1, and a new one begins.",
			Set:   Size(64<<10, 4<<30, &c.DeadLetterBytes),
		},
		{
			Name: "dead_letter_files", Type: "number", Default: "8", Example: "16",
			Range: "2 to 1000",
			Doc:   "How many dead-letter files there are at most, with the one that is written to. For a new one the oldest is removed, with an error in the log: its letters are lost.",
			Set:   Number(2, 1000, &c.DeadLetterFiles),
		},
		{
			Name: "park_path", Type: "folder", Example: "/var/lib/k8slog/parked",
			Doc: "The folder for records that wait alone: their stream or index is refused for now, or the server fails on them. Their chunk need not wait with them: it is acknowledged, and they are sent when they can be, oldest first. Every output needs a folder of its own. Unset, such records stay in Fluent Bit's chunks, each of which comes again until all of it is taken.",
			Set: Text(&c.ParkPath),
		},
		{
			Name: "park_after", Type: "duration", Default: "30s", Example: "1m",
			Range: "0s to 1h",
			Doc:   "How long such records wait in Fluent Bit's chunk before they are parked.",
			Set:   Duration(0, time.Hour, &c.ParkAfter),
		},
		{
			Name: "park_bytes", Type: "size", Default: "1GiB", Example: "4GiB",
			Range: "1MiB to 1TiB",
			Doc:   "The most bytes that parked records take on the disk. What is above it stays in Fluent Bit's chunks.",
			Set:   Size(1<<20, 1<<40, &c.ParkBytes),
		},
	}
}
