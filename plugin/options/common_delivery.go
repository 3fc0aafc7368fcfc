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
			Doc:   "The largest size of the records of a request, before compression. A single record may be larger. When the backend answers that a request is too large, later requests are smaller.",
			Set:   Size(1<<10, 64<<20, &c.BatchBytes),
		},
		{
			Name: "batch_wait", Type: "duration", Default: "20ms", Example: "100ms",
			Range: "0s to 10s, and half of flush_deadline at most",
			Doc:   "How long a request waits for the records of other workers. A request is sent earlier when it is full, and when every worker waits.",
			Set:   Duration(0, 10*time.Second, &c.BatchWait),
		},
		{
			Name: "flush_deadline", Type: "duration", Default: "10s", Example: "20s",
			Range: "100ms to 10m",
			Doc:   "How long a worker works on a chunk. When the chunk is not done by then, the plugin gives the chunk back, and Fluent Bit presents the chunk again. A request that is under way then goes on. Set Grace of [SERVICE] above this time: Fluent Bit waits as long for its chunks when it stops. A chunk that is presented during a stop has 3s at most.",
			Set:   Duration(100*time.Millisecond, 10*time.Minute, &c.FlushDeadline),
		},
		{
			Name: "request_timeout", Type: "duration", Default: "8s", Example: "5s",
			Range: "10ms to flush_deadline",
			Doc:   "How long an answer is expected to take at most. After this time, later requests go to the next endpoint, if there is one. A late answer is still waited for, because the backend may have stored the records: at first eight times as long, up to 90s. After a request without an answer that doubles, up to 90s, and after an answer it is three times what the answer took. Meanwhile the chunk is given back, and other requests are sent. The chunk is acknowledged when the answer has come.",
			Set:   Duration(10*time.Millisecond, 10*time.Minute, &c.RequestTimeout),
		},
		{
			Name: "backoff_min", Type: "duration", Default: "200ms", Example: "500ms",
			Range: "1ms to 1m",
			Doc:   "The wait before the second try of a request. Each further wait is longer by half. Each wait varies at random by half, so that many nodes do not come back at the same moment.",
			Set:   Duration(time.Millisecond, time.Minute, &c.BackoffMin),
		},
		{
			Name: "backoff_max", Type: "duration", Default: "5s", Example: "10s",
			Range: "backoff_min to 10m",
			Doc:   "The longest wait between two tries. A Retry-After of the backend has priority.",
			Set:   Duration(time.Millisecond, 10*time.Minute, &c.BackoffMax),
		},
		{
			Name: "dead_letter_path", Type: "path", Default: "/var/lib/k8slog/dead-letter.ndjson", Example: "/var/lib/k8slog/dead-letter.ndjson",
			Doc: "The file for records that the backend refuses for good. Each line is a JSON object with the reason and the raw record. The file has the mode 0600.",
			Set: Text(&c.DeadLetterPath),
		},
		{
			Name: "dead_letter_bytes", Type: "size", Default: "64MiB", Example: "256MiB",
			Range: "64KiB to 4GiB",
			Doc:   "The size at which the dead-letter file is rotated. The file gets the name dead_letter_path.1, and a new file begins.",
			Set:   Size(64<<10, 4<<30, &c.DeadLetterBytes),
		},
		{
			Name: "dead_letter_files", Type: "number", Default: "8", Example: "16",
			Range: "2 to 1000",
			Doc:   "The largest number of dead-letter files, with the current one. When a new file begins, the oldest one is removed, with an error in the log. The records of the removed file are lost.",
			Set:   Number(2, 1000, &c.DeadLetterFiles),
		},
		{
			Name: "park_path", Type: "folder", Example: "/var/lib/k8slog/parked",
			Doc: "The folder for records that wait alone: the backend refuses their stream or index for now, their tenant is down while others are not, or the server fails on them. The plugin writes these records to the folder and acknowledges their chunk. It sends them when the backend takes them, oldest first, also after a restart. Every output needs its own folder. When the option is not set, such records stay in Fluent Bit's chunks, and each of these chunks comes again until the backend has all of it.",
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
			Doc:   "The largest size of the parked records on the disk. Above it, records stay in Fluent Bit's chunks.",
			Set:   Size(1<<20, 1<<40, &c.ParkBytes),
		},
	}
}
