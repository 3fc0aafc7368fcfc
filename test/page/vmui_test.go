package page

import (
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/k8slog/k8slog/plugin"
)

var victoriaLogs = flag.String("victorialogs", "", "the program of VictoriaLogs, whose user interface is looked at; empty for none")

// The records of a small node are readable in VictoriaLogs' own user interface: by stream, with
// the pod, the severity and what the text has. The screenshot is that of docs/backends.md.
func TestVictoriaLogsUI(t *testing.T) {
	if *victoriaLogs == "" {
		t.Skip("needs VictoriaLogs: make test-page")
	}
	ctx, _ := browser(t)
	server := startVictoriaLogs(t)
	r := &rig{t: t, dir: t.TempDir(), offsets: map[string]int64{}}
	in, err := plugin.New(host{
		"backend": "victorialogs", "endpoint": server, "path_key": "path", "offset_key": "offset", "multiline": "all", "merge_log": "on",
		"node_name": "node-3.eu", "cluster_name": "shop-prod", "dead_letter_path": filepath.Join(t.TempDir(), "dead"),
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	r.in = in
	r.write("store", "postgres-0", "db", true, "2026-11-30 03:00:00.123 UTC [42] LOG:  checkpoint starting: time")
	r.write("shop", "web-7d9c6b5f4-x2x9z", "app", true, `{"level":"info","msg":"order accepted","order":8471,"ms":12}`)
	r.write("shop", "web-7d9c6b5f4-x2x9z", "app", true, `{"level":"error","msg":"payment failed","order":8472,"provider":"acme","status":502}`)
	r.write("kube-system", "coredns-5d78c9869d-abcde", "coredns", true, "[INFO] plugin/reload: Running configuration SHA512")
	r.write("shop", "cart-5b9f8c6d7-k4mzq", "app", true, "2026-11-30 10:00:00,123 ERROR [main] com.example.Cart - cannot add", "java.lang.IllegalStateException: cart is closed", "\tat com.example.Cart.add(Cart.java:42)", "\tat com.example.Main.main(Main.java:7)")
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	waitForLines(t, server, 5)

	address := server + "/select/vmui/?#/?" + url.Values{"query": {"*"}, "hide_chart": {"true"}}.Encode()
	run(t, ctx, chromedp.EmulateViewport(1000, 1100), emulation.SetTimezoneOverride("UTC"), chromedp.Navigate(address))
	for _, part := range []string{"order accepted", "payment failed", "Main.main(Main.java:7)", "checkpoint starting"} {
		waitFor(t, ctx, "body", part)
	}
	run(t, ctx, chromedp.Evaluate(`[...document.querySelectorAll("button")].find(b => b.innerText.includes("Hide filters")).click()`, nil))
	// The fields of the error.
	run(t, ctx, chromedp.Evaluate(`[...document.querySelectorAll(".vm-group-logs-row-content")].find(r => r.innerText.includes("payment failed")).click()`, nil))
	for _, field := range []string{"kubernetes.pod_name", "web-7d9c6b5f4-x2x9z", "log_processed.provider", "severity_number"} {
		waitFor(t, ctx, "body", field)
	}
	if *screenshots == "" {
		return
	}
	var png []byte
	run(t, ctx, chromedp.Evaluate(`document.querySelector(".vm-group-logs-row-fields").style = "height: auto; max-height: none"`, nil),
		chromedp.Screenshot(".vm-query-page-body", &png, chromedp.ByQuery))
	if err := os.WriteFile(filepath.Join(*screenshots, "victorialogs.png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// waitForLines waits until queries find so many records.
func waitForLines(t *testing.T, server string, n int) {
	t.Helper()
	found := 0
	for end := time.Now().Add(patience); found < n; time.Sleep(100 * time.Millisecond) {
		answer, err := http.Get(server + "/select/logsql/query?query=*")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if found = strings.Count(string(lines), "\n"); err != nil || time.Now().After(end) {
			t.Fatalf("%d records, want %d: %s, %v", found, n, lines, err)
		}
	}
}

// startVictoriaLogs starts a server with an empty storage, and returns its address.
func startVictoriaLogs(t *testing.T) string {
	t.Helper()
	address := freePort(t)
	server := exec.Command(*victoriaLogs, "-storageDataPath="+t.TempDir(), "-httpListenAddr="+address, "-loggerLevel=ERROR")
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	})
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get("http://" + address + "/health")
		if err == nil {
			text, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if strings.Contains(string(text), "OK") {
				return "http://" + address
			}
		}
		if time.Now().After(end) {
			t.Fatalf("VictoriaLogs does not answer: %v", err)
		}
	}
}
