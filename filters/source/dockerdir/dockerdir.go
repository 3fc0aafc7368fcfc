// Package dockerdir reads who wrote a log in docker's own folder,
// /var/lib/docker/containers/<id>/<id>-json.log, from the config.v2.json beside
// it (https://github.com/moby/moby/blob/master/daemon/container/container.go).
package dockerdir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	jsoniter "github.com/json-iterator/go"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/kubepath"
)

// maxConfig bounds what is read of a configuration. Real ones have a few KiB;
// the kernel lets a container's arguments and environment make it megabytes.
const maxConfig = 16 << 20

// ID returns the container id of a path in docker's folder, of the log itself
// or of a rotated one (-json.log.1), and false for any other path.
func ID(p string) (id string, ok bool) {
	dir, file := path.Split(p)
	id = path.Base(path.Clean(dir))
	return id, kubepath.IsContainerID(id) && strings.HasPrefix(file, id+"-json.log")
}

// Read returns the source of the log at p. When the configuration is absent,
// broken, or too large, only the id is known, and the error says why: it may be
// there later.
func Read(p string) (source filters.Source, err error) {
	id, _ := ID(p)
	source = filters.Source{Kind: filters.Container, ContainerID: id}
	name, err := readName(path.Join(path.Dir(p), "config.v2.json"))
	if err == nil {
		Named(&source, name)
	}
	return source, err
}

// readName reads the container's name, and no further than that.
func readName(p string) (name string, err error) {
	file, err := os.Open(p)
	if err != nil {
		return "", err
	}
	defer file.Close()
	limited := io.LimitedReader{R: file, N: maxConfig}
	iter := jsoniter.Parse(jsoniter.ConfigDefault, &limited, 32<<10)
	found := false
	iter.ReadObjectCB(func(iter *jsoniter.Iterator, key string) bool {
		if key != "Name" {
			iter.Skip()
			return true
		}
		name, found = iter.ReadString(), true
		return false
	})
	var broken *fs.PathError
	switch {
	case found && iter.Error == nil:
		return name, nil
	case limited.N == 0:
		return "", fmt.Errorf("cannot read %s: it has more than %d bytes", p, maxConfig)
	case errors.As(iter.Error, &broken):
		return "", broken
	}
	// The JSON library quotes the text, which has the environment's passwords.
	return "", fmt.Errorf("cannot read %s: it is no JSON object with a Name", p)
}

// sandbox is the container that holds a pod's namespaces, under the name that
// the kubelet gives it. It is in capitals, as no other's can be.
const sandbox = "POD"

// Named adds what docker's name of a container says: the kubelet's is
// k8s_<container>_<pod>_<namespace>_<uid>_<attempt>, before Kubernetes 1.6
// k8s_<container>.<hash>_<pod>_<namespace>_<uid>_<random>, and any other a plain
// container's. Labels say the same, but an image can bring labels of its own.
func Named(s *filters.Source, name string) {
	name = strings.TrimPrefix(name, "/")
	parts := strings.Split(name, "_")
	if len(parts) != 6 || parts[0] != "k8s" {
		s.Container = name
		return
	}
	container, _, hashed := strings.Cut(parts[1], ".")
	if !isContainer(parts[3], parts[2], container) {
		s.Container = name
		return
	}
	s.Container, s.Pod, s.Namespace, s.PodUID = container, parts[2], parts[3], parts[4]
	if hashed {
		return
	}
	if n, err := strconv.ParseUint(parts[5], 10, 31); err == nil {
		restart := int(n)
		s.Restart = &restart
	}
}

func isContainer(namespace, pod, container string) bool {
	if container == sandbox {
		container = "sandbox"
	}
	return kubepath.IsPod(namespace, pod, container)
}
