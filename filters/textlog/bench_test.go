package textlog

import "testing"

func BenchmarkFind(b *testing.B) {
	for name, text := range map[string]string{
		"spring":   `2026-11-22T10:00:00.123Z  WARN 1 --- [main] c.e.App : x is slow`,
		"zap":      "2026-11-22T10:00:00.123Z\tinfo\tsetup\tstarting manager",
		"envoy":    `[2026-11-22 10:00:00.123][1][info][main] [source/server/server.cc:404] initializing epoch 0`,
		"nginx":    `2026/11/22 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused)`,
		"python":   `WARNING:root:x is slow`,
		"postgres": `2026-11-22 10:00:00.123 UTC [73] ERROR:  relation "x" does not exist at character 15`,
		"klogless": `2026-11-22 10:00:00 the order is placed`,
		"bracket":  `[worker-7] finished job 12 in 3 ms`,
	} {
		b.Run(name, func(b *testing.B) {
			line := []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				Find(line)
			}
		})
	}
}
