package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Containerd is a containerd of its own, and a client that does with it what the kubelet does.
type Containerd struct {
	Daemon
	root   string // the node's file system
	socket string
	conn   *grpc.ClientConn
	cri    cri.RuntimeServiceClient
	pods   map[string]string // the sandbox of each pod
}

const containerdConf = `version = 2
root = %[1]q
state = %[2]q
[grpc]
  address = %[3]q
[plugins."io.containerd.internal.v1.opt"]
  path = %[4]q
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "` + Image + `"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = %[4]q
`

// StartContainerd starts containerd, with its files below dir. root is the file system of
// the node.
func StartContainerd(dir, root string) (*Containerd, error) {
	c := &Containerd{root: root, socket: filepath.Join(dir, "containerd.sock"), pods: map[string]string{}}
	conf := filepath.Join(dir, "containerd.toml")
	text := fmt.Sprintf(containerdConf, filepath.Join(dir, "root"), filepath.Join(dir, "state"), c.socket, filepath.Join(dir, "none"))
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return nil, err
	}
	c.dir, c.args = dir, []string{"containerd", "-c", conf}
	var err error
	if c.conn, err = grpc.NewClient("unix://"+c.socket, grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
		return nil, err
	}
	c.cri = cri.NewRuntimeServiceClient(c.conn)
	return c, c.Start()
}

func limit() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}

// Start starts containerd anew after Kill.
func (c *Containerd) Start() error {
	return c.start(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := c.cri.Version(ctx, &cri.VersionRequest{}, grpc.WaitForReady(true))
		return err
	})
}

// Load loads an image.
func (c *Containerd) Load(path string) error {
	out, err := exec.Command("ctr", "-a", c.socket, "-n", "k8s.io", "images", "import", path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("cannot import the image: %w: %s", err, out)
	}
	return nil
}

// Run runs a pod with one container that writes lines.
func (c *Containerd) Run(k *Container, rate int) error {
	ctx, cancel := limit()
	defer cancel()
	folder := filepath.Join(c.root, "var/log/pods", fmt.Sprintf("%s_%s_%s", k.Namespace, k.Pod, k.UID))
	k.Log = filepath.Join(folder, k.Container, "0.log")
	if err := os.MkdirAll(filepath.Dir(k.Log), 0o755); err != nil {
		return err
	}
	host := &cri.NamespaceOption{Network: cri.NamespaceMode_NODE, Pid: cri.NamespaceMode_CONTAINER, Ipc: cri.NamespaceMode_POD}
	sandbox := &cri.PodSandboxConfig{
		Metadata: &cri.PodSandboxMetadata{Name: k.Pod, Namespace: k.Namespace, Uid: k.UID}, LogDirectory: folder,
		Linux: &cri.LinuxPodSandboxConfig{SecurityContext: &cri.LinuxSandboxSecurityContext{NamespaceOptions: host}},
	}
	pod, err := c.cri.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: sandbox})
	if err != nil {
		return err
	}
	c.pods[k.Pod] = pod.PodSandboxId
	made, err := c.cri.CreateContainer(ctx, &cri.CreateContainerRequest{
		PodSandboxId: pod.PodSandboxId, SandboxConfig: sandbox,
		Config: &cri.ContainerConfig{
			Metadata: &cri.ContainerMetadata{Name: k.Container}, Image: &cri.ImageSpec{Image: Image},
			Command: []string{"/writer", k.Pod, strconv.Itoa(k.Lines), strconv.Itoa(rate)}, LogPath: filepath.Join(k.Container, "0.log"),
			Linux: &cri.LinuxContainerConfig{SecurityContext: &cri.LinuxContainerSecurityContext{NamespaceOptions: host}},
		},
	})
	if err != nil {
		return err
	}
	k.ID = made.ContainerId
	if _, err := c.cri.StartContainer(ctx, &cri.StartContainerRequest{ContainerId: k.ID}); err != nil {
		return err
	}
	return k.link(c.root)
}

// Running reports whether a container runs.
func (c *Containerd) Running(k *Container) (bool, error) {
	ctx, cancel := limit()
	defer cancel()
	status, err := c.cri.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: k.ID}, grpc.WaitForReady(true))
	return err == nil && status.Status.State == cri.ContainerState_CONTAINER_RUNNING, err
}

// Reopen makes containerd open the log of a container anew.
func (c *Containerd) Reopen(k *Container) error {
	ctx, cancel := limit()
	defer cancel()
	_, err := c.cri.ReopenContainerLog(ctx, &cri.ReopenContainerLogRequest{ContainerId: k.ID}, grpc.WaitForReady(true))
	return err
}

// Remove removes the pod of a container, its files, and then its link.
func (c *Containerd) Remove(k *Container) error {
	ctx, cancel := limit()
	defer cancel()
	pod := c.pods[k.Pod]
	delete(c.pods, k.Pod)
	_, stopped := c.cri.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: pod})
	_, removed := c.cri.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: pod})
	return errors.Join(stopped, removed, os.RemoveAll(filepath.Dir(filepath.Dir(k.Log))), os.Remove(k.Link))
}

// Stop removes all pods, ends containerd, and removes its mounts.
func (c *Containerd) Stop() error {
	ctx, cancel := limit()
	defer cancel()
	for _, pod := range c.pods {
		_, _ = c.cri.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: pod})
		_, _ = c.cri.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: pod})
	}
	_ = c.conn.Close()
	return c.Daemon.Stop()
}
