package metadata

import (
	"slices"
	"testing"
	"time"

	"github.com/k8slog/k8slog/filters"
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
		// The path of a static pod has another UID than the API server. Its owner is the node.
		if m := s.Of(&filters.Source{Namespace: "kube-system", Pod: "etcd-node-1", PodUID: "0123456789abcdef0123456789abcdef"}); !m.Known || m.Owner != (filters.Owner{Kind: "Node", Name: node}) {
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
