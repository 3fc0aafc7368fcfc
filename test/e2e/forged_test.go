package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// A real journal, a file of the host's syslog and a container, whose writers call
// themselves the kubelet in every way that there is: no record becomes that of the
// kubelet, and none has its tenant. Nor has a namespace called kubelet.
func TestForgers(t *testing.T) {
	t.Parallel()
	a, err := agent.FluentBit()
	if err != nil {
		t.Skip("needs a Fluent Bit: ", err)
	}
	const (
		id      = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"
		podName = "k8s_web_web-1_shop_3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44_0"
	)
	own := func(unit string, more ...string) []string {
		fields := []string{"_PID=4711", "_UID=0", "_TRANSPORT=journal", "_COMM=kubelet", "_EXE=/tmp/kubelet", "SYSLOG_IDENTIFIER=kubelet"}
		if unit != "" {
			fields = append(fields, "_SYSTEMD_UNIT="+unit)
		}
		return append(fields, more...)
	}
	// who is tenant, component, namespace, container id and program.
	entries := []struct {
		fields []string
		who    string
	}{
		{own("kubelet.service"), "component_kubelet kubelet   kubelet"},
		{own("session-3.scope"), "no_name    kubelet"},
		{own("user@1000.service", "_SYSTEMD_USER_UNIT=kubelet.service"), "no_name    kubelet"},
		{own("", "SYSTEMD_UNIT=kubelet.service", "TRANSPORT=kernel", "PID=1"), "no_name    kubelet"},
		{own("session-3.scope", "UNIT=kubelet.service", "OBJECT_SYSTEMD_UNIT=kubelet.service"), "no_name    kubelet"},
		{own("evil.service", "CONTAINER_NAME="+podName, "CONTAINER_ID_FULL="+id), "component_evil evil   kubelet"},
		{own("crio-conmon-"+id+".scope", "CONTAINER_NAME="+podName, "CONTAINER_ID_FULL="+id), "no_name    kubelet"},
		{own("cri-containerd-"+id+".scope", "CONTAINER_NAME="+podName), "no_name   " + id + " kubelet"},
		{own("session-3.scope", "PROGRAM=x", "COMPONENT=kubelet", "KUBERNETES={}"), "no_name    kubelet"},
		{[]string{"_TRANSPORT=audit", "_PID=4711", "_COMM=kubelet", "SYSLOG_IDENTIFIER=audit"}, "component_audit audit   audit"},
		{[]string{"_TRANSPORT=kernel", "SYSLOG_FACILITY=3", "SYSLOG_IDENTIFIER=kubelet"}, "no_name    kubelet"},
		{[]string{"_TRANSPORT=kernel", "SYSLOG_FACILITY=0", "SYSLOG_IDENTIFIER=kernel"}, "component_kernel kernel   kernel"},
		{[]string{"_TRANSPORT=journal", "_SYSTEMD_UNIT=init.scope", "_PID=1", "_UID=0", "SYSLOG_IDENTIFIER=systemd", "UNIT=kubelet.service"}, "component_systemd systemd   systemd"},
		{own("docker.service", "CONTAINER_NAME="+podName, "CONTAINER_ID_FULL="+id), "shop  shop " + id + " "},
	}
	var fields [][]string
	want := map[string]string{} // by text
	for i, e := range entries {
		text := fmt.Sprint("entry ", i)
		fields = append(fields, append(e.fields, "MESSAGE="+text))
		want[text] = e.who
	}
	const syslog = "Aug 11 03:42:06 node-1 kubelet[99]: a line of syslog"
	want[syslog] = "component_syslog syslog   kubelet"
	want["in a namespace called kubelet"] = "kubelet  kubelet " + id + " "

	for _, stripped := range []bool{false, true} {
		t.Run(fmt.Sprint("stripped ", stripped), func(t *testing.T) {
			dir := t.TempDir()
			makeJournal(t, filepath.Join(dir, "journal"), fields)
			write(t, filepath.Join(dir, "log/syslog"), syslog+"\n")
			write(t, filepath.Join(dir, "containers/web-1_kubelet_web-"+id+".log"), "2026-11-22T10:00:00Z stdout F in a namespace called kubelet\n")
			var mu sync.Mutex
			got := map[string]string{}
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				defer mu.Unlock()
				for line := range strings.Lines(string(body)) {
					var record struct {
						Log, Component, Program string
						Kubernetes              struct {
							Namespace string `json:"namespace_name"`
							ID        string `json:"docker_id"`
						}
					}
					if err := json.Unmarshal([]byte(line), &record); err != nil {
						t.Errorf("%s: %v", line, err)
					}
					got[record.Log] = fmt.Sprint(r.Header.Get("X-Scope-OrgID"), " ", record.Component, " ", record.Kubernetes.Namespace, " ", record.Kubernetes.ID, " ", record.Program)
				}
			}))
			defer server.Close()
			conf := fmt.Sprintf(`[SERVICE]
    flush 0.2
[INPUT]
    name              systemd
    tag               journald
    path              %[1]s/journal
    strip_underscores %[2]t
[INPUT]
    name              tail
    tag               node
    path              %[1]s/log/syslog,%[1]s/containers/*.log
    path_key          path
    offset_key        offset
    read_from_head    on
[OUTPUT]
    name              k8slog
    match             *
    workers           2
    retry_limit       no_limits
    backend           http
    endpoint          %[3]s
    tenant            {namespace|component|no_name}
    path_key          path
    offset_key        offset
    dead_letter_path  %[1]s/dead
`, dir, stripped, server.URL)
			s := run(t, a, conf)
			s.eventually("all records", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(got) >= len(want)
			})
			s.stop()
			for text, who := range want {
				if stripped && strings.HasPrefix(text, "entry ") {
					words := strings.Split(who, " ") // nothing of the journal is believed
					who = "no_name    " + words[len(words)-1]
					if words[2] != "" {
						who = "no_name    kubelet"
					}
				}
				if got[text] != who {
					t.Errorf("%s: %q, want %q", text, got[text], who)
				}
			}
		})
	}
}
