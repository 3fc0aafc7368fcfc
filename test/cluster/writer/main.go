// Command writer is the program of all workloads: it writes numbered lines, or, without
// arguments, waits for its end, as the container of a pod's sandbox does.
//
//	writer LINES RATE END
//
// RATE is in lines a second, 0 for as fast as possible. END is what comes after the last
// line: "stay", or the exit code. A signal to end stops it between two lines.
//
// How many lines it wrote is in the folder /counts: a file with the name of this writer,
// which no other run of any container has.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/k8slog/k8slog/test/node/numbered"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	if len(os.Args) < 4 {
		<-end
		return
	}
	lines, _ := strconv.Atoi(os.Args[1])
	rate, _ := strconv.Atoi(os.Args[2])
	name := fmt.Sprintf("%s.%s.%x", os.Getenv("POD"), os.Getenv("CONTAINER"), time.Now().UnixNano())
	if n := write(name, lines, rate, end); n < lines {
		return
	}
	if code, err := strconv.Atoi(os.Args[3]); err == nil {
		os.Exit(code)
	}
	<-end
}

// write writes lines until there are enough or a signal comes, and returns how many.
func write(name string, lines, rate int, end <-chan os.Signal) (n int) {
	out := bufio.NewWriterSize(os.Stdout, 128<<10)
	start := time.Now()
	defer func() {
		if err := out.Flush(); err != nil {
			panic(err)
		}
		if err := os.WriteFile(filepath.Join("/counts", name), []byte(strconv.Itoa(n)), 0o644); err != nil {
			panic(err)
		}
	}()
	for n < lines {
		n++
		if _, err := out.WriteString(numbered.Line(name, n) + "\n"); err != nil {
			panic(err)
		}
		if n%10 > 0 {
			continue
		}
		if err := out.Flush(); err != nil {
			panic(err)
		}
		wait := time.Duration(0)
		if rate > 0 {
			wait = time.Until(start.Add(time.Duration(n) * time.Second / time.Duration(rate)))
		}
		select {
		case <-end:
			return n
		case <-time.After(wait):
		}
	}
	return n
}
