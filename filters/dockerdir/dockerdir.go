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
type config struct{ Name string }

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
	fromName(&source, strings.TrimPrefix(c.Name, "/"))
	return source, true
}

// fromName reads the name that the kubelet gives its containers,
// k8s_<container>_<pod>_<namespace>_<uid>_<attempt>, or a plain one. Labels
// say the same, but an image can bring labels of its own.
func fromName(s *filters.Source, name string) {
	parts := strings.Split(name, "_")
	if len(parts) != 6 || parts[0] != "k8s" || !podlog.IsPod(parts[3], parts[2], parts[1]) {
		s.Container = name
		return
	}
	s.Container, s.Pod, s.Namespace, s.PodUID = parts[1], parts[2], parts[3], parts[4]
	if n, err := strconv.ParseUint(parts[5], 10, 31); err == nil {
		restart := int(n)
		s.Restart = &restart
	}
}
