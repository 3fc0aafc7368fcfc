package options

import "testing"

func TestPod(t *testing.T) {
	const uid = "3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44"
	for value, want := range map[string]Pod{
		"":                      {},
		"shop/web-1":            {"shop", "web-1", "", ""},
		"shop/web-1.a/web":      {"shop", "web-1.a", "web", ""},
		"shop/web-1/web/" + uid: {"shop", "web-1", "web", uid},
		"shop/web-1//" + uid:    {"shop", "web-1", "", uid},
		"shop/web-1//":          {"shop", "web-1", "", ""}, // variables that are not set
	} {
		if c, err := parse(map[string]string{"backend": "stdout", "pod": value}); err != nil || c.Pod != want {
			t.Errorf("%q: %v", value, err)
		}
	}
	const allowed = "; allowed: namespace/pod, and behind them /container and /uid where they are known"
	for value, problem := range map[string]string{
		"///": "does not name a pod as Kubernetes does", "shop": "does not name a pod as Kubernetes does",
		"shop/": "does not name a pod as Kubernetes does", "/web": "does not name a pod as Kubernetes does",
		"shop/Web": "does not name a pod as Kubernetes does", "shop/web/a_b": "does not name a pod as Kubernetes does",
		"shop/web/a/b c": "does not name a pod as Kubernetes does", "shop/web/a/b/c": "has more than four names",
	} {
		_, err := parse(map[string]string{"backend": "stdout", "pod": value})
		if want := `option pod: "` + value + `" ` + problem + allowed; err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestIdentity(t *testing.T) {
	for value, want := range map[string]string{"": ByFiles, "files": ByFiles, "none": ByNobody, "resource": ByResource} {
		if c, err := parse(map[string]string{"backend": "stdout", "identity": value}); err != nil || c.Identity != want {
			t.Errorf("%q: %v", value, err)
		}
	}
	for set, want := range map[string]string{
		"all": `option identity: "all" is not one of the choices; allowed: files, resource, none`,
		// One of them would win, and nobody could tell which.
		"none": `option identity: "none" contradicts pod; allowed: one of both`,
	} {
		_, err := parse(map[string]string{"backend": "stdout", "identity": set, "pod": "shop/web"})
		if err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}
