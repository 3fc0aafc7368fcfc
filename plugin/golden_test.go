package plugin

import (
	"bytes"
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/plugin/chunk"
	"github.com/k8slog/k8slog/plugin/chunk/chunktest"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing them")

// The lines of testdata/lines.txt, path and text, become the records of
// testdata/records.golden, in the shape that users see.
func TestGoldenRecords(t *testing.T) {
	lines, err := os.ReadFile("testdata/lines.txt")
	if err != nil {
		t.Fatal(err)
	}
	in, _ := start(t, map[string]string{
		"backend": "stdout", "path_key": "path", "time_zone": "UTC", "cluster_name": "demo", "node_name": "node-1",
	})
	const read = 1533958945_000000000 // 2018-08-11T03:42:25Z
	var data []byte
	for line := range strings.Lines(string(lines)) {
		path, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		data = chunktest.Append(data, read, "path", path, "log", text)
	}
	f := in.flushes.Get().(*flush)
	f.tag, f.data = "node", data
	f.intake.begin(f.tag)
	f.state = chunkState{counted: math.MaxInt} // the books are not what is tested
	f.encode(mark{reader: chunk.NewReader(data)}, math.MaxInt)
	got := f.encoder.Frame()

	const golden = "testdata/records.golden"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
