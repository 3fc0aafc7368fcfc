// Package dockerdir determines the source of a log file in Docker's data directory,
// /var/lib/docker/containers/<id>/<id>-json.log, from config.v2.json in the same directory
// (https://github.com/moby/moby/blob/master/daemon/container/container.go).
package dockerdir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	jsoniter "github.com/json-iterator/go"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/internal/regular"
)

// maxConfig is the largest number of bytes that are read of a configuration. Most have a few
// KiB, but the kernel allows arguments and environments of several MiB.
const maxConfig = 16 << 20

// ID returns the container ID of a path in Docker's data directory, of a log file or of a
// rotated one (-json.log.1). ok is false for any other path.
func ID(p string) (id string, ok bool) {
	dir, file := path.Split(p)
	id = path.Base(path.Clean(dir))
	return id, kubepath.IsContainerID(id) && strings.HasPrefix(file, id+"-json.log")
}

// Read returns the source of the log file at p. When it cannot read the configuration, it
// returns a source with the container ID only, and an error. Docker may write the
// configuration after the log file, so callers retry.
func Read(p string) (source filters.Source, err error) {
	id, _ := ID(p)
	source = filters.Source{Kind: filters.Container, ContainerID: id}
	name, err := readName(path.Join(path.Dir(p), "config.v2.json"))
	if err == nil {
		SetName(&source, name)
	}
	return source, err
}

// readName returns the name of the container in the configuration at p. It does not read
// what follows the name.
func readName(p string) (name string, err error) {
	file, err := regular.Open(p)
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
	var pathErr *fs.PathError
	switch {
	case found && iter.Error == nil:
		return name, nil
	case limited.N == 0:
		return "", fmt.Errorf("cannot read %s: it has more than %d bytes", p, maxConfig)
	case errors.As(iter.Error, &pathErr):
		return "", pathErr
	}
	// The error of the JSON library contains a part of the configuration, which can have
	// passwords in its environment.
	return "", fmt.Errorf("cannot read %s: not a JSON object with a Name", p)
}

// sandbox is the kubelet's name for the container that holds the namespaces of a pod. No
// other container's name can be in upper case.
const sandbox = "POD"

// SetName sets the parts of s that Docker's name of a container contains. The kubelet's names
// are k8s_<container>_<pod>_<namespace>_<uid>_<attempt>, and before Kubernetes 1.6
// k8s_<container>.<hash>_<pod>_<namespace>_<uid>_<random>. Any other name is only the name of
// the container. The container's labels are not used, because an image can set them.
func SetName(s *filters.Source, name string) {
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

// isContainer returns whether Kubernetes allows these names.
func isContainer(namespace, pod, container string) bool {
	if container == sandbox {
		container = "sandbox"
	}
	return kubepath.IsPod(namespace, pod, container)
}
