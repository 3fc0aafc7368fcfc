package node

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Daemon is a container runtime that runs.
type Daemon struct {
	dir  string
	args []string
	cmd  *exec.Cmd
	done chan struct{}
}

// Missing returns which of the programs that the runtimes need are not installed.
func Missing(programs ...string) (missing []string) {
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	return missing
}

// start starts the daemon, and waits until it answers.
func (d *Daemon) start(ready func() error) error {
	log, err := os.OpenFile(filepath.Join(d.dir, d.args[0]+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = exec.Command(d.args[0], d.args[1:]...)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	// The daemon ends with the test.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := d.cmd.Start(); err != nil {
		return err
	}
	d.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) { _ = cmd.Wait(); close(done) }(d.cmd, d.done)
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if err = ready(); err == nil {
			return nil
		}
		select {
		case <-d.done:
			return fmt.Errorf("%s has ended: %s", d.args[0], d.log())
		default:
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s does not answer: %w: %s", d.args[0], err, d.log())
		}
	}
}

// log returns the end of the daemon's log.
func (d *Daemon) log() string {
	text, _ := os.ReadFile(filepath.Join(d.dir, d.args[0]+".log"))
	return string(text[max(len(text)-3000, 0):])
}

// Kill ends the daemon as a crash would. The containers go on.
func (d *Daemon) Kill() {
	_ = d.cmd.Process.Kill()
	<-d.done
}

// Stop ends the daemon, and removes the mounts that are left of it.
func (d *Daemon) Stop() error {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.done:
	case <-time.After(20 * time.Second):
		d.Kill()
	}
	return unmount(d.dir)
}

// unmount removes the mounts of a folder and below it, the last one first.
func unmount(dir string) (err error) {
	mounts, _ := os.ReadFile("/proc/self/mounts")
	var below []string
	for line := range strings.Lines(string(mounts)) {
		if words := strings.Fields(line); len(words) > 1 && (words[1] == dir || strings.HasPrefix(words[1], dir+"/")) {
			below = append(below, words[1])
		}
	}
	for i := len(below) - 1; i >= 0; i-- {
		if e := syscall.Unmount(below[i], syscall.MNT_DETACH); e != nil {
			err = errors.Join(err, fmt.Errorf("cannot unmount %s: %w", below[i], e))
		}
	}
	return err
}

// Container is a container of a runtime, whose writer has the name of its pod.
type Container struct {
	Identity
	Log   string // the file that the runtime writes
	Link  string // in /var/log/containers
	Lines int    // that the writer writes
}

// link makes the links of the kubelet for a container: the name in /var/log/containers leads
// to the name in /var/log/pods, and that one, with Docker, to the file of the runtime.
func (c *Container) link(root string) error {
	pod := filepath.Join(root, "var/log/pods", fmt.Sprintf("%s_%s_%s", c.Namespace, c.Pod, c.UID), c.Container, "0.log")
	if c.Log != pod {
		if err := errors.Join(os.MkdirAll(filepath.Dir(pod), 0o755), os.Symlink(c.Log, pod)); err != nil {
			return err
		}
	}
	c.Link = filepath.Join(root, "var/log/containers", fmt.Sprintf("%s_%s_%s-%s.log", c.Pod, c.Namespace, c.Container, c.ID))
	return os.Symlink(pod, c.Link)
}
