package source

import (
	"testing"

	"github.com/k8slog/k8slog/filters"
)

// A source is worked out anew, once, when its metadata are superseded, and keeps what its path
// said.
func TestMetadataIsSuperseded(t *testing.T) {
	const path = "/var/log/pods/shop_web-1_11111111-2222-3333-4444-555555555555/app/3.log"
	current := filters.NewMetadata()
	rendered := 0
	r := New(Config{
		TagPrefix: "kube.", Node: "n",
		Metadata: func(*filters.Source) *filters.Metadata { return current },
		Render: func(s *filters.Source) {
			if s.Rules != nil || s.Tenant != "" || s.Rendered != nil {
				t.Error("the rules of before are still there")
			}
			rendered++
			s.Rendered, s.Rules, s.Tenant = rendered, rendered, "t"
		},
	})
	key := []byte(nil)
	for name, look := range map[string]func() *filters.Source{
		"path": func() *filters.Source { return r.ByPath([]byte(path)) },
		"tag":  func() *filters.Source { return r.ByTag("kube.web-1_shop_app-" + containerID + ".log") },
		"container": func() (s *filters.Source) {
			s, key = r.ByContainer([]byte("k8s_app_web-1_shop_11111111-2222-3333-4444-555555555555_3"), []byte(containerID), key)
			return s
		},
	} {
		first := look()
		if look() != first || first.Metadata != current || first.Pod != "web-1" {
			t.Errorf("%s: %+v", name, first)
		}
		before, count := current, rendered
		current = filters.NewMetadata()
		before.Supersede()
		second := look()
		if second == first || second.Metadata != current || second.Pod != first.Pod || second.PodUID != first.PodUID || second.Node != "n" || look() != second || rendered != count+1 {
			t.Errorf("%s: %+v, %d", name, second, rendered)
		}
	}
	if s := r.ByTag("component.kubelet"); s.Metadata != nil {
		t.Error("a component has metadata of a pod")
	}
}
