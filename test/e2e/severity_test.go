package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// severityCase is a text of filters/header/testdata, and its severity; "" for none.
type severityCase struct {
	ID       string
	Lines    []string
	Severity string
}

// severityCases are the cases of filters/header, and the lines of other programs there.
func severityCases(t *testing.T) (cases []severityCase) {
	t.Helper()
	folder := filepath.Join(root, "filters/header/testdata")
	data, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if data, err = os.ReadFile(filepath.Join(folder, "programs.txt")); err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		severity, text, _ := strings.Cut(line, "\t")
		if !strings.Contains(text, `\`) { // neither colours nor a second line
			cases = append(cases, severityCase{fmt.Sprint("L", i+1), []string{text}, severity})
		}
	}
	return cases
}

// The texts that programs write, each as the log of a container of docker's and of CRI's,
// have the severity that the program gave them, through the shipped configuration.
func TestSeverities(t *testing.T) {
	cases := severityCases(t)
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		want := map[string]severityCase{}
		for _, c := range cases {
			for _, docker := range []bool{true, false} {
				pod := fmt.Sprintf("%s-%t", strings.ToLower(c.ID), docker)
				var file strings.Builder
				for _, line := range c.Lines {
					file.WriteString(containerLine(docker, line))
				}
				want[pod] = c
				write(t, filepath.Join(dir, "node/var/log/containers", pod+"_shop_web-"+id64+".log"), file.String())
			}
		}
		path := filepath.Join(dir, "records")
		s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path)
		s.eventually("all records", func() bool { return countLines(path) >= len(want) })
		s.stop()
		for _, r := range records(t, path) {
			pod := fmt.Sprint(r.Kubernetes["pod_name"])
			c, ok := want[pod]
			if !ok {
				t.Errorf("%s: a second record, %q", pod, *r.Log)
				continue
			}
			delete(want, pod)
			if text := strings.Join(c.Lines, "\n"); *r.Log != text || r.Severity != c.Severity {
				t.Errorf("%s: %q, want %q: %q", pod, r.Severity, c.Severity, *r.Log)
			}
		}
		for pod := range want {
			t.Errorf("%s: no record", pod)
		}
	})
}
