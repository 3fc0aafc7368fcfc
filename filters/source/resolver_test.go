package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/chunktest"
)

func newResolver() *Resolver { return New(Config{TagPrefix: "kube.var.log.containers.", Node: "n"}) }

const dockerID = "2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234"

// The name of a symbolic link identifies the pod. Its target has the UID and the restart
// count.
func TestByPathOfASymlink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "containers")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		target, uid string
		restart     int
	}{
		"web-1_shop_web-" + dockerID + ".log": {"/var/log/pods/shop_web-1_3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44/web/7.log", "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44", 7},
		"web-2_shop_web-" + dockerID + ".log": {"../pods/3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44/web_2.log", "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44", 2},
		"web-3_shop_web-" + dockerID + ".log": {"/var/log/pods/shop_other_3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44/web/7.log", "", -1},
		"web-4_shop_web-" + dockerID + ".log": {"/elsewhere", "", -1},
	} {
		path := filepath.Join(dir, name)
		if err := os.Symlink(test.target, path); err != nil {
			t.Fatal(err)
		}
		s := newResolver().ByPath([]byte(path))
		restart := -1
		if s.Restart != nil {
			restart = *s.Restart
		}
		if s.PodUID != test.uid || restart != test.restart || s.Container != "web" || s.ContainerID != dockerID || s.Node != "n" {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// The configuration of a container is found when it is written after the log.
func TestByPathInDockersDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), dockerID)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := []byte(filepath.Join(dir, dockerID+"-json.log"))
	synctest.Test(t, func(t *testing.T) {
		s := newResolver()
		var warnings []string
		s.config.Warnf = func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
		if got := s.ByPath(path); got.ContainerID != dockerID || got.Pod != "" {
			t.Errorf("%+v", got)
		}
		time.Sleep(retryAfter + 1)
		s.ByPath(path) // must not log the warning again
		if len(warnings) != 1 || !strings.Contains(warnings[0], string(path)) || !strings.Contains(warnings[0], "no such file") {
			t.Errorf("%q", warnings)
		}
		config := `{"Name":"/k8s_web_web-1_shop_u_3"}`
		if err := os.WriteFile(filepath.Join(dir, "config.v2.json"), []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
		time.Sleep(retryAfter + 1)
		if got := s.ByPath(path); got.Pod != "web-1" || got.Namespace != "shop" || *got.Restart != 3 {
			t.Errorf("%+v", got)
		}
		if len(warnings) != 1 {
			t.Errorf("%q", warnings)
		}
	})
}

// The number of cached sources is bounded, and an entry in use is not evicted.
func TestCacheIsBounded(t *testing.T) {
	s := newResolver()
	for i := range 1_000_000 {
		s.ByTag(fmt.Sprintf("tag-%d", i))
	}
	if n := len(s.tags.young) + len(s.tags.old); n > 2*maxCached {
		t.Errorf("%d entries", n)
	}
	first := s.ByTag("tag-0")
	for i := range maxCached + 5 {
		s.ByTag(fmt.Sprintf("other-%d", i))
	}
	if s.ByTag("tag-0") != first {
		t.Error("an entry in use was evicted")
	}
}

// The number of cached sources of a sender that invents pods is bounded.
func TestResourcesAreBounded(t *testing.T) {
	s := New(Config{Fixed: &filters.Source{}, ByResource: true})
	var key []byte
	for i := range 100_000 {
		body := chunktest.AppendValue(nil, chunktest.Map{"resource", chunktest.Map{"attributes", chunktest.Map{"k8s.pod.name", fmt.Sprintf("web-%d", i)}}})
		_, key, _ = s.ByResource(body, key)
	}
	if n := len(s.resources.young) + len(s.resources.old); n == 0 || n > 2*maxCached {
		t.Errorf("%d entries", n)
	}
}
