package plugin

import (
	"fmt"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

// BenchmarkHeaders encodes a chunk of lines with the header of a logger, of a busy file and
// quiet ones, of which one has an exception.
func BenchmarkHeaders(b *testing.B) {
	busy := chunktest.File{Path: podPath, Offset: 1}
	var data []byte
	for n := range 1000 {
		if n%50 == 25 {
			quiet := chunktest.File{Path: fmt.Sprintf("/var/log/containers/quiet-%d_shop_web-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log", n), Offset: 1}
			data = quiet.Append(data, cri("out", "F", "2026-11-22 10:00:00.123 [main] INFO  com.example.Orders - tried again"))
			if n == 525 {
				data = busy.Append(data, cri("out", "F", "2026-11-22 10:00:00.123 [main] INFO  com.example.Orders - busy"))
				data = quiet.Append(data, cri("out", "F", "java.lang.IllegalStateException: boom"), cri("out", "F", "\tat com.example.Orders.place(Orders.java:17)"))
			}
		}
		data = busy.Append(data, cri("out", "F", fmt.Sprintf("2026-11-22 10:00:00.123 [main] INFO  com.example.service.OrderService - order %d was accepted", n)))
	}
	e := newEncodeOnly(b, map[string]string{"backend": "stdout", "path_key": "path", "offset_key": "offset", "multiline": "all"})
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		e.encode(b, "containers", data)
	}
}
