package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/filters"
)

const containerID = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"

// A path that leads to a file that is no log is refused, as long as it does.
func TestPathThatLeadsOut(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("secret\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(dir, "containers", "web-1_shop_app-"+containerID+".log")
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	lead := func(target string) {
		t.Helper()
		_ = os.Remove(link)
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	kubelet := write("pods/shop_web-1_11111111-2222-3333-4444-555555555555/app/0.log")
	docker := write("docker/" + containerID + "/" + containerID + "-json.log")
	for _, test := range []struct {
		target  string
		refused bool
	}{
		{kubelet, false},
		{docker, false},
		{write("shadow"), true},
		{write("run/secrets/kubernetes.io/serviceaccount/token"), true},
		{write("other/0.log"), true},
		{filepath.Join(dir, "gone"), false},
	} {
		lead(test.target)
		if got := Folders(nil).LeadsOut(link); got != test.refused {
			t.Errorf("%s: %v", test.target, got)
		}
		if (Folders{dir}).LeadsOut(link) {
			t.Errorf("%s is in a folder of logs", test.target)
		}
	}

	synctest.Test(t, func(t *testing.T) {
		var warnings []string
		r := New(Config{TagPrefix: "kube.", Warnf: func(format string, _ ...any) { warnings = append(warnings, format) }})
		source := func() *filters.Source { return r.ByPath([]byte(link)) }
		lead(kubelet)
		first := source()
		if first.Refused || first.PodUID == "" {
			t.Fatalf("%+v", first)
		}
		time.Sleep(2 * recheckAfter)
		if source() != first {
			t.Error("the source is found anew")
		}
		lead(filepath.Join(dir, "shadow"))
		time.Sleep(2 * recheckAfter)
		if !source().Refused {
			t.Error("the lines of a foreign file are collected")
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], "no log file") {
			t.Error(warnings)
		}
		lead(kubelet)
		time.Sleep(2 * recheckAfter)
		if again := source(); again.Refused || again.PodUID == "" {
			t.Errorf("%+v", again)
		}
	})
}

// The pod's UID is known although the link is gone.
func TestLinkIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "containers", "web-1_shop_app-"+containerID+".log")
	target := ""
	r := New(Config{TagPrefix: "kube.", Target: func(string) string { return target }})
	synctest.Test(t, func(t *testing.T) {
		if s := r.ByPath([]byte(path)); s.PodUID != "" || s.Pod != "web-1" {
			t.Errorf("%+v", s)
		}
		target = "/var/log/pods/shop_web-1_11111111-2222-3333-4444-555555555555/app/3.log"
		time.Sleep(2 * retryAfter)
		s := r.ByPath([]byte(path))
		if s.PodUID != "11111111-2222-3333-4444-555555555555" || s.Restart == nil || *s.Restart != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// A path is looked at again when it leads to another file, by whatever link, and also when the
// name leads to the file that it has led to before.
func TestIdentityOfAFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("line\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	log := write("pods/shop_web-1_11111111-2222-3333-4444-555555555555/app/0.log")
	shadow := write("shadow/0.log")
	link := filepath.Join(filepath.Dir(write("containers/other")), "web-1_shop_app-"+containerID+".log")
	if err := os.Symlink(log, link); err != nil {
		t.Fatal(err)
	}
	before := identify(link)
	if before == (identity{}) {
		t.Skip("the file system has no times of birth")
	}
	if out, file := Folders(nil).judge(link); out || file != before || identify(link) != before {
		t.Error(out, file, before)
	}
	synctest.Test(t, func(t *testing.T) {
		r := New(Config{TagPrefix: "kube."})
		source := func() *filters.Source { time.Sleep(2 * recheckAfter); return r.ByPath([]byte(link)) }
		first := source()
		if source() != first || r.paths.last(link).file != before {
			t.Error("the source is found anew")
		}
		// The link stays, and a folder on the way becomes a link.
		folder := filepath.Dir(log)
		if err := os.Rename(folder, folder+".old"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Dir(shadow), folder); err != nil {
			t.Fatal(err)
		}
		for range 2 { // and once more, by what is known then
			if !source().Refused {
				t.Error("the lines of a foreign file are collected")
			}
		}
		// The inode may be used again, by another file.
		if err := os.Remove(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(folder + ".old"); err != nil {
			t.Fatal(err)
		}
		if again := write("pods/shop_web-1_11111111-2222-3333-4444-555555555555/app/0.log"); identify(again) == before {
			t.Error("another file has the same identity")
		}
		for range 2 {
			if source().Refused {
				t.Error("the lines of the log are not collected")
			}
		}
	})
}
