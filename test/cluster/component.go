package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// component is a program of the cluster that runs.
type component struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// launch starts a program. Its output is in a file in dir.
func launch(dir, path string, args ...string) (*component, error) {
	c := &component{name: filepath.Base(path), done: make(chan struct{})}
	c.log = filepath.Join(dir, c.name+".log")
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.cmd = exec.Command(path, args...)
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", c.name, err)
	}
	go func() { _ = c.cmd.Wait(); close(c.done) }()
	return c, nil
}

// until waits for a condition as long as the program runs.
func (c *component) until(limit time.Duration, ready func() error) (err error) {
	for end := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		if err = ready(); err == nil {
			return nil
		}
		select {
		case <-c.done:
			return fmt.Errorf("%s has ended: %s", c.name, c.tail())
		default:
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s is not ready: %w: %s", c.name, err, c.tail())
		}
	}
}

// tail returns the end of the program's log.
func (c *component) tail() string {
	text, _ := os.ReadFile(c.log)
	return string(text[max(len(text)-3000, 0):])
}

// stop ends the program.
func (c *component) stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
		return nil
	case <-time.After(20 * time.Second):
		c.kill()
		return fmt.Errorf("%s had to be killed", c.name)
	}
}

// kill ends the program as a crash would.
func (c *component) kill() {
	_ = c.cmd.Process.Kill()
	<-c.done
}
