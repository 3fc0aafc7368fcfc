package image

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/agent/session"
)

var folder = flag.String("docker", "", "the folder where a Docker of the tests keeps its data; without it, the tests that build the image are skipped")

var build = flag.Bool("build", true, "build the image anew; off, for the image of the last run")

// The names of the images.
const (
	built   = "k8slog:test"
	busybox = "busybox:1.37"
)

// docker is a Docker of the tests' own, with the image and its stand-ins.
type docker struct {
	t    *testing.T
	host string
}

var daemon *docker // of all tests; it ends with the process

// needsDocker returns the Docker, which it starts, and builds the image the first
// time.
func needsDocker(t *testing.T) *docker {
	t.Helper()
	if *folder == "" {
		t.Skip("the test needs Docker; run make test-image")
	}
	if daemon == nil {
		daemon = startDocker(t)
	}
	return &docker{t: t, host: daemon.host}
}

// startDocker starts dockerd, imports the stand-ins and builds the image.
func startDocker(t *testing.T) *docker {
	t.Helper()
	for _, program := range []string{"dockerd", "docker", "mmdebstrap", "busybox"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatal(err, "; the test needs docker.io, mmdebstrap and busybox-static")
		}
	}
	a, err := agent.FluentBit()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(*folder)
	if err != nil {
		t.Fatal(err)
	}
	standins := exec.Command("./standins.sh", dir, a.Path)
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	standins.Env = append(os.Environ(), "GOROOT="+strings.TrimSpace(string(goroot)))
	if out, err := standins.CombinedOutput(); err != nil {
		t.Fatalf("cannot make the stand-ins: %v\n%s", err, out)
	}
	run, err := os.MkdirTemp("", "k8slog-docker-") // a short path, for the socket
	if err != nil {
		t.Fatal(err)
	}
	d := &docker{t: t, host: "unix://" + run + "/docker.sock"}
	log, err := os.Create(filepath.Join(dir, "dockerd.log"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("dockerd", "--data-root", filepath.Join(dir, "data"), "--exec-root", run+"/exec", "-H", d.host,
		"--iptables=false", "--bridge=none", "--pidfile", run+"/pid")
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		_ = syscall.Unmount(run+"/exec/netns/default", syscall.MNT_DETACH) // which dockerd leaves
		_ = os.RemoveAll(run)
	}
	for end := time.Now().Add(session.Patience); d.try("version") != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("dockerd does not answer; see %s", log.Name())
		}
	}
	d.standIn("golang:standin", dir+"/go.tar", "ENV PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin GOTOOLCHAIN=local")
	d.standIn("fluent-bit:standin", dir+"/fluent-bit.tar", "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	d.standIn(busybox, dir+"/busybox.tar", "ENV PATH=/bin")
	if *build {
		d.build("", "test")
	}
	return d
}

// standIn imports an image, once: what is built on an image that is imported again is
// built again.
func (d *docker) standIn(name, file, change string) {
	d.t.Helper()
	if d.try("image", "inspect", name) != nil {
		d.run("import", "--change", change, file, name)
	}
}

// build builds an image as a user does, but for the images that it is built on.
func (d *docker) build(flags, tag string) {
	d.t.Helper()
	command := exec.Command("make", "image", "IMAGE=k8slog", "TAG="+tag, "VERSION=0.0.1-test",
		"IMAGE_FLAGS=--network host --build-arg BUILD_IMAGE=golang:standin --build-arg FLUENT_BIT_IMAGE=fluent-bit:standin "+flags)
	command.Dir = session.Root
	// The stand-ins are in this Docker, and BuildKit asks the registry for them.
	command.Env = append(os.Environ(), "DOCKER_HOST="+d.host, "DOCKER_BUILDKIT=0")
	if out, err := command.CombinedOutput(); err != nil {
		d.t.Fatalf("make image: %v\n%s", err, out[max(0, len(out)-5000):])
	}
}

// stop ends dockerd.
var stop = func() {}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	stop()
	os.Exit(code)
}

func (d *docker) command(args ...string) *exec.Cmd {
	command := exec.Command("docker", args...)
	command.Env = append(os.Environ(), "DOCKER_HOST="+d.host)
	return command
}

// try runs a command of Docker.
func (d *docker) try(args ...string) error { return d.command(args...).Run() }

// run runs a command of Docker, and returns what it prints. An error fails the test.
func (d *docker) run(args ...string) string {
	d.t.Helper()
	var out, errs bytes.Buffer
	command := d.command(args...)
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		d.t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(out.String())
}

// start starts a container, which ends with the test, and returns its id.
func (d *docker) start(args ...string) string {
	d.t.Helper()
	id := d.run(append([]string{"run", "--detach", "--network", "host"}, args...)...)
	d.t.Cleanup(func() {
		if d.t.Failed() {
			d.t.Logf("the log of %v:\n%s", args, d.logs(id))
		}
		_ = d.try("rm", "--force", "--volumes", id)
	})
	return id
}

// logs returns the log of a container.
func (d *docker) logs(id string) string {
	out, _ := d.command("logs", id).CombinedOutput()
	return string(out)
}

// eventually waits for a condition while a container runs.
func (d *docker) eventually(id, what string, condition func() bool) {
	d.t.Helper()
	for end := time.Now().Add(session.Patience); !condition(); time.Sleep(100 * time.Millisecond) {
		if d.run("inspect", "--format", "{{.State.Running}}", id) != "true" {
			d.t.Fatalf("the container has ended before %s", what)
		}
		if time.Now().After(end) {
			d.t.Fatalf("no %s within %v", what, session.Patience)
		}
	}
}

// stopped stops a container as the kubelet does, and returns its exit code: 137 when it
// had to be killed.
func (d *docker) stopped(id string) string {
	d.t.Helper()
	d.run("stop", "--time", "30", id)
	return fmt.Sprint(d.run("inspect", "--format", "{{.State.ExitCode}}", id))
}
