package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// Row 9: a sidecar streams the application's file to its own stdout, with the
// command of deploy/streaming-sidecar.yaml. What the container runtime makes of
// that is a container's log like any other, and the container is the sidecar. When
// it is asked to end, it does.
func TestStreamingSidecar(t *testing.T) {
	const lines, rotated = 200, 100
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		app := filepath.Join(dir, "app/access.log")
		write(t, app, "")
		command := streamingCommand(t, app)
		sidecar := exec.Command(command[0], command[1:]...)
		sidecar.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		stdout, err := sidecar.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := sidecar.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = syscall.Kill(-sidecar.Process.Pid, syscall.SIGKILL)
			_ = sidecar.Wait()
		})
		pod := "log/pods/shop_web-1_3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44"
		link := filepath.Join(dir, "log/containers/web-1_shop_access-log-"+id64+".log")
		write(t, filepath.Join(dir, pod, "access-log/0.log"), "")
		write(t, filepath.Join(dir, pod, "web/0.log"), "2026-11-22T10:00:00Z stdout F the application's own stdout\n")
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		for target, link := range map[string]string{"access-log": link, "web": strings.Replace(link, "access-log", "web", 1)} {
			if err := os.Symlink(filepath.Join("..", strings.TrimPrefix(pod, "log/"), target, "0.log"), link); err != nil {
				t.Fatal(err)
			}
		}
		go containerRuntime(stdout, filepath.Join(dir, pod, "access-log/0.log"))

		path := filepath.Join(dir, "records")
		conf := containerConf(filepath.Join(dir, "log/containers"), "    workers 2\n    backend file\n    path_key path\n    file_path "+path+"\n")
		s := run(t, a, strings.Replace(conf, "kube.*", "all\n    path_key path", 1))
		want := map[string]string{"the application's own stdout": sidecarRecord("web", 0, `,"docker_id":"`+id64+`"`)}
		for i := range lines {
			if i == rotated {
				s.eventually("the lines before the rotation", func() bool { return countLines(path) == i+1 })
				if err := os.Rename(app, app+".1"); err != nil {
					t.Fatal(err)
				}
			}
			text := fmt.Sprintf("GET /items/%d 200", i)
			appendText(t, app, text+"\n")
			want[text] = sidecarRecord("access-log", i, `,"docker_id":"`+id64+`"`)
		}
		s.eventually("the lines after the rotation", func() bool { return countLines(path) == len(want) })
		if err := sidecar.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if state, err := sidecar.Process.Wait(); err != nil || !state.Success() {
			t.Errorf("the sidecar ended: %v, %v", state, err)
		}
		s.stoppedWith(path, len(want))
		wantRecords(t, path, time.Now(), want)
	})
}

// streamingCommand is the command of deploy/streaming-sidecar.yaml for a file.
func streamingCommand(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy/streaming-sidecar.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const its = "/var/log/app/access.log"
	_, command, _ := strings.Cut(string(text), "command: [sh, -c, '")
	command, _, _ = strings.Cut(command, "']\n")
	if !strings.Contains(command, its) {
		t.Fatalf("the command is %q", command)
	}
	return []string{"sh", "-c", strings.ReplaceAll(command, its, file)}
}

func sidecarRecord(container string, i int, more string) string {
	return fmt.Sprintf(`{"time":"2026-11-22T10:00:00.%09dZ","stream":"stdout","kubernetes":{"namespace_name":"shop","pod_name":"web-1",`+
		`"container_name":%q,"pod_id":"3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44","restart_count":0%s}}`, i, container, more)
}

// containerRuntime writes what a container says to its log, as CRI does.
func containerRuntime(stdout io.Reader, log string) {
	file, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer file.Close()
	said := bufio.NewScanner(stdout)
	for i := 0; said.Scan(); i++ {
		fmt.Fprintf(file, "2026-11-22T10:00:00.%09dZ stdout F %s\n", i, said.Text())
	}
}

func appendText(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// Row 10: the agent inside the pod, with the shipped configuration. It is asked
// to end as soon as it has read the application's last line, and every line
// arrives, as the pod's. What is not read by then Fluent Bit leaves: in
// deploy/sidecar.yaml a second sidecar gives it the time.
func TestSidecarAgent(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, format := range formats(a, "sidecar") {
			t.Run(format, func(t *testing.T) { sidecarAgent(t, a, format) })
		}
	})
}

func sidecarAgent(t *testing.T, a agent.Agent, format string) {
	dir, began := t.TempDir(), time.Now()
	if err := os.MkdirAll(filepath.Join(dir, "node/var/lib/k8slog"), 0o755); err != nil {
		t.Fatal(err)
	}
	// Names that are a component's and another pod's, and texts that look like
	// a container runtime's: all is this pod's, and as it was written.
	app := filepath.Join(dir, "var/log")
	stranger := filepath.Join(dir, "containers/evil_kube-system_x-"+id64+".log")
	trace := "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    f()\nValueError: no"
	record := func(file, more string) string {
		return fmt.Sprintf(`{"path":%q,"node":"node-1","cluster":"test","kubernetes":{"namespace_name":"shop","pod_name":"web-1","container_name":"web","pod_id":"3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44"}%s}`, file, more)
	}
	want := map[string]string{}
	put := func(file, text, more string) {
		appendText(t, file, text+"\n")
		want[text] = record(file, more)
	}
	for _, folder := range []string{app, filepath.Dir(stranger)} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	put(app+"/kubelet.log", "I1122 10:00:00.000000       1 main.go:1] begins", `,"severity":"info","severity_number":9`)
	put(stranger, "a stranger's name", "")
	path := filepath.Join(dir, "records")
	s := runShipped(t, a, dir, format, "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path, "K8SLOG_FILES="+app+"/*.log,"+filepath.Dir(stranger)+"/*.log",
		"POD_NAMESPACE=shop", "POD_NAME=web-1", "POD_UID=3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44", "CONTAINER_NAME=web")
	s.eventually("the first lines", func() bool { return countLines(path) == 2 })

	put(app+"/kubelet.log", trace, "")
	put(app+"/kubelet.log", `{"level":"warn","msg":"slow","kubernetes":{"pod_name":"evil"}}`, `,"severity":"warn","severity_number":13`)
	put(stranger, `{"log":"inner\n","stream":"stdout","time":"2018-08-11T03:42:05Z"}`, "")
	put(stranger, "2018-08-11T03:42:05Z stderr P as CRI writes", "")
	for i := range 300 {
		put(app+"/kubelet.log", fmt.Sprintf("line %d", i), "")
	}
	s.eventually("everything is read", func() bool {
		if !a.Real { // reads without moving the file's position
			return countLines(path) == len(want)
		}
		return isRead(app+"/kubelet.log") && isRead(stranger)
	})
	s.stop()
	wantRecords(t, path, began, want)
	if !strings.Contains(s.log.String(), " + dropped 0 + pending 0") {
		t.Error("no balance in the log")
	}
}

// isRead says whether some process that has a file open has read it to its end.
func isRead(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	open, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range open {
		if target, _ := os.Readlink(fd); target != path {
			continue
		}
		state, _ := os.ReadFile(strings.Replace(fd, "/fd/", "/fdinfo/", 1))
		var at int64
		if _, err := fmt.Sscanf(string(state), "pos: %d", &at); err == nil && at == info.Size() {
			return true
		}
	}
	return false
}

// A sidecar that was not told whose it is does not start.
func TestSidecarAgentWithoutPod(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		s := runShipped(t, a, dir, "sidecar.conf", "K8SLOG_BACKEND=stdout", "K8SLOG_FILES="+dir+"/*.log",
			"POD_NAMESPACE=", "POD_NAME=", "POD_UID=", "CONTAINER_NAME=")
		if s.ended() == nil {
			t.Error("the agent ended well")
		}
		if !strings.Contains(s.log.String(), `option pod: "///" does not name a pod`) {
			t.Error("no line about pod")
		}
	})
}
