package backendtest

import "github.com/k8slog/k8slog/filters"

// Described returns a source with what the API server says of its pod: two labels whose names
// are alike in many backends, one without a value, an annotation with every awkward character,
// and one label of the namespace and of the node.
func Described(s filters.Source) filters.Source {
	s.Kind = filters.Container
	s.Metadata = filters.NewMetadata()
	m := s.Metadata
	m.Known = true
	m.Owner = filters.Owner{Kind: "Deployment", Name: "web"}
	m.Pod = filters.Tags{
		Labels:      filters.Pairs{{Key: "app", Value: "web"}, {Key: "app.kubernetes.io/name", Value: "n"}, {Key: "app_kubernetes_io/name", Value: "second"}, {Key: "empty"}},
		Annotations: filters.Pairs{{Key: "note", Value: "a \"b\"\n\x01}\xff"}},
	}
	m.Namespace = filters.Tags{Labels: filters.Pairs{{Key: "team", Value: "t"}}}
	m.Node = filters.Tags{Labels: filters.Pairs{{Key: "zone", Value: "z"}}}
	m.Sent = filters.Sent{
		Pod: m.Pod, Namespace: m.Namespace, Node: m.Node, Owner: m.Owner,
		Image: "registry:5000/shop/web:1.2@sha256:ab", ImageID: "registry:5000/shop/web@sha256:ab", PodIP: "10.0.0.1", HostIP: "192.0.2.1",
	}
	return s
}

// Unknown returns a source of whose pod the API server has not told.
func Unknown(s filters.Source) filters.Source {
	s.Kind = filters.Container
	s.Metadata = filters.NewMetadata()
	return s
}
