package e2e

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/test/agent"
	"github.com/k8slog/k8slog/test/sample"
)

// The shipped configuration, in both formats, on a sample node: every line
// arrives once, with the right container or component.
func TestSampleNode(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		formats := []string{"fluent-bit.conf"}
		if a.Real {
			formats = append(formats, "fluent-bit.yaml")
		}
		for _, format := range formats {
			t.Run(format, func(t *testing.T) { sampleNode(t, a, format) })
		}
	})
}

func sampleNode(t *testing.T, a agent.Agent, format string) {
	dir := t.TempDir()
	node, err := sample.Lay(filepath.Join(dir, "node"), 50)
	if err != nil {
		t.Fatal(err)
	}
	// Its own log must not feed itself.
	write(t, filepath.Join(node.Root, "var/log/containers/k8slog-x7k2p_logging_k8slog-"+strings.Repeat("a", 64)+".log"),
		`{"log":"own line\n","stream":"stdout","time":"2026-11-22T10:00:00Z"}`+"\n")
	path := filepath.Join(dir, "records")
	s := runShipped(t, a, dir, format, "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path,
		"POD_NAME=k8slog-x7k2p", "POD_NAMESPACE=logging")
	s.eventually("all lines", func() bool { return countLines(path) >= node.Total })
	s.stop()

	got := map[string][]string{}
	for _, r := range records(t, path) {
		if r.Node != "node-1" || r.Cluster != "test" || r.Undecoded || r.Log == nil {
			t.Fatalf("%+v", r)
		}
		who := r.Component
		at, err := time.Parse(time.RFC3339Nano, r.Time)
		if err != nil || at.Before(node.Begin.Truncate(time.Second)) || at.After(node.Begin.Add(time.Hour)) {
			t.Fatalf("%+v was written at another time: %v", r, err)
		}
		if r.Kubernetes != nil {
			who = fmt.Sprint(r.Kubernetes["namespace_name"], " ", r.Kubernetes["pod_name"], " ", r.Kubernetes["container_name"])
			if r.Stream == "" || r.Kubernetes["pod_id"] == nil || r.Kubernetes["restart_count"] == nil {
				t.Fatalf("%+v", r)
			}
		}
		got[who] = append(got[who], *r.Log)
	}
	sameTexts(t, got, node.Texts)
	if !strings.Contains(s.log.String(), fmt.Sprintf("received %[1]d = delivered %[1]d + dead-lettered 0", node.Total)) {
		t.Error("no balance in the log")
	}
}

// sameTexts compares the texts of each source, in any order: Fluent Bit keeps
// none between chunks.
func sameTexts(t *testing.T, got, want map[string][]string) {
	t.Helper()
	for _, who := range slices.Sorted(maps.Keys(want)) {
		if !slices.Equal(slices.Sorted(slices.Values(got[who])), slices.Sorted(slices.Values(want[who]))) {
			t.Errorf("%s: %d lines, want %d, or others", who, len(got[who]), len(want[who]))
		}
	}
	for who := range got {
		if want[who] == nil {
			t.Errorf("%q: nobody of that name wrote anything", who)
		}
	}
}

const id64 = "e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e"

// Names as they come, by tag and by path.
func TestNames(t *testing.T) {
	long := "web-" + strings.Repeat("x", 180) + "-7d9c6b5f4-x2x9z"
	cut := func(name string) string { return name[:251] + ".log" }
	names := map[string]map[string]any{
		"web-1_default_web-" + id64 + ".log": {
			"pod_name": "web-1", "namespace_name": "default", "container_name": "web", "docker_id": id64,
		},
		"etcd-node-1.example.com_kube-system_etcd-" + id64 + ".log": {
			"pod_name": "etcd-node-1.example.com", "namespace_name": "kube-system", "container_name": "etcd", "docker_id": id64,
		},
		"a_b_no-id.log": {"pod_name": "a", "namespace_name": "b", "container_name": "no-id"},
		cut(long + "_shop_web-" + id64): {
			"pod_name": long, "namespace_name": "shop", "container_name": "web",
			"docker_id": id64[:251-len(long+"_shop_web-")],
		},
		cut(long + "_shop_" + strings.Repeat("c", 63) + "-" + id64): {
			"pod_name": long, "namespace_name": "shop", "container_name": strings.Repeat("c", 251-len(long+"_shop_")),
		},
		"notacontainer.log":        nil,
		"a_b_c_d-" + id64 + ".log": nil,
		"Upper_default_x.log":      nil,
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		for _, by := range []string{"tag", "path"} {
			t.Run("by "+by, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "containers")
				for name := range names {
					write(t, filepath.Join(dir, name), fmt.Sprintf(`{"log":"%s\n","stream":"stdout","time":"2026-11-22T10:00:00Z"}`+"\n", name))
				}
				path := filepath.Join(t.TempDir(), "records")
				conf := containerConf(dir, "    workers 2\n    backend file\n    file_path "+path+"\n")
				if by == "path" {
					conf = strings.Replace(conf, "kube.*", "all\n    path_key path", 1) + "    path_key path\n"
				}
				s := run(t, a, conf)
				s.eventually("all lines", func() bool { return countLines(path) >= len(names) })
				s.stop()
				for _, r := range records(t, path) {
					if want, known := names[*r.Log]; !known || !maps.Equal(r.Kubernetes, want) {
						t.Errorf("%s: %v, want %v", *r.Log, r.Kubernetes, want)
					}
				}
			})
		}
	})
}

// Lines as they come: decoded or passed on, and always valid JSON.
func TestLines(t *testing.T) {
	type want struct {
		log, stream, time string
		undecoded, piece  bool
	}
	lines := map[string]want{
		`{"log":"a \"quoted\" \u003ctag\u003e \\n\n","stream":"stderr","time":"2026-11-22T10:00:00.5Z"}`: {
			log: `a "quoted" <tag> \n`, stream: "stderr", time: "2026-11-22T10:00:00.500000000Z",
		},
		`{"log":"piece","stream":"stdout","time":"2026-11-22T10:00:00Z"}`: {
			log: "piece", stream: "stdout", time: "2026-11-22T10:00:00.000000000Z", piece: true,
		},
		`{"time": "2026-11-22T10:00:01Z", "stream": "stdout", "log": "other order\n"}`: {
			log: "other order", stream: "stdout", time: "2026-11-22T10:00:01.000000000Z",
		},
		`{"log":"lone \ud800 surrogate\n","stream":"stdout","time":"2026-11-22T10:00:02Z"}`: {
			log: "lone \ufffd surrogate", stream: "stdout", time: "2026-11-22T10:00:02.000000000Z",
		},
		"{\"log\":\"bad \xff utf-8\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:03Z\"}": {
			log: "bad \ufffd utf-8", stream: "stdout", time: "2026-11-22T10:00:03.000000000Z",
		},
		`2026-11-22T19:00:00.000000001+09:00 stdout F 日本語 text`: {
			log: "日本語 text", stream: "stdout", time: "2026-11-22T10:00:00.000000001Z",
		},
		`2026-11-22T10:00:04Z stderr P part of `: {
			log: "part of ", stream: "stderr", time: "2026-11-22T10:00:04.000000000Z", piece: true,
		},
		`{"log":"half a li`: {log: `{"log":"half a li`, undecoded: true},
		`plain text`:        {log: "plain text", undecoded: true},
		`{"kubernetes":{"namespace_name":"root"}}`: {log: `{"kubernetes":{"namespace_name":"root"}}`, undecoded: true},
		"binary \x00\x01\xfe":                      {log: "binary \x00\x01\ufffd", undecoded: true},
	}
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := filepath.Join(t.TempDir(), "containers")
		var text strings.Builder
		byText := map[string]want{}
		for _, piece := range []bool{false, true} { // pieces last: what followed one would be joined
			for line, w := range lines {
				if w.piece == piece {
					text.WriteString(line + "\n")
					byText[w.log] = w
				}
			}
		}
		write(t, filepath.Join(dir, "web-1_default_web-"+id64+".log"), text.String())
		path := filepath.Join(t.TempDir(), "records")
		s := run(t, a, containerConf(dir, "    workers 2\n    backend file\n    file_path "+path+"\n"))
		s.eventually("all lines", func() bool { return countLines(path) >= len(lines) })
		s.stop()
		for _, r := range records(t, path) {
			w, known := byText[*r.Log]
			got := want{*r.Log, r.Stream, r.Time, r.Undecoded, r.Partial}
			if r.Undecoded {
				got.time = "" // when the line was read
			}
			if !known || got != w || r.Kubernetes["namespace_name"] != "default" {
				t.Errorf("%+v, want %+v", r, w)
			}
		}
	})
}
