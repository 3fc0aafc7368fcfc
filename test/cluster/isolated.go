package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// The kubelet and the container runtime write to fixed folders, and the API server has a
// fixed address inside of a cluster. So the cluster runs in namespaces of its own: its
// mounts, its network and its processes are gone when the test ends, however it ends.

// inside is the environment variable of the process in the namespaces.
const inside = "K8SLOG_CLUSTER_INSIDE"

// The addresses that are on the loopback interface inside.
const (
	nodeIP    = "192.0.2.10" // RFC 5737
	serviceIP = "10.96.0.1"  // of the API server in the cluster
)

// Isolated runs this program again in namespaces of its own, and returns its exit code. In
// the second process it prepares the namespaces, and run goes on.
func Isolated(run func() int) (int, error) {
	if os.Getenv(inside) != "" {
		if err := prepare(); err != nil {
			return 0, err
		}
		return run(), nil
	}
	root := cgroup()
	if err := root.create(); err != nil {
		return 0, err
	}
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.Env = append(os.Environ(), inside+"="+string(root))
	again.SysProcAttr = &syscall.SysProcAttr{
		// The process is the first of its namespace: when it ends, all others end.
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	err := again.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), root.remove()
	}
	return 0, errors.Join(err, root.remove())
}

// prepare mounts empty folders where the programs write, and sets up the network.
func prepare() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot make the mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("cannot mount /proc: %w", err)
	}
	for _, dir := range []string{"/run", "/var/log", "/var/lib/kubelet", "/var/lib/cni", "/var/lib/k8slog"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("cannot mount %s: %w", dir, err)
		}
	}
	// The kubelet mounts volumes for its pods, and the pods must see them.
	if err := syscall.Mount("", "/var/lib/kubelet", "", syscall.MS_SHARED, ""); err != nil {
		return err
	}
	for _, args := range []string{"link set lo up", "addr add " + nodeIP + "/32 dev lo", "addr add " + serviceIP + "/32 dev lo"} {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			return fmt.Errorf("cannot run ip %s: %w: %s", args, err, out)
		}
	}
	return nil
}

// controlGroup is the name of the control group of all pods.
type controlGroup string

func cgroup() controlGroup { return controlGroup(fmt.Sprintf("k8slog-%d", os.Getpid())) }

// folders returns the folder of the group in each hierarchy.
func (c controlGroup) folders() (folders []string) {
	roots, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
	if len(roots) == 0 {
		roots = []string{"/sys/fs/cgroup/cgroup.procs"}
	}
	for _, root := range roots {
		folders = append(folders, filepath.Join(filepath.Dir(root), string(c)))
	}
	return folders
}

func (c controlGroup) create() error {
	for _, dir := range c.folders() {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("cannot create the control group of the pods: %w", err)
		}
	}
	return nil
}

// remove removes the group, and those in it first.
func (c controlGroup) remove() (err error) {
	for _, dir := range c.folders() {
		var below []string
		_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, e error) error {
			if e == nil && entry.IsDir() {
				below = append(below, path)
			}
			return nil
		})
		for i := len(below) - 1; i >= 0; i-- {
			err = errors.Join(err, os.Remove(below[i]))
		}
	}
	return err
}
