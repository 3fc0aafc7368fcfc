package metadata

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/fake"
)

// A new process knows what the last one knew, also of a pod that is gone, while the API server
// is away, and goes on with the watch without a list.
func TestRestart(t *testing.T) {
	inRig(t, func(r *rig) {
		r.options.Path = filepath.Join(t.TempDir(), "folder", "metadata")
		r.server.Set(web("web"))
		gone := fake.Pod("shop", "gone", "u2", node, labels("app", "gone"), nil)
		r.server.Set(gone)
		s := r.start()
		settle()
		r.server.Delete(gone)
		settle()
		time.Sleep(2 * saveEvery) // the process may be killed from here on
		left, err := os.ReadFile(r.options.Path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(s.config); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Error(err)
		}
		r.stop(s)
		if err := os.WriteFile(r.options.Path, left, 0o600); err != nil {
			t.Fatal(err)
		}

		r.server.Fail(func(*http.Request) int { return http.StatusServiceUnavailable })
		r.server.Cut()
		s = r.start()
		settle()
		goneSource := &filters.Source{Namespace: "shop", Pod: "gone", PodUID: "u2"}
		if app, _ := s.Of(goneSource).Pod.Labels.Get("app"); app != "gone" || !s.Of(webSource).Known {
			t.Error("the file does not have what was known")
		}
		if zone, _ := s.Of(webSource).Node.Labels.Get("topology.kubernetes.io/zone"); zone != "z1" {
			t.Error("the node is not known")
		}
		if f := s.figures(); f.present != 1 || f.gone != 1 {
			t.Errorf("%+v", f)
		}
		before := r.requested("list")
		r.server.Fail(nil)
		r.server.Set(web("web2"))
		r.server.Set(fake.Object("v1", "Namespace", "", "shop", labels("team", "new"), nil))
		time.Sleep(2 * time.Minute)
		settle()
		if app, _ := s.Of(webSource).Pod.Labels.Get("app"); app != "web2" {
			t.Error(app)
		}
		if team, _ := s.Of(webSource).Namespace.Labels.Get("team"); team != "new" {
			t.Error(team)
		}
		if n := r.requested("list") - before; n != 0 {
			t.Errorf("%d lists after a restart", n)
		}
		r.stop(s)

		// The command reads the file while the agent has it.
		before = len(r.server.Requests())
		s = r.start()
		settle()
		time.Sleep(time.Second)
		if n := len(r.server.Requests()) - before; n != 3 { // two watches, and the node
			t.Errorf("%d requests: %q", n, r.server.Requests()[before:])
		}
		command := r.config()
		command.Options.File = true
		reader, err := Open(command)
		if err != nil {
			t.Fatal(err)
		}
		reader.SetWorkers(4)
		reader.Start()
		if app, _ := reader.Of(webSource).Pod.Labels.Get("app"); app != "web2" {
			t.Error(app)
		}
		began := time.Now()
		reader.Await(reader.Of(&filters.Source{Namespace: "shop", Pod: "x"}), began.Add(time.Minute))
		if time.Since(began) > 0 || reader.Close() != nil {
			t.Error("the command waits")
		}
		r.stop(s)

		// Other annotations are kept now, which the old file does not have: a list.
		r.options.Annotations = []options.TagPattern{{Object: "pod", Glob: "*"}}
		s = r.start()
		settle()
		if n := r.requested("list /api/v1/pods"); n != 2 || !s.Of(webSource).Known {
			t.Errorf("%d lists", n)
		}
		r.stop(s)

		for what, damage := range map[string]func([]byte) []byte{
			"is damaged": func(b []byte) []byte { b[len(b)-5] ^= 1; return b },
			"is not used: it is of node": func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"node":"node-1"`), []byte(`"node":"node-2"`), 1)
			},
			"of another version": func([]byte) []byte { return []byte("nothing") },
		} {
			content, err := os.ReadFile(r.options.Path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(r.options.Path, damage(content), 0o600); err != nil {
				t.Fatal(err)
			}
			before, said := r.requested("list /api/v1/pods"), r.logged(what)
			s = r.start()
			settle()
			if r.logged(what) != said+1 || r.requested("list /api/v1/pods") != before+1 || !s.Of(webSource).Known || s.Of(goneSource).Known {
				t.Errorf("%s: %v", what, r.lines())
			}
			r.stop(s)
		}
	})
}

func TestBounds(t *testing.T) {
	inRig(t, func(r *rig) {
		r.options.Annotations = []options.TagPattern{{Object: "pod", Glob: "note*"}}
		r.options.Steer = []string{"exclude"}
		many, notes := map[string]string{}, map[string]string{
			"kubectl.kubernetes.io/last-applied-configuration": strings.Repeat("x", 200<<10),
			"k8slog.io/exclude": "true", "note-long": strings.Repeat("ü\x01", 20_000),
		}
		for i := range 1000 {
			many[fmt.Sprintf("label-%04d", i)] = strings.Repeat("v", 63)
			notes[fmt.Sprintf("note-%04d", i)] = strings.Repeat("ü\x01", 80)
		}
		r.server.Set(fake.Pod("shop", "web-7d9c6b5f4-x2x9z", uid, node, many, notes))
		s := r.start()
		defer r.stop(s)
		settle()
		m := s.Of(webSource)
		if n := len(m.Pod.Labels); n != maxLabels {
			t.Errorf("%d labels are kept", n)
		}
		kept := 0
		for _, a := range m.Pod.Annotations {
			kept += len(a.Value)
			if a.Key == "kubectl.kubernetes.io/last-applied-configuration" || strings.ContainsRune(a.Value, '\ufffd') {
				t.Error(a.Key)
			}
		}
		if _, ok := m.Pod.Annotations.Get("k8slog.io/exclude"); !ok || kept > maxKept*maxSteer {
			t.Errorf("%d bytes", kept)
		}
		sent, bytes := 0, 0
		for _, g := range (&filters.Source{Metadata: m}).Groups() {
			for _, p := range g.Pairs {
				sent, bytes = sent+1, bytes+len(p.Key)+len(p.Value)
			}
		}
		if sent == 0 || sent > maxSent || bytes > maxSentBytes {
			t.Errorf("%d pairs, %d bytes", sent, bytes)
		}
		// Whoever writes names of files invents pods.
		for i := range 3 * maxMissing {
			s.Of(&filters.Source{Namespace: "shop", Pod: fmt.Sprintf("p%d", i), PodUID: fmt.Sprintf("u%d", i)})
			s.Of(&filters.Source{Namespace: "shop", Pod: "web-7d9c6b5f4-x2x9z", PodUID: uid, Container: fmt.Sprintf("c%d", i)})
		}
		if n := s.Missing(); n > maxMissing {
			t.Errorf("%d pods that are not known", n)
		}
		for i := range 2 * maxGone {
			p := fake.Pod("shop", fmt.Sprintf("job-%d", i), fmt.Sprintf("u%d", i), node, nil, nil)
			r.server.Set(p)
			r.server.Delete(p)
			if i%100 == 0 {
				time.Sleep(time.Second)
				settle()
			}
		}
		time.Sleep(2 * tidyEvery)
		settle()
		if f := s.figures(); f.gone != maxGone || f.present != 1 {
			t.Errorf("%+v", f)
		}
	})
}

// A record waits for its pod, and no longer than for its time. One worker never waits.
func TestAwait(t *testing.T) {
	inRig(t, func(r *rig) {
		s := r.start()
		defer r.stop(s)
		settle()
		began := time.Now()
		go func() {
			time.Sleep(700 * time.Millisecond)
			r.server.Set(web("web"))
		}()
		m := s.Of(webSource)
		s.Await(m, began.Add(time.Minute))
		if took := time.Since(began); took != 700*time.Millisecond || !m.Superseded() || !s.Of(webSource).Known {
			t.Errorf("after %v: %+v", took, m)
		}
		began = time.Now()
		for i := range 10 {
			go s.Await(s.Of(&filters.Source{Namespace: "shop", Pod: fmt.Sprint("p", i)}), began.Add(time.Minute))
		}
		synctest.Wait()
		if n := s.waiting.Load(); n != 3 {
			t.Errorf("%d of 4 workers wait", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := s.waiting.Load(); n != 0 {
			t.Errorf("%d workers wait", n)
		}
	})
}

func TestSelection(t *testing.T) {
	parse := func(labels string) []options.TagPattern {
		t.Helper()
		var c options.Config
		for _, o := range c.Options() {
			if o.Name == "metadata_labels" {
				if problem := o.Set(labels); problem != "" {
					t.Fatal(problem)
				}
			}
		}
		return c.Metadata.Labels
	}
	for _, test := range []struct {
		patterns, object, key string
		want                  bool
	}{
		{"*", "pod", "app.kubernetes.io/name", true}, {"*", "namespace", "team", false}, {"none", "pod", "app", false},
		{"app*,!app.kubernetes.io/*", "pod", "app", true}, {"app*,!app.kubernetes.io/*", "pod", "app.kubernetes.io/name", false},
		{"!pod-template-hash", "pod", "app", true}, {"!pod-template-hash", "pod", "pod-template-hash", false},
		{"*, namespace:team", "namespace", "team", true}, {"*, namespace:!team, namespace:*", "namespace", "team", false},
		{"node:topology.kubernetes.io/*", "node", "topology.kubernetes.io/zone", true}, {"node:topology.kubernetes.io/*", "pod", "app", false},
	} {
		s := newSelection(options.Metadata{Labels: parse(test.patterns)})
		if got := selects(s.labels[test.object], test.key); got != test.want {
			t.Errorf("%s of a %s with %s: %v", test.key, test.object, test.patterns, got)
		}
	}
}
