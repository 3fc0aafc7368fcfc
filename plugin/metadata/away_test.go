package metadata

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/fake"
)

// The API server is away for ten minutes. What was known stays, and afterwards the watch goes
// on where it was.
func TestServerAway(t *testing.T) {
	inRig(t, func(r *rig) {
		r.server.Set(web("web"))
		s := r.start()
		defer r.stop(s)
		settle()
		r.server.Fail(func(*http.Request) int { return http.StatusServiceUnavailable })
		r.server.Cut()
		before := len(r.server.Requests())
		time.Sleep(10 * time.Minute)
		settle()
		if m := s.Of(webSource); !m.Known {
			t.Error("the pod is not known any more")
		}
		if f := s.figures(); !f.failing || f.age < 9*time.Minute {
			t.Errorf("%+v", f)
		}
		// Each of the two watches tries after 1, 2, 4, …, 60 s, give or take a half.
		if n := len(r.server.Requests()) - before; n < 20 || n > 50 {
			t.Errorf("%d requests in ten minutes", n)
		}
		// Records of a pod that came meanwhile go without, at once.
		began := time.Now()
		s.Await(s.Of(&filters.Source{Namespace: "shop", Pod: "new", PodUID: "u9"}), time.Now().Add(time.Minute))
		if took := time.Since(began); took != 0 {
			t.Errorf("waits %v for an API server that does not answer", took)
		}
		r.server.Set(web("web2"))
		r.server.Set(fake.Pod("shop", "new", "u9", node, nil, nil))
		r.server.Fail(nil)
		time.Sleep(91 * time.Second)
		settle()
		if app, _ := s.Of(webSource).Pod.Labels.Get("app"); app != "web2" {
			t.Error(app)
		}
		if !s.Of(&filters.Source{Namespace: "shop", Pod: "new", PodUID: "u9"}).Known {
			t.Error("a pod that came meanwhile is not known")
		}
		if n := r.requested("list /api/v1/pods"); n != 1 {
			t.Errorf("%d lists", n)
		}
		if s.figures().failing || r.logged("are followed at the API server") != 2 {
			t.Error(r.lines())
		}
	})
}

// When the server has forgotten what happened since, the pods are listed again, after a time
// that differs from node to node.
func TestForgotten(t *testing.T) {
	inRig(t, func(r *rig) {
		r.server.Set(web("web"))
		r.server.Set(fake.Pod("shop", "b", "u2", node, nil, nil))
		s := r.start()
		defer r.stop(s)
		settle()
		r.server.Fail(func(*http.Request) int { return http.StatusServiceUnavailable })
		r.server.Cut()
		r.server.Set(web("web2"))
		r.server.Delete(fake.Pod("shop", "b", "u2", node, nil, nil))
		r.server.Set(fake.Object("v1", "Namespace", "", "shop", labels("team", "new"), nil))
		r.server.Forget()
		r.server.Fail(nil)
		time.Sleep(relist)
		settle()
		if app, _ := s.Of(webSource).Pod.Labels.Get("app"); app != "web2" {
			t.Error(app)
		}
		if team, _ := s.Of(webSource).Namespace.Labels.Get("team"); team != "new" {
			t.Error(team)
		}
		if f := s.figures(); f.present != 1 || f.gone != 1 {
			t.Errorf("%+v", f)
		}
		if n := r.requested("list /api/v1/pods"); n != 2 {
			t.Errorf("%d lists", n)
		}
	})
}

// relist is above the time until the pods are listed again.
const relist = 15 * time.Second

// A watch that ends, as every watch does, costs a watch, also when nothing has changed for
// long but bookmarks.
func TestWatchEnds(t *testing.T) {
	inRig(t, func(r *rig) {
		r.server.Set(web("web"))
		s := r.start()
		defer r.stop(s)
		for range 24 * 60 {
			time.Sleep(time.Minute)
			r.server.Bookmark()
		}
		r.server.Set(web("web2"))
		time.Sleep(5 * time.Second)
		settle()
		if app, _ := s.Of(webSource).Pod.Labels.Get("app"); app != "web2" {
			t.Error(app)
		}
		// Between 5 and 10 minutes each.
		if n := r.requested("watch /api/v1/pods"); n < 140 || n > 290 {
			t.Errorf("%d watches a day", n)
		}
		if n := r.requested("list /api/v1/pods"); n != 1 {
			t.Errorf("%d lists", n)
		}
		if n := r.logged("cannot"); n > 0 {
			t.Error(r.lines())
		}
	})
}

// The token is replaced in its file. It is in no line of the log, also where the server
// repeats it.
func TestTokenIsReplaced(t *testing.T) {
	inRig(t, func(r *rig) {
		r.server.Set(web("web"))
		r.writeToken("old." + secret)
		s := r.start()
		defer r.stop(s)
		settle()
		if r.logged("the token is not valid") == 0 || s.Of(webSource).Known {
			t.Error(r.lines())
		}
		r.writeToken(secret)
		time.Sleep(5 * time.Second)
		settle()
		if !s.Of(webSource).Known {
			t.Error(r.lines())
		}
		r.server.Fail(func(*http.Request) int { return http.StatusForbidden })
		r.server.Cut()
		time.Sleep(5 * time.Second)
		if r.logged("HTTP 403: it was told to refuse Bearer …") == 0 {
			t.Error(r.lines())
		}
	})
}

// What the service account may not read, records go without.
func TestForbidden(t *testing.T) {
	inRig(t, func(r *rig) {
		r.server.Set(fake.Pod("shop", "import-k2j4l", "u3", node, labels("app", "x"), nil, "Job", "import"))
		r.server.Fail(func(q *http.Request) int {
			if !strings.HasSuffix(q.URL.Path, "/pods") {
				return http.StatusForbidden
			}
			return 0
		})
		s := r.start()
		defer r.stop(s)
		time.Sleep(time.Second)
		m := s.Of(&filters.Source{Namespace: "shop", Pod: "import-k2j4l", PodUID: "u3"})
		if app, _ := m.Pod.Labels.Get("app"); app != "x" || m.Owner != (filters.Owner{Kind: "Job", Name: "import"}) {
			t.Errorf("%+v", m)
		}
		for _, right := range []string{"list and watch namespaces", "get jobs and replicasets", "get nodes"} {
			if r.logged("the service account must be allowed to "+right) == 0 {
				t.Errorf("%s: %v", right, r.lines())
			}
		}
		r.server.Fail(nil)
		time.Sleep(3 * time.Minute)
		settle()
		if team, _ := s.Of(&filters.Source{Namespace: "shop", Pod: "import-k2j4l", PodUID: "u3"}).Namespace.Labels.Get("team"); team != "shop-team" {
			t.Error("the namespace is not read again")
		}
	})
}

// A server that takes connections and does not answer holds up nothing for long.
func TestStalled(t *testing.T) {
	inRig(t, func(r *rig) {
		r.server.Stall(true)
		s := r.start()
		defer r.stop(s)
		began := time.Now()
		m := s.Of(webSource)
		s.Await(m, time.Now().Add(time.Minute))
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("waits %v", took)
		}
		s.Await(s.Of(webSource), time.Now().Add(time.Minute))
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("the pod's time runs twice: %v", took)
		}
		r.server.Stall(false)
		r.server.Set(web("web"))
		time.Sleep(2 * time.Minute)
		settle()
		if !s.Of(webSource).Known {
			t.Error(r.lines())
		}
	})
}

func TestWholePods(t *testing.T) {
	inRig(t, func(r *rig) {
		r.options.Fields = options.MetadataFields
		r.server.Set(web("web"))
		s := r.start()
		defer r.stop(s)
		settle()
		sent := s.Of(webSource).Sent
		sent.Pod = filters.Tags{}
		want := filters.Sent{
			Owner: filters.Owner{Kind: "Deployment", Name: "web"}, Image: "registry:5000/shop/app:1.2",
			ImageID: "registry:5000/shop/app@sha256:abcd", PodIP: "10.244.0.9", HostIP: "192.0.2.7",
		}
		if got := sent; got.Image != want.Image || got.ImageID != want.ImageID || got.Owner != want.Owner || got.PodIP != want.PodIP || got.HostIP != want.HostIP {
			t.Errorf("%+v", got)
		}
		other := *webSource
		other.Container = "unknown"
		if s.Of(&other).Sent.Image != "" {
			t.Error("a container has the image of another")
		}
	})
}
