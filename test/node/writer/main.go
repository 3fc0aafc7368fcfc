// Command writer is the only program of the containers: it writes numbered lines, or, as
// "pause", waits for its end.
package main

import (
	"bufio"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/test/node/numbered"
)

// The arguments are the writer's name, the number of lines, and lines per second; 0 for as
// fast as possible.
func main() {
	if len(os.Args) < 4 {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
		<-stop
		return
	}
	lines, _ := strconv.Atoi(os.Args[2])
	rate, _ := strconv.Atoi(os.Args[3])
	streams := []*bufio.Writer{bufio.NewWriterSize(os.Stdout, 128<<10), bufio.NewWriterSize(os.Stderr, 128<<10)}
	start := time.Now()
	for n := 1; n <= lines; n++ {
		out := streams[n/50%2]
		if _, err := out.WriteString(numbered.Line(os.Args[1], n) + "\n"); err != nil {
			os.Exit(1)
		}
		if n%50 == 49 || n == lines {
			if out.Flush() != nil {
				os.Exit(1)
			}
			if rate > 0 {
				time.Sleep(time.Until(start.Add(time.Duration(n) * time.Second / time.Duration(rate))))
			}
		}
	}
}
