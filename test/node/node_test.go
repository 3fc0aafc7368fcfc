package node

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// quick catches up soon.
var quick = map[string]string{"catch_up_after": "3s", "catch_up_bytes": "64M"}

// machine is what a node of a runtime needs: the runtime is skipped where it is not installed.
func machine(t *testing.T, programs ...string) (r *rig, dir, image string) {
	t.Helper()
	if missing := Missing(programs...); len(missing) > 0 {
		t.Skipf("not installed: %s (apt-get install docker.io containerd runc)", strings.Join(missing, ", "))
	}
	if os.Getuid() != 0 {
		t.Skip("container runtimes need root")
	}
	if out, err := exec.Command("unshare", "--mount", "true").CombinedOutput(); err != nil {
		t.Skipf("container runtimes need to mount, and this machine does not let them: %v: %s", err, out)
	}
	t.Parallel()
	r = newRig(t, quick)
	r.edit("conf/fluent-bit.conf", "rotate_wait       30", "rotate_wait       2")
	// A short path: the names of sockets are at most 108 bytes.
	dir, err := os.MkdirTemp("", "node")
	r.must(err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	image, err = BuildImage(dir)
	r.must(err)
	return r, dir, image
}

func container(pod string, lines int) *Container {
	return &Container{Lines: lines, Identity: Identity{
		Namespace: "shop", Pod: pod, Container: "app", UID: fmt.Sprintf("%08x-1111-4222-8333-444444444444", len(pod)+lines),
	}}
}

// disturb kills the agent, stops it, and starts it, each after a while, until the time ends.
func (r *rig) disturb(d time.Duration) {
	r.t.Helper()
	for i, end := 0, time.Now().Add(d); time.Now().Before(end); i++ {
		time.Sleep(6 * time.Second)
		if i%2 == 0 {
			r.kill()
		} else {
			r.stop()
		}
		time.Sleep(1500 * time.Millisecond)
		r.start()
	}
}

// compare compares what has arrived with what the containers have written, or, with files, with
// what of it came into a file: a runtime that is killed loses the lines that it has read from a
// container, and not written yet.
func (r *rig) compare(files [][]string, containers ...*Container) {
	r.t.Helper()
	reached := map[string]map[int]bool{}
	for _, one := range files {
		whole, err := Read(one...)
		r.must(err)
		maps.Copy(reached, whole.Lines)
	}
	r.sink.mu.Lock()
	defer r.sink.mu.Unlock()
	lines, twice, torn, unwritten := 0, 0, 0, 0
	for _, c := range containers {
		got, lost := r.sink.lines[c.Pod], 0
		for n := 1; n <= c.Lines; n++ {
			switch got[n] {
			case 0:
				if r.sink.torn[c.Pod][n] > 0 {
					torn++ // its pieces came apart: the agent was killed between them
				} else if files != nil && !reached[c.Pod][n] {
					unwritten++
				} else {
					lost++
				}
			default:
				twice += got[n] - 1
			}
		}
		lines += c.Lines
		if lost > 0 {
			r.t.Errorf("%s: %d of %d lines are lost", c.Pod, lost, c.Lines)
		}
		if owner := r.sink.owners[c.Pod]; owner != c.Identity {
			r.t.Errorf("%s: the identity is %+v, want %+v", c.Pod, owner, c.Identity)
		}
	}
	if r.sink.wrong > 0 {
		r.t.Errorf("%d records have another identity", r.sink.wrong)
	}
	r.t.Logf("%d agents, %d lines, %d in no file, %d torn, %d repeats, %d pieces; %s", len(r.logs), lines, unwritten, torn, twice, len(r.sink.others), figures(r.logs[len(r.logs)-1].String()))
}

// arrive waits until all lines of containers have arrived.
func (r *rig) arrive(containers ...*Container) {
	r.t.Helper()
	r.eventually("all lines", r.sink.Total, func() bool {
		return !slices.ContainsFunc(containers, func(c *Container) bool { return r.sink.Count(c.Pod) < c.Lines })
	})
}

// TestDocker: Docker rotates and compresses the files itself, while the agent is killed,
// stopped and started, and dockerd is killed.
func TestDocker(t *testing.T) {
	r, dir, image := machine(t, "dockerd", "containerd", "runc")
	d, err := StartDocker(dir, r.root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	r.must(d.Load(image))
	r.start()
	compressed, plain, short, hasty := container("compressed", 45_000), container("plain", 45_000), container("short", 500), container("hasty", 30_000)
	// What is kept of the first two is more than an agent misses that stops in 15 s and starts.
	r.must(d.Run(compressed, 1500, map[string]string{"max-size": "4m", "max-file": "9", "compress": "true"}))
	r.must(d.Run(plain, 1500, map[string]string{"max-size": "4m", "max-file": "9"}))
	// Docker removes files of this one before an agent is there again.
	r.must(d.Run(hasty, 1000, map[string]string{"max-size": "2m", "max-file": "3"}))
	r.must(d.Run(short, 250, map[string]string{"labels": "none"}))
	keepers := []*Keeper{Keep(compressed.Log), Keep(plain.Log), Keep(hasty.Log), Keep(short.Log)}
	r.arrive(short)
	r.must(d.Remove(short))
	r.disturb(10 * time.Second)
	d.Kill()
	time.Sleep(time.Second)
	r.must(d.Start())
	r.disturb(10 * time.Second)
	r.ended(d.Running, compressed, plain, hasty)
	if rotated, _ := filepath.Glob(compressed.Log + ".*.gz"); len(rotated) == 0 {
		t.Error("Docker has compressed no file")
	}
	var files [][]string
	for _, k := range keepers {
		names, err := k.End(r.dir)
		r.must(err)
		files = append(files, names)
		defer k.Close()
	}
	r.account(files...)
	r.compare(files, compressed, plain, short)
}

// ended waits until containers have ended.
func (r *rig) ended(running func(*Container) (bool, error), containers ...*Container) {
	r.t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		left := 0
		for _, c := range containers {
			is, err := running(c)
			r.must(err)
			if is {
				left++
			}
		}
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			r.t.Fatal("the containers do not end")
		}
	}
}

// TestContainerd: the files of containerd are rotated as the kubelet does it, while the agent
// is killed, stopped and started, and containerd is started anew.
func TestContainerd(t *testing.T) {
	r, dir, image := machine(t, "containerd", "containerd-shim-runc-v2", "runc", "ctr")
	c, err := StartContainerd(dir, r.root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	r.must(c.Load(image))
	r.start()
	containers := []*Container{container("web", 45_000), container("worker", 44_000), container("job", 500)}
	stop := make(chan struct{})
	rotated := make(chan int)
	for i, k := range containers {
		r.must(c.Run(k, []int{1500, 1500, 250}[i]))
		go func() { rotated <- r.rotate(c, k, stop) }()
	}
	r.arrive(containers[2])
	r.disturb(10 * time.Second)
	r.disturb(10 * time.Second)
	r.ended(c.Running, containers...)
	close(stop)
	rotations := 0
	for range containers {
		rotations += <-rotated
	}
	if rotations < 4 {
		t.Errorf("only %d rotations", rotations)
	}
	var files [][]string
	for _, k := range containers {
		all, err := r.rotator(c, k).Files()
		r.must(err)
		files = append(files, all)
	}
	r.account(files...)
	r.compare(nil, containers...)
}

func (r *rig) rotator(c *Containerd, k *Container) *Rotator {
	return &Rotator{Log: k.Log, MaxFiles: 5, Archive: filepath.Join(r.dir, "archive", k.Pod), Reopen: func() error { return c.Reopen(k) }}
}

// rotate rotates the log of a container when it is large, as the kubelet does, but sooner.
func (r *rig) rotate(c *Containerd, k *Container, stop chan struct{}) (rotations int) {
	rotator := r.rotator(c, k)
	for {
		select {
		case <-stop:
			return rotations
		case <-time.After(200 * time.Millisecond):
		}
		if info, err := os.Stat(k.Log); err != nil || info.Size() < 3<<20 {
			continue
		}
		// A container that has ended cannot open its log anew.
		if running, err := c.Running(k); err != nil || !running {
			continue
		}
		if err := rotator.Rotate(); err == nil {
			rotations++
		}
	}
}
