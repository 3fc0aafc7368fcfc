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

// containerCase is what a container writes, and the texts that are to come out of
// it; without them, how many records.
type containerCase struct {
	name    string
	lines   []caseLine
	want    []string
	records int
}

type caseLine struct{ stream, tag, text string }

// multilineCases reads the cases of filters/multiline.
func multilineCases(t *testing.T) (cases []containerCase) {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(root, "filters/multiline/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var public []struct {
		ID     string
		Lines  []any
		Expect []struct{ Log *string }
	}
	if err := json.Unmarshal(read("cases.json"), &public); err != nil {
		t.Fatal(err)
	}
	for _, c := range public {
		one := containerCase{name: strings.ToLower(c.ID), records: len(c.Expect)}
		for _, line := range c.Lines {
			l := caseLine{stream: "stderr", tag: "F"}
			switch v := line.(type) {
			case string:
				l.text = v
			case []any:
				l.stream, l.text = v[0].(string), v[len(v)-1].(string)
				if len(v) == 3 {
					l.tag = v[1].(string)
				}
			}
			one.lines = append(one.lines, l)
		}
		for _, record := range c.Expect {
			if record.Log != nil {
				one.want = append(one.want, *record.Log)
			}
		}
		cases = append(cases, one)
	}
	for i, text := range strings.Split(strings.TrimSuffix(string(read("heldout.txt")), "\n"), "\n%%%% ") {
		name, text, _ := strings.Cut(strings.TrimPrefix(text, "%%%% "), "\n")
		if strings.HasPrefix(name, "?") {
			continue
		}
		name, _, _ = strings.Cut(name, ",")
		want := append([]string{"plain before"}, append(strings.Split(text, "\n%%\n"), "plain after")...)
		one := containerCase{name: fmt.Sprintf("%s-%d", name, i), want: want, records: len(want)}
		for line := range strings.SplitSeq(strings.Join(want, "\n"), "\n") {
			one.lines = append(one.lines, caseLine{"stderr", "F", line})
		}
		cases = append(cases, one)
	}
	return cases
}

// log is the lines as docker or CRI keep them. Docker has no tags: a piece is a line
// without a line feed.
func (c *containerCase) log(docker bool) string {
	var file strings.Builder
	for i, l := range c.lines {
		at := fmt.Sprintf("2026-11-22T10:00:00.%09dZ", i)
		if !docker {
			fmt.Fprintf(&file, "%s %s %s %s\n", at, l.stream, l.tag, l.text)
			continue
		}
		if l.tag == "F" {
			l.text += "\n"
		}
		text, err := json.Marshal(l.text)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&file, `{"log":%s,"stream":%q,"time":%q}`+"\n", text, l.stream, at)
	}
	return file.String()
}

// All texts that programs write in several lines, as docker's lines and CRI's.
func TestMultilineCases(t *testing.T) {
	cases := multilineCases(t)
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		want := map[string][]string{}
		counts := map[string]int{}
		total := 0
		for _, c := range cases {
			for runtime, docker := range map[string]bool{"docker": true, "cri": false} {
				pod := c.name + "-" + runtime
				want[pod], counts[pod] = c.want, c.records
				total += c.records
				write(t, filepath.Join(dir, "node/var/log/containers", pod+"_shop_web-"+id64+".log"), c.log(docker))
			}
		}
		path := filepath.Join(dir, "records")
		s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path)
		s.eventually("all records", func() bool { return countLines(path) >= total })
		s.stop()
		got := map[string][]string{}
		for _, r := range records(t, path) {
			pod := fmt.Sprint(r.Kubernetes["pod_name"])
			got[pod] = append(got[pod], *r.Log)
		}
		for pod, texts := range want {
			if texts == nil && len(got[pod]) == counts[pod] {
				want[pod] = got[pod]
			}
		}
		sameTexts(t, got, want)
	})
}
