package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

const rulesOfTest = `
rules:
  - name: erp
    match: {namespace: shop, workload: erp}
    multiline: {start: '^#\d+ ', max_lines: 50}
    redact: {pattern: '\b\d{12}(\d{4})\b', with: '****$1'}
    fields: {pattern: '^#(?P<number>\d+) (?P<level>\w+)', numbers: [number]}
    severity: {pattern: '^#\d+ (\w+)', map: {oops: error}}
    drop: {text: probe}
    set: {team: erp}
  - name: nginx
    match: {namespace: shop, container: nginx}
    preset: nginx-access
    keep: {severity: warn or above}
  - name: api
    match: {workload: api}
    text: msg
    remove: [debug]
    fields: {json: true}
  - name: stderr
    match: {namespace: shop, stream: stderr}
    severity: error
  - name: kubelet
    match: {component: kubelet}
    drop: {severity: below warn}
`

// ruled is a delivered record with what rules make of it.
type ruled struct {
	record
	Number any    `json:"number"`
	Team   string `json:"team"`
	Status any    `json:"http_status"`
	Item   any    `json:"item"`
	Debug  any    `json:"debug"`
}

// A rules file with most of what rules can do, over lines of docker and CRI. The messages of
// several lines go on across chunks. Their secrets are spelt in several ways and stand on both
// sides of where the runtime cuts.
func TestRules(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		want := map[string][]string{}
		containers := filepath.Join(dir, "node/var/log/containers")
		for _, docker := range []bool{true, false} {
			pod := fmt.Sprintf("erp-%d", map[bool]int{true: 0, false: 1}[docker])
			var file strings.Builder
			for i := range 4000 {
				lines := []string{fmt.Sprintf("#%d oops card 4111111111111111", i), "  " + strings.Repeat("x", 200), "", "\x1b[31m4222\x1b[0m222222222222 end"}
				if i%100 == 0 {
					lines[1] = strings.Repeat("y", pieceSize-8) + " 4333333333333333"
				}
				if i%10 == 9 {
					lines = []string{fmt.Sprintf("#%d info probe", i)}
				} else {
					text := strings.NewReplacer("411111111111", "****", "\x1b[31m4222\x1b[0m22222222", "****", "433333333333", "****").Replace(strings.Join(lines, "\n"))
					want[pod] = append(want[pod], text)
				}
				for _, line := range lines {
					file.WriteString(pieces(docker, line))
				}
			}
			write(t, filepath.Join(containers, pod+"_shop_app-"+id64+".log"), file.String())
		}
		write(t, filepath.Join(containers, "web-0_shop_nginx-"+id64+".log"),
			containerLine(true, `10.0.0.7 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-"`)+
				containerLine(false, `10.0.0.7 - - [22/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 503 1 "-" "-"`))
		want["web-0"] = []string{`10.0.0.7 - - [22/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 503 1 "-" "-"`}
		write(t, filepath.Join(containers, "api-0_pay_app-"+id64+".log"), containerLine(true, `{"msg":"paid","item":7,"debug":"x","kubernetes":{"namespace_name":"shop"}}`))
		want["api-0"] = []string{"paid"}
		total := 1 // of the kubelet
		for _, texts := range want {
			total += len(texts)
		}
		write(t, filepath.Join(dir, "node/var/log/kubelet.log"),
			"I1122 10:00:00.000000     812 kubelet.go:1] fine\nE1122 10:00:00.000000     812 kubelet.go:2] failed\n")

		path := filepath.Join(dir, "records")
		write(t, filepath.Join(dir, "rules.yaml"), rulesOfTest)
		s := run(t, a, rulesConf(dir, path))
		s.eventually("all records", func() bool { return countLines(path) >= total })
		s.stop()
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"4111111111111111", "4222222222222222", "4333333333333333"} {
			if strings.Contains(string(content), secret) {
				t.Errorf("%s has left the node", secret)
			}
		}
		got := map[string][]string{}
		for line := range strings.Lines(string(content)) {
			var r ruled
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			pod := fmt.Sprint(r.Kubernetes["pod_name"])
			if r.Component != "" {
				if *r.Log != "E1122 10:00:00.000000     812 kubelet.go:2] failed" {
					t.Errorf("of the kubelet: %s", line)
				}
				continue
			}
			got[pod] = append(got[pod], *r.Log)
			ok := !r.Partial && r.Severity == "error"
			switch {
			case strings.HasPrefix(pod, "erp"):
				ok = ok && r.Team == "erp" && r.Number != nil
			case pod == "web-0":
				ok = ok && r.Status == 503.0
			case pod == "api-0":
				ok = r.Item == 7.0 && r.Debug == nil && r.Kubernetes["namespace_name"] == "pay"
			}
			if !ok {
				t.Errorf("%.300s", line)
			}
		}
		for pod := range got {
			slices.Sort(got[pod]) // chunks are delivered side by side
			slices.Sort(want[pod])
		}
		sameTexts(t, got, want)
	})
}

// pieces is a line of a container, cut as the runtime cuts it.
func pieces(docker bool, text string) string {
	file := ""
	for ; len(text) > pieceSize; text = text[pieceSize:] {
		piece := "2026-11-22T10:00:00.5Z stderr P " + text[:pieceSize] + "\n"
		if docker {
			piece = strings.Replace(containerLine(true, text[:pieceSize]), `\n"`, `"`, 1)
		}
		file += piece
	}
	return file + containerLine(docker, text)
}

func rulesConf(dir, records string) string {
	input := func(tag, path string) string {
		return fmt.Sprintf("[INPUT]\n    name tail\n    tag %s\n    path %s\n    path_key path\n    offset_key offset\n    read_from_head on\n    refresh_interval 1\n    buffer_max_size 1M\n", tag, path)
	}
	return "[SERVICE]\n    flush 0.2\n    grace 15\n" +
		input("containers", filepath.Join(dir, "node/var/log/containers/*.log")) + input("component.kubelet", filepath.Join(dir, "node/var/log/kubelet.log")) +
		fmt.Sprintf(`[OUTPUT]
    name             k8slog
    match            *
    workers          4
    retry_limit      no_limits
    backend          file
    file_path        %s
    path_key         path
    offset_key       offset
    flush_deadline   60s
    join_wait        6s
    dead_letter_path %s
    rules_file       %s
`, records, filepath.Join(dir, "dead"), filepath.Join(dir, "rules.yaml"))
}
