// Package agent runs what loads the plugin: a real Fluent Bit where there is
// one, and test/host where there is none.
package agent

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Agent is a program that loads the plugin.
type Agent struct {
	Path string
	// Real is true for Fluent Bit, false for test/host.
	Real bool
}

// String says which one it is, for the first line of a test's output.
func (a Agent) String() string {
	if a.Real {
		return "Fluent Bit (" + a.Path + ")"
	}
	return "the test host (" + a.Path + "), not Fluent Bit"
}

// packaged is where Fluent Bit's own packages install it.
const packaged = "/opt/fluent-bit/bin/fluent-bit"

// FluentBit finds a real Fluent Bit: $FLUENT_BIT, then PATH, then where its
// packages put it. A $FLUENT_BIT that cannot be run is an error.
func FluentBit() (Agent, error) {
	if path := os.Getenv("FLUENT_BIT"); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return Agent{}, fmt.Errorf("cannot use FLUENT_BIT: %w", err)
		}
		return Agent{Path: found, Real: true}, nil
	}
	for _, path := range []string{"fluent-bit", packaged} {
		if found, err := exec.LookPath(path); err == nil {
			return Agent{Path: found, Real: true}, nil
		}
	}
	return Agent{}, fmt.Errorf("no Fluent Bit in $FLUENT_BIT, PATH or %s: %w", packaged, exec.ErrNotFound)
}

// TestHost is the stand-in, which make builds.
func TestHost(root string) Agent { return Agent{Path: filepath.Join(root, "build/test-host")} }

// Before reports whether the agent is a Fluent Bit that is older than a major version.
func (a Agent) Before(major int) (bool, error) {
	if !a.Real {
		return false, nil
	}
	out, err := exec.Command(a.Path, "--version").Output()
	if err != nil {
		return false, fmt.Errorf("cannot ask %s for its version: %w", a.Path, err)
	}
	var version int
	if _, err := fmt.Sscanf(string(out), "Fluent Bit v%d.", &version); err != nil {
		return false, fmt.Errorf("cannot read the version of %s in %q: %w", a.Path, out, err)
	}
	return version < major, nil
}

// Find returns Fluent Bit where there is one, and else the test host.
func Find(root string) (Agent, error) {
	a, err := FluentBit()
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("FLUENT_BIT") == "" {
		return TestHost(root), nil
	}
	return a, err
}

// Plugin is where make puts the plugin.
func Plugin(root string) string { return filepath.Join(root, "build/out_k8slog.so") }

// Root finds the top folder of the repository: the nearest with a go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("not inside the repository: no go.mod found")
		}
		dir = up
	}
}

// Process is a running agent, or another program.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start runs the agent with a configuration file. Its log goes to log. With an
// empty plugin the configuration names it, or needs none.
func (a Agent) Start(conf, plugin string, env []string, log io.Writer) (*Process, error) {
	args := []string{"-c", conf}
	if plugin != "" {
		args = append([]string{"-e", plugin}, args...)
	}
	return Start(a.Path, args, env, log)
}

// Start runs any program in the same way.
func Start(path string, args, env []string, log io.Writer) (*Process, error) {
	cmd := exec.Command(path, args...)
	// The shipped configuration has one port, and tests run beside each other.
	cmd.Env = append(append(os.Environ(), "K8SLOG_STATUS=off"), env...)
	cmd.Stdout, cmd.Stderr = log, log
	// It ends with whoever started it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", path, err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Done is closed when the agent has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err returns how the agent ended; call it after Done.
func (p *Process) Err() error { return p.err }

// Signal sends the agent a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// PID is the number of the agent's process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the agent as a crash would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop asks the agent to end and waits; after the time given it is killed,
// which is an error.
func (p *Process) Stop(within time.Duration) error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return p.err
	case <-time.After(within):
		p.Kill()
		return fmt.Errorf("the agent did not stop within %v", within)
	}
}

// Usage returns what the agent has cost; call it after Done.
func (p *Process) Usage() (user, system time.Duration, maxRSS int64) {
	state := p.cmd.ProcessState
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		maxRSS = usage.Maxrss << 10
	}
	return state.UserTime(), state.SystemTime(), maxRSS
}
