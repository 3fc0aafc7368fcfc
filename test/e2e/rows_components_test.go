package e2e

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
)

// line is a line of a component's file, and what becomes of it: its fields
// beside component, node and cluster, as JSON.
type line struct{ file, component, text, fields string }

// componentLines are lines as each program writes them, at a time of today: some
// formats name no year, some no zone.
func componentLines(at time.Time) []line {
	const micro = "2006-01-02T15:04:05.000000"
	stamp, klog := at.Format(time.Stamp), at.Format("0102 15:04:05.000000")
	second := `"time":"` + at.Format("2006-01-02T15:04:05") + `.000000000Z"`
	exact := `"time":"` + at.Format(micro) + `000Z"`
	const (
		info  = `,"severity":"info","severity_number":9`
		warn  = `,"severity":"warn","severity_number":13`
		bad   = `,"severity":"error","severity_number":17`
		fatal = `,"severity":"fatal","severity_number":21`
	)
	said := func(caller, thread, message string) string {
		return fmt.Sprintf(`,"caller":%q,"thread":%q,"message":%q`, caller, thread, message)
	}
	return []line{
		// Row 5: the files of the classic node agent.
		{"salt/minion", "salt", "2015-12-21 23:17:22,066 [salt.state       ][INFO    ] Completed state [net.ipv4.ip_forward] at time 23:17:22.066081",
			`"time":"2015-12-21T23:17:22.066000000Z"` + info + `,"caller":"salt.state","message":"Completed state [net.ipv4.ip_forward] at time 23:17:22.066081"`},
		{"startupscript.log", "startupscript", stamp + " gke-blog-pool-1-7t2r startupscript: Finished running startup script /var/run/google.startup.script",
			second + `,"program":"startupscript","message":"Finished running startup script /var/run/google.startup.script"`},
		{"docker.log", "docker", `time="2016-02-04T06:53:57.505612354Z" level=error msg="HTTP Error" err="No such image: -f" statusCode=404`,
			`"time":"2016-02-04T06:53:57.505612354Z"` + bad + `,"message":"HTTP Error","log_processed":{"err":"No such image: -f","statusCode":"404"}`},
		{"etcd.log", "etcd", "2016-02-04 06:52:38.178847 W | etcdserver: apply entries took too long",
			`"time":"2016-02-04T06:52:38.178847000Z"` + warn + `,"message":"etcdserver: apply entries took too long"`},
		{"kubelet.log", "kubelet", "E" + klog + `    4711 pod_workers.go:190] "Error syncing pod" err="back-off 5m0s" pod="default/a"`,
			exact + bad + said("pod_workers.go:190", "4711", "Error syncing pod") + `,"log_processed":{"err":"back-off 5m0s","pod":"default/a"}`},
		{"kube-proxy.log", "kube-proxy", "I" + klog + `       1 proxier.go:345] Removing service port "default/monitoring:prometheus"`,
			exact + info + said("proxier.go:345", "1", `Removing service port "default/monitoring:prometheus"`)},
		{"kube-apiserver.log", "kube-apiserver", "I" + klog + "       5 handlers.go:131] GET /api/v1/nodes: (1.624207ms) 200",
			exact + info + said("handlers.go:131", "5", "GET /api/v1/nodes: (1.624207ms) 200")},
		{"kube-controller-manager.log", "kube-controller-manager", "W" + klog + "       5 servicecontroller.go:277] Failed to delete the load balancer",
			exact + warn + said("servicecontroller.go:277", "5", "Failed to delete the load balancer")},
		{"kube-scheduler.log", "kube-scheduler", "W" + klog + "       7 reflector.go:245] factory.go:193: watch of *api.Service ended with: 401",
			exact + warn + said("reflector.go:245", "7", "factory.go:193: watch of *api.Service ended with: 401")},
		{"rescheduler.log", "rescheduler", "I" + klog + "       5 rescheduler.go:73] Running Rescheduler",
			exact + info + said("rescheduler.go:73", "5", "Running Rescheduler")},
		{"glbc.log", "glbc", "I" + klog + "       6 cluster_manager.go:278] Creating UrlMap k8s-um-default-echomap",
			exact + info + said("cluster_manager.go:278", "6", "Creating UrlMap k8s-um-default-echomap")},
		{"cluster-autoscaler.log", "cluster-autoscaler", "F" + klog + "       1 main.go:293] lost master",
			exact + fatal + said("main.go:293", "1", "lost master")},
		// What the same programs write now and then, or did in other versions.
		{"salt/minion", "salt", "2020-08-11 03:42:05,066 [salt.state       :320 ][PROFILE ][1234] Time (in seconds) to render: 0.05",
			`"time":"2020-08-11T03:42:05.066000000Z","severity":"debug","severity_number":5` + said("salt.state:320", "1234", "Time (in seconds) to render: 0.05")},
		{"docker.log", "docker", "ERRO[0012] Handler for GET /v1.18/containers/x/json returned error",
			`"severity":"error","severity_number":17,"message":"Handler for GET /v1.18/containers/x/json returned error"`},
		{"etcd.log", "etcd", "2018-08-11 03:42:05.658698 [pkg_logger.go:148] W | etcdserver: with --debug",
			`"time":"2018-08-11T03:42:05.658698000Z"` + warn + `,"caller":"pkg_logger.go:148","message":"etcdserver: with --debug"`},
		{"etcd.log", "etcd", "raft2020/04/07 06:52:38 INFO: 8e9e05c52164694d became leader at term 2",
			`"time":"2020-04-07T06:52:38.000000000Z"` + info + `,"message":"8e9e05c52164694d became leader at term 2"`},
		{"kubelet.log", "kubelet", `{"ts":1533958945658.25,"caller":"kubelet/kubelet.go:2000","msg":"Probe failed","pod":"a/b"}`,
			`"time":"2018-08-11T03:42:25.658250000Z"` + bad + `,"caller":"kubelet/kubelet.go:2000","message":"Probe failed","log_processed":{"pod":"a/b"}`},
		{"kube-scheduler.log", "kube-scheduler", "W" + klog + `       7 a.go:1] "default/x" not found in cache`,
			exact + warn + said("a.go:1", "7", `"default/x" not found in cache`)},
		// Row 6: the host's syslog. A line belongs to the file, whatever program it states:
		// any process can state any.
		{"syslog", "syslog", at.Format(micro) + "+00:00 node-1 cron[77]: (root) CMD (run-parts /etc/cron.hourly)",
			exact + `,"program":"cron","thread":"77","message":"(root) CMD (run-parts /etc/cron.hourly)"`},
		{"syslog", "syslog", stamp + " node-1 kubelet[812]: W" + klog + "     812 container.go:507] Failed to update stats",
			exact + warn + `,"program":"kubelet"` + said("container.go:507", "812", "Failed to update stats")},
		{"syslog", "syslog", stamp + ` node-1 cri-o[3]: time="` + at.Format("2006-01-02 15:04:05.000000") + `000Z" level=info msg="Ran pod sandbox"`,
			exact + info + `,"program":"cri-o","thread":"3","message":"Ran pod sandbox"`},
		{"syslog", "syslog", stamp + at.Format(".000000") + " node-1 rngd[5]: with a fraction",
			exact + `,"program":"rngd","thread":"5","message":"with a fraction"`},
		{"messages", "syslog", stamp + ` node-1 dockerd[9]: time="` + at.Format(micro) + `000Z" level=warning msg="no swap"`,
			exact + warn + `,"program":"dockerd","thread":"9","message":"no swap"`},
		{"messages", "syslog", stamp + " node-1 kernel: Out of memory: Killed process 4711 (java)",
			second + `,"program":"kernel","message":"Out of memory: Killed process 4711 (java)"`},
		{"auth.log", "auth", stamp + " node-1 sshd[12]: Accepted publickey for core",
			second + `,"program":"sshd","thread":"12","message":"Accepted publickey for core"`},
		{"secure", "auth", "<35>" + stamp + " node-1 sudo: pam_unix(sudo:auth): authentication failure",
			second + bad + `,"program":"sudo","message":"pam_unix(sudo:auth): authentication failure"`},
	}
}

// Rows 5 and 6: the files of the node's components and of its syslog, each with
// the shipped configuration.
func TestComponentFiles(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, format := range formats(a, "fluent-bit") {
			t.Run(format, func(t *testing.T) { componentFiles(t, a, format) })
		}
	})
}

// formats are the shipped configurations of one name that the agent can read.
func formats(a agent.Agent, name string) []string {
	if a.Real {
		return []string{name + ".conf", name + ".yaml"}
	}
	return []string{name + ".conf"}
}

func componentFiles(t *testing.T, a agent.Agent, format string) {
	began := time.Now()
	dir := t.TempDir()
	files, want := map[string]string{}, map[string]string{}
	for _, l := range componentLines(time.Now().UTC().Add(-time.Hour).Truncate(time.Microsecond)) {
		files[l.file] += l.text + "\n"
		want[l.text] = `{"component":` + strconv.Quote(l.component) + `,"node":"node-1","cluster":"test",` + l.fields + `}`
	}
	for name, text := range files {
		write(t, filepath.Join(dir, "node/var/log", name), text)
	}
	path := filepath.Join(dir, "records")
	s := runShipped(t, a, dir, format, "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path)
	s.stoppedWith(path, len(want))
	wantRecords(t, path, began, want)
	if !strings.Contains(s.log.String(), fmt.Sprintf("received %[1]d = delivered %[1]d", len(want))) {
		t.Error("no balance in the log")
	}
}
