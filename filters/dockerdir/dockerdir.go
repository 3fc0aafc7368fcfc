// Package dockerdir reads who wrote a log in docker's own folder,
// /var/lib/docker/containers/<id>/<id>-json.log, from the config.v2.json beside
// it (https://github.com/moby/moby/blob/master/daemon/container/container.go).
package dockerdir

import (
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	jsoniter "github.com/json-iterator/go"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/podlog"
)

// maxConfig bounds what is read of a configuration; real ones have a few KiB.
const maxConfig = 1 << 20

// ID returns the container id of a path in docker's folder, of the log itself
// or of a rotated one (-json.log.1), and false for any other path.
func ID(p string) (id string, ok bool) {
	dir, file := path.Split(p)
	id = path.Base(path.Clean(dir))
	return id, podlog.IsContainerID(id) && strings.HasPrefix(file, id+"-json.log")
}

// config is what is read of config.v2.json.
type config struct {
	Name   string
	Config struct{ Labels map[string]string }
}

// The labels that the kubelet gives its containers.
const (
	labelPod       = "io.kubernetes.pod.name"
	labelNamespace = "io.kubernetes.pod.namespace"
	labelUID       = "io.kubernetes.pod.uid"
	labelContainer = "io.kubernetes.container.name"
)

// Read returns the source of the log at p. When the configuration is absent,
// broken, or too large, only the id is known, and complete is false: it may be
// there later.
func Read(p string) (source filters.Source, complete bool) {
	id, _ := ID(p)
	source = filters.Source{Kind: filters.Container, ContainerID: id}
	file, err := os.Open(path.Join(path.Dir(p), "config.v2.json"))
	if err != nil {
		return source, false
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err != nil || len(text) > maxConfig {
		return source, false
	}
	var c config
	if jsoniter.Unmarshal(text, &c) != nil {
		return source, false
	}
	labels := c.Config.Labels
	source.Pod, source.Namespace = labels[labelPod], labels[labelNamespace]
	source.PodUID, source.Container = labels[labelUID], labels[labelContainer]
	fromName(&source, strings.TrimPrefix(c.Name, "/"))
	return source, true
}

// fromName fills in what the labels did not say, from the container's name:
// k8s_<container>_<pod>_<namespace>_<uid>_<attempt>, or a plain one.
func fromName(s *filters.Source, name string) {
	parts := strings.Split(name, "_")
	if len(parts) != 6 || parts[0] != "k8s" {
		if s.Container == "" {
			s.Container = name
		}
		return
	}
	for i, field := range []*string{&s.Container, &s.Pod, &s.Namespace, &s.PodUID} {
		if *field == "" {
			*field = parts[i+1]
		}
	}
	if n, err := strconv.ParseUint(parts[5], 10, 31); err == nil {
		restart := int(n)
		s.Restart = &restart
	}
}
