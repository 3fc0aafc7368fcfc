package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// record is what the table reads of a delivered record.
type record struct {
	Log        string `json:"log"`
	Severity   string `json:"severity"`
	Component  string `json:"component"`
	Kubernetes struct {
		Namespace string `json:"namespace_name"`
		Pod       string `json:"pod_name"`
		Container string `json:"container_name"`
	} `json:"kubernetes"`

	line []byte
}

// who is the record's writer in the words of package sample.
func (r *record) who() string {
	if k := r.Kubernetes; k.Pod != "" {
		return k.Namespace + " " + k.Pod + " " + k.Container
	}
	return r.Component
}

func read(path string) ([]record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var records []record
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		r := record{line: bytes.Clone(lines.Bytes())}
		if err := json.Unmarshal(r.line, &r); err != nil {
			return nil, fmt.Errorf("record %d is not valid JSON: %w", len(records)+1, err)
		}
		records = append(records, r)
	}
	return records, lines.Err()
}

// printTable prints a row for each container and component.
func printTable(out io.Writer, records []record) {
	type row struct {
		namespace, pod, who string
	}
	lines := map[row]map[string]int{}
	for _, r := range records {
		k := row{cmp.Or(r.Kubernetes.Namespace, "-"), cmp.Or(r.Kubernetes.Pod, "-"), cmp.Or(r.Kubernetes.Container, r.Component, "-")}
		if lines[k] == nil {
			lines[k] = map[string]int{}
		}
		lines[k][cmp.Or(r.Severity, "unknown")]++
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAMESPACE\tPOD\tCONTAINER OR COMPONENT\tLINES\tBY SEVERITY")
	rows := slices.SortedFunc(maps.Keys(lines), func(a, b row) int {
		return cmp.Or(cmp.Compare(b.namespace, a.namespace), cmp.Compare(a.pod, b.pod), cmp.Compare(a.who, b.who))
	})
	for _, k := range rows {
		total := 0
		var parts []string
		for _, severity := range slices.Sorted(maps.Keys(lines[k])) {
			total += lines[k][severity]
			parts = append(parts, fmt.Sprintf("%s %d", severity, lines[k][severity]))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", k.namespace, k.pod, k.who, total, strings.Join(parts, ", "))
	}
	_ = w.Flush()
}

// printSome prints the first record of a few sources.
func printSome(out io.Writer, records []record) {
	seen := map[string]bool{}
	for _, r := range records {
		who := cmp.Or(r.Kubernetes.Container, r.Component)
		switch who {
		case "blog", "prometheus-to-sd-exporter", "web", "kubelet":
			if !seen[who] {
				seen[who] = true
				fmt.Fprintf(out, "%s\n", r.line)
			}
		}
	}
}
