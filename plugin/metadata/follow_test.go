package metadata

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/fake"
)

// One start costs a list and a watch of the pods, a watch of the namespaces, and a read of
// each object that there is something to know of.
func TestStart(t *testing.T) {
	inRig(t, func(r *rig) {
		r.server.Set(web("web"))
		r.server.Set(fake.Pod("shop", "other", "u2", "node-2", nil, nil))
		r.server.Set(fake.Pod("shop", "report-28012345-k2j4l", "u3", node, nil, nil, "Job", "report-28012345"))
		r.server.Set(fake.Object("batch/v1", "Job", "shop", "report-28012345", nil, nil, "CronJob", "report"))
		r.server.Set(fake.Pod("kube-system", "etcd-node-1", "mirror-uid", node, labels("component", "etcd"),
			labels("kubernetes.io/config.hash", "0123456789abcdef0123456789abcdef"), "Node", node))
		s := r.start()
		defer r.stop(s)
		settle()
		m := s.Of(webSource)
		if app, _ := m.Pod.Labels.Get("app"); !m.Known || app != "web" || m.Owner != (filters.Owner{Kind: "Deployment", Name: "web"}) {
			t.Errorf("%+v", m)
		}
		if team, _ := m.Namespace.Labels.Get("team"); team != "shop-team" {
			t.Errorf("%+v", m.Namespace)
		}
		if zone, _ := m.Node.Labels.Get("topology.kubernetes.io/zone"); zone != "z1" {
			t.Errorf("%+v", m.Node)
		}
		if s.Of(webSource) != m {
			t.Error("every source gets another one")
		}
		if m := s.Of(&filters.Source{Namespace: "shop", Pod: "report-28012345-k2j4l", PodUID: "u3"}); m.Owner != (filters.Owner{Kind: "CronJob", Name: "report"}) {
			t.Errorf("%+v", m.Owner)
		}
		// The path of a static pod has another UID than the API server.
		if m := s.Of(&filters.Source{Namespace: "kube-system", Pod: "etcd-node-1", PodUID: "0123456789abcdef0123456789abcdef"}); !m.Known || m.Owner.Name != "etcd" {
			t.Errorf("%+v", m)
		}
		if s.Of(&filters.Source{Namespace: "shop", Pod: "other"}).Known {
			t.Error("a pod of another node is known")
		}
		got := r.server.Requests()
		slices.Sort(got)
		want := []string{
			"get /api/v1/nodes/node-1", "get /apis/batch/v1/namespaces/shop/jobs/report-28012345",
			"list /api/v1/namespaces", "list /api/v1/namespaces", "list /api/v1/namespaces", // for the version, and of two
			"list /api/v1/pods", "watch /api/v1/namespaces", "watch /api/v1/pods",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}

func TestChanges(t *testing.T) {
	inRig(t, func(r *rig) {
		s := r.start()
		defer r.stop(s)
		settle()
		missing := s.Of(webSource)
		if missing.Known {
			t.Fatal("known")
		}
		r.server.Set(web("web"))
		settle()
		if !missing.Superseded() {
			t.Fatal("its source is not told that the pod is known")
		}
		m := s.Of(webSource)
		changedStatus := web("web")
		changedStatus["status"] = map[string]any{"phase": "Failed"}
		r.server.Set(changedStatus)
		settle()
		if m.Superseded() || s.Of(webSource) != m {
			t.Error("a change of the status counts")
		}
		r.server.Set(web("web2"))
		settle()
		if !m.Superseded() {
			t.Error("a change of a label does not count")
		}
		m = s.Of(webSource)
		if app, _ := m.Pod.Labels.Get("app"); app != "web2" {
			t.Error(app)
		}
		r.server.Set(fake.Object("v1", "Namespace", "", "shop", labels("team", "new"), nil))
		r.server.Set(fake.Object("v1", "Namespace", "", "elsewhere", labels("team", "new"), nil))
		settle()
		if !m.Superseded() {
			t.Error("a change of the namespace does not count")
		}
		if team, _ := s.Of(webSource).Namespace.Labels.Get("team"); team != "new" {
			t.Error(team)
		}
		if n := s.figures().namespaces; n != 1 {
			t.Errorf("%d namespaces are kept", n)
		}
	})
}

// A pod that is gone is known for its last lines, and another one of the same name is not
// taken for it.
func TestGone(t *testing.T) {
	inRig(t, func(r *rig) {
		s := r.start()
		defer r.stop(s)
		db := func(uid, version string) map[string]any {
			return fake.Pod("shop", "db-0", uid, node, labels("version", version), nil, "StatefulSet", "db")
		}
		source := func(uid string) *filters.Source {
			return &filters.Source{Kind: filters.Container, Namespace: "shop", Pod: "db-0", PodUID: uid}
		}
		version := func(uid string) string {
			v, _ := s.Of(source(uid)).Pod.Labels.Get("version")
			return v
		}
		r.server.Set(db("u1", "1"))
		settle()
		r.server.Delete(db("u1", "1"))
		settle()
		if version("u1") != "1" || version("") != "1" || version("u2") != "" {
			t.Error(version("u1"), version(""), version("u2"))
		}
		r.server.Set(db("u2", "2"))
		settle()
		if version("u1") != "1" || version("") != "2" || version("u2") != "2" {
			t.Error(version("u1"), version(""), version("u2"))
		}
		if f := s.figures(); f.present != 1 || f.gone != 1 {
			t.Errorf("%+v", f)
		}
		time.Sleep(keepGone + time.Hour)
		settle()
		if version("u1") != "" || version("u2") != "2" {
			t.Error("a pod that is gone for long is still kept")
		}
	})
}

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
