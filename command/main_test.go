package command

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/disk"
	"github.com/k8slog/k8slog/test/chunktest"
)

// command runs the command and returns its exit code and its output.
func command(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(args, &o, &e)
	return code, o.String(), e.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const good = "[OUTPUT]\n    name k8slog\n    match *\n    workers 2\n    retry_limit no_limits\n    backend stdout\n"

// The shipped configurations, and that of docs/deployment.md, have nothing to find fault
// with.
func TestCheckShipped(t *testing.T) {
	document, err := os.ReadFile("../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	_, behind, _ := strings.Cut(string(document), "```ini\n")
	example, _, _ := strings.Cut(behind, "```")
	if code, out, errs := command("check", "-no-files", write(t, "example.conf", example)); code != done {
		t.Errorf("docs/deployment.md: %s%s", out, errs)
	}
	for name, value := range map[string]string{
		"K8SLOG_BACKEND": "stdout", "K8SLOG_NODE_ROOT": t.TempDir(), "K8SLOG_FILES": "/var/log/app/*.log",
		"POD_NAMESPACE": "shop", "POD_NAME": "web-1", "CONTAINER_NAME": "web", "POD_UID": "1",
		"K8SLOG_ENDPOINT": "", "K8SLOG_FILE_PATH": "", "K8SLOG_HEADERS": "", "K8SLOG_COMPRESSION": "", "K8SLOG_TENANT": "", "K8SLOG_TIME_ZONE": "",
	} {
		t.Setenv(name, value)
	}
	for _, name := range []string{"fluent-bit", "direct", "sidecar"} {
		for _, format := range []string{".conf", ".yaml"} {
			if code, out, errs := command("check", "../conf/"+name+format); code != done {
				t.Errorf("%s: %s%s", name+format, out, errs)
			}
		}
	}
	for _, name := range []string{"azure", "cloudwatch", "elasticsearch", "file", "google_cloud_logging", "http", "kafka", "loki", "otlp", "s3", "splunk", "stdout", "syslog", "victorialogs"} {
		for key, value := range map[string]string{
			"K8SLOG_ENDPOINT": "https://backend:1", "K8SLOG_BROKERS": "kafka-0:9092,kafka-1:9092", "K8SLOG_SYSLOG": "rsyslog:6514", "K8SLOG_BUCKET": "logs", "K8SLOG_FILE_PATH": filepath.Join(t.TempDir(), "records"), "K8SLOG_TOKEN_FILE": write(t, "token", "token"),
			"K8SLOG_AZURE_DCR_ID": "dcr-00000000000000000000000000000000", "K8SLOG_AZURE_TENANT_ID": "", "K8SLOG_AZURE_CLIENT_ID": "", "K8SLOG_AZURE_CLIENT_SECRET_FILE": "",
			"K8SLOG_GOOGLE_PROJECT": "p", "K8SLOG_GOOGLE_LOCATION": "l", "K8SLOG_GOOGLE_CREDENTIALS_FILE": "",
		} {
			t.Setenv(key, value)
		}
		for _, format := range []string{".conf", ".yaml"} {
			if code, out, errs := command("check", "../conf/backends/"+name+format); code != done {
				t.Errorf("%s: %s%s", name+format, out, errs)
			}
		}
	}
}

func TestMisuse(t *testing.T) {
	for _, args := range [][]string{{}, {"send"}, {"check"}, {"replay"}, {"replay", "-what"}, {"replay", "-as", "/x", "a", "b"}, {"replay", "-set", "a", "b"}, {"check", "-what", "a"}, {"check", "-no-files"}} {
		if code, _, errs := command(args...); code != misuse || !strings.Contains(errs, "usage:") {
			t.Errorf("%q: code %d, %q", args, code, errs)
		}
	}
	if code, _, errs := command("replay", "-set", "backned=stdout", write(t, "f", "")); code != failed || !strings.Contains(errs, "did you mean backend?") {
		t.Errorf("code %d, %q", code, errs)
	}
}

// A value or a reason that does not exist is refused before anything is sent or counted.
func TestReplayRefusesWhatDoesNotExist(t *testing.T) {
	path := write(t, "dead", "")
	if code, _, errs := command("replay", "-dry-run", "-set", "backend=stdout", "-set", "batch_wait=1h", path); code != failed || !strings.Contains(errs, `option batch_wait: "1h" is out of range`) {
		t.Errorf("code %d, %q", code, errs)
	}
	if code, _, errs := command("replay", "-dry-run", "-set", "batch_byte=1M", path); code != failed || !strings.Contains(errs, "there is no option batch_byte") {
		t.Errorf("code %d, %q", code, errs)
	}
	if code, _, errs := command("replay", "-dry-run", "-reason", "reject", path); code != misuse || !strings.Contains(errs, `no reason "reject": write one of: rejected, too large`) {
		t.Errorf("code %d, %q", code, errs)
	}
}

// A file that is no log is refused, with its first line that is none, and nothing is sent.
func TestReplayRefusesWhatIsNoLog(t *testing.T) {
	const good = "2026-11-22T10:00:00Z stdout F text\n"
	for text, want := range map[string]string{
		good + "passwd:x:0:0\nroot:x:1:1\n": "line 2 is neither Docker's nor CRI's, and neither are 2 of 3 lines",
		"PNG\x00\x01\n":                     "line 1 is neither",
		`{"a":1}` + "\n":                    "line 1 is neither",
	} {
		b := start(t)
		path := write(t, "x", text)
		args := []string{"replay", "-set", "backend=http", "-set", "endpoint=" + b.URL}
		for _, flags := range [][]string{{"-dry-run"}, nil} {
			if code, _, errs := command(slices.Concat(args, flags, []string{path})...); code != failed || !strings.Contains(errs, path+": "+want) {
				t.Errorf("%q: code %d, %q", text, code, errs)
			}
		}
		if len(b.texts) > 0 {
			t.Errorf("%q: %q was sent", text, b.texts)
		}
		if code, _, errs := command(append(args, "-as", podPath, path)...); code != done || len(b.texts) == 0 {
			t.Errorf("%q, with -as: code %d, %q", text, code, errs)
		}
	}
	// Few damaged lines of a log are sent as they are.
	b := start(t)
	code, _, errs := command("replay", "-set", "backend=http", "-set", "endpoint="+b.URL, write(t, "x", good+"half a li\n"+good))
	if code != done || len(b.texts) != 3 || !strings.Contains(errs, "line 2 is neither Docker's nor CRI's, as 1 of 3 lines") {
		t.Errorf("code %d, %q, %q", code, b.texts, errs)
	}
}

// The ledger of the disk is found as the agent finds it.
func TestDiskFindsTheLedger(t *testing.T) {
	root := t.TempDir()
	t.Setenv("K8SLOG_NODE_ROOT", root)
	dir := filepath.Join(root, "var/lib/k8slog")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := disk.Open(disk.Config{Path: filepath.Join(dir, "disk.ledger"), Warnf: t.Logf, Infof: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	other := write(t, "b.conf", good)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, done, "0 of 0 logs shown"},
		{[]string{"-conf", "../conf/fluent-bit.conf"}, done, "0 of 0 logs shown"},
		{[]string{"-conf", "../conf/fluent-bit.yaml"}, done, "0 of 0 logs shown"},
		{[]string{"-conf", "../conf/fluent-bit.conf", "-output", "2"}, failed, "none number 2"},
		{[]string{"-conf", other}, failed, "has no disk_ledger_path"},
		{[]string{"-ledger", filepath.Join(root, "none")}, failed, "no such file"},
	} {
		if code, out, errs := command(append([]string{"disk"}, c.args...)...); code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%q: code %d, %q %q", c.args, code, out, errs)
		}
	}
}

func TestVersion(t *testing.T) {
	if code, out, errs := command("version"); code != done || !strings.HasPrefix(out, "k8slog devel (revision ") || errs != "" {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"check", "-h"}, {"check", "--help"}, {"help"}} {
		if code, out, errs := command(args...); code != done || !strings.Contains(out, "usage") || errs != "" {
			t.Errorf("%q: code %d, %q, %q", args, code, out, errs)
		}
	}
}

// receiver takes texts, and refuses what the test wants.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	refuse func(text string) bool
	texts  []string
	pods   []string
}

func start(t *testing.T) *receiver {
	b := &receiver{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.refuse != nil && b.refuse(string(body)) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for line := range strings.Lines(string(body)) {
			var record struct {
				Log        string
				Kubernetes map[string]string
			}
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Error(err)
			}
			b.texts = append(b.texts, record.Log)
			b.pods = append(b.pods, record.Kubernetes["pod_name"])
		}
	}))
	t.Cleanup(b.Close)
	return b
}

const podPath = "/var/log/containers/web-1_shop_web-e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e.log"

// A plugin dead-letters; the command delivers what it wrote, once.
func TestReplayDeadLetters(t *testing.T) {
	b := start(t)
	b.refuse = func(body string) bool { return strings.Contains(body, "poison") }
	dead := filepath.Join(t.TempDir(), "dead")
	host := &commandHost{options: map[string]string{"backend": "http", "endpoint": b.URL, "path_key": "path", "dead_letter_path": dead}, errs: io.Discard}
	in, err := plugin.New(host, 1)
	if err != nil {
		t.Fatal(err)
	}
	file := chunktest.File{Path: podPath}
	var lines []string
	for i := range 10 {
		lines = append(lines, fmt.Sprintf("2026-11-22T10:00:00Z stdout F %s %d", []string{"text", "poison"}[i%2], i))
	}
	if in.Flush(2, "containers", file.Append(nil, lines...)) != plugin.OK || in.Close() != nil {
		t.Fatal("not delivered")
	}
	conf := write(t, "a.conf", good+"    endpoint "+b.URL+"\n    path_key path\n")
	args := []string{"replay", "-conf", conf, "-set", "backend=http", "-set", "endpoint=" + b.URL}

	if code, out, errs := command(append(args, "-dry-run", dead)...); code != done || !strings.Contains(out, "5 records would be sent") {
		t.Errorf("code %d, %q %q", code, out, errs)
	}
	if code, out, _ := command(append(args, "-dry-run", "-reason", "too large", dead)...); code != done || !strings.Contains(out, "0 records would be sent, 5 left out") {
		t.Errorf("code %d, %q", code, out)
	}
	if code, out, errs := command(append(args, dead)...); code != failed || !strings.Contains(out, "0 records delivered, 5 refused") {
		t.Errorf("still refused: code %d, %q %q", code, out, errs)
	}
	b.refuse = nil
	if code, out, errs := command(append(args, "-from-start", dead)...); code != done || !strings.Contains(out, "5 records delivered, 0 refused") {
		t.Errorf("code %d, %q %q", code, out, errs)
	}
	if code, out, _ := command(append(args, dead)...); code != done || !strings.Contains(out, "0 records delivered") {
		t.Errorf("sent twice: code %d, %q", code, out)
	}
	slices.Sort(b.texts)
	if want := []string{"poison 1", "poison 3", "poison 5", "poison 7", "poison 9", "text 0", "text 2", "text 4", "text 6", "text 8"}; !slices.Equal(b.texts, want) {
		t.Errorf("arrived: %q", b.texts)
	}
	if slices.Contains(b.pods, "") {
		t.Errorf("pods %q", b.pods)
	}
}

// A container's log file, whole and in two runs, plain and compressed.
func TestReplayLogFiles(t *testing.T) {
	b := start(t)
	text := `{"log":"a","stream":"stdout","time":"2026-11-22T10:00:00Z"}` + "\n" +
		`{"log":"b\n","stream":"stdout","time":"2026-11-22T10:00:00Z"}` + "\n" +
		`2026-11-22T10:00:00Z stderr F cri` + "\n"
	path := write(t, "0.log", text+"half a li")
	args := []string{"replay", "-set", "backend=http", "-set", "endpoint=" + b.URL, "-as", podPath}
	if code, out, errs := command(append(args, path)...); code != done {
		t.Fatalf("code %d, %q %q", code, out, errs)
	}
	if err := os.WriteFile(path, []byte(text+"half a line\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := command(append(args, path)...); code != done || !strings.Contains(out, "goes on at byte") {
		t.Fatalf("code %d, %q %q", code, out, errs)
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	fmt.Fprint(w, "2026-11-22T10:00:00Z stdout F zipped\n")
	w.Close()
	if code, out, errs := command(append(args, write(t, "0.log.gz", zipped.String()))...); code != done {
		t.Fatalf("code %d, %q %q", code, out, errs)
	}
	if want := []string{"ab", "cri", "half a line", "zipped"}; !slices.Equal(b.texts, want) {
		t.Errorf("arrived: %q", b.texts)
	}
	if slices.ContainsFunc(b.pods, func(pod string) bool { return pod != "web-1" }) {
		t.Errorf("pods %q", b.pods)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := command(append(args, path)...); code != failed || !strings.Contains(errs, "another file") {
		t.Errorf("code %d, %q", code, errs)
	}
}
