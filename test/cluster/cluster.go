// Package cluster runs a whole Kubernetes cluster of one node on this machine: etcd, the
// API server, the controller manager, the scheduler, the kubelet, and containerd with a
// network for pods. Nothing of it is left when the process ends.
package cluster

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Node is the name of the only node.
const Node = "node-1"

// Cluster is a cluster that runs.
type Cluster struct {
	// Dir is the folder of all its files.
	Dir string
	// APIFlags are more flags of the API server, from its next start on.
	APIFlags []string

	bin        string // the folder of Kubernetes' programs
	socket     string // of containerd
	components []*component
	apiserver  *component
}

// Start starts a cluster. bin is the folder of its programs (make build/cluster).
func Start(dir, bin string) (*Cluster, error) {
	c := newCluster(dir, bin)
	return c, c.do(c.write, c.startEtcd, c.StartAPIServer, c.startControllers, c.startContainerd)
}

func newCluster(dir, bin string) *Cluster {
	return &Cluster{Dir: dir, bin: bin, socket: filepath.Join(dir, "containerd.sock")}
}

func (c *Cluster) do(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Stop ends all programs of the cluster, the last one first.
func (c *Cluster) Stop() (err error) {
	for i := len(c.components) - 1; i >= 0; i-- {
		err = errors.Join(err, c.components[i].stop())
	}
	return err
}

// Logs returns the ends of the logs of all programs.
func (c *Cluster) Logs() (logs string) {
	for _, component := range c.components {
		logs += fmt.Sprintf("=== %s\n%s\n", component.name, component.tail())
	}
	return logs
}

// launch starts a program that ends with the cluster.
func (c *Cluster) launch(path string, args ...string) (*component, error) {
	component, err := launch(c.Dir, path, args...)
	if err == nil {
		c.components = append(c.components, component)
	}
	return component, err
}

func (c *Cluster) path(name string) string { return filepath.Join(c.Dir, name) }

// write writes the keys and the configuration files.
func (c *Cluster) write() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	var random [16]byte
	_, _ = rand.Read(random[:])
	secret := fmt.Sprintf("%x", random)
	files := map[string]string{
		"sa.key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
		"sa.pub": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"tokens.csv": secret + "-admin,admin,1,system:masters\n" +
			secret + "-controllers,system:kube-controller-manager,2\n" +
			secret + "-scheduler,system:kube-scheduler,3\n" +
			secret + "-node,system:node:" + Node + ",4,system:nodes\n",
		"containerd.toml":   fmt.Sprintf(containerdConf, c.Dir, PauseImage),
		"kubelet.yaml":      fmt.Sprintf(kubeletConf, c.Dir, c.Dir, os.Getenv(inside)),
		"cni/pods.conflist": podNetwork,
	}
	for _, user := range []string{"admin", "controllers", "scheduler", "node"} {
		files[user+".conf"] = fmt.Sprintf(kubeconfig, nodeIP, secret+"-"+user)
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(c.path(name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(c.path(name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return os.MkdirAll(c.path("static"), 0o755)
}

func (c *Cluster) startEtcd() error {
	_, err := c.launch(filepath.Join(c.bin, "etcd"), "--data-dir", c.path("etcd"),
		"--listen-client-urls", "http://127.0.0.1:2379", "--advertise-client-urls", "http://127.0.0.1:2379",
		"--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
		"--initial-cluster", "default=http://127.0.0.1:2380", "--unsafe-no-fsync")
	return err
}

// StartAPIServer starts the API server, also again after KillAPIServer, and waits until it
// is ready.
func (c *Cluster) StartAPIServer() (err error) {
	c.apiserver, err = c.launchAPIServer("443", "pki", c.APIFlags...)
	if err != nil {
		return err
	}
	return c.apiserver.until(3*time.Minute, func() error {
		_, err := c.Kubectl("get", "--raw", "/readyz")
		return err
	})
}

// StartOtherAPIServer starts a second API server of the same cluster, and waits until it is
// ready. It returns its URL.
func (c *Cluster) StartOtherAPIServer() (url string, err error) {
	other, err := c.launchAPIServer("6443", "pki-other")
	if err != nil {
		return "", err
	}
	c.components = append(c.components, other)
	url = "https://" + nodeIP + ":6443"
	return url, other.until(3*time.Minute, func() error {
		_, err := c.Kubectl("--server", url, "get", "--raw", "/readyz")
		return err
	})
}

func (c *Cluster) launchAPIServer(port, certificates string, flags ...string) (*component, error) {
	return launch(c.Dir, filepath.Join(c.bin, "kube-apiserver"), append([]string{
		"--etcd-servers", "http://127.0.0.1:2379", "--secure-port", port, "--bind-address", "0.0.0.0",
		"--advertise-address", nodeIP, "--cert-dir", c.path(certificates), "--service-cluster-ip-range", "10.96.0.0/24",
		"--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", c.path("sa.pub"),
		"--service-account-signing-key-file", c.path("sa.key"), "--token-auth-file", c.path("tokens.csv"),
		"--authorization-mode", "Node,RBAC", "--anonymous-auth=false", "--endpoint-reconciler-type", "none",
		"--allow-privileged=true"}, flags...)...)
}

// KillAPIServer ends the API server as a crash would. It would end by itself only when the
// last watch ends.
func (c *Cluster) KillAPIServer() {
	if c.apiserver != nil {
		c.apiserver.kill()
	}
}

func (c *Cluster) startControllers() error {
	_, err := c.launch(filepath.Join(c.bin, "kube-controller-manager"), "--kubeconfig", c.path("controllers.conf"),
		"--service-account-private-key-file", c.path("sa.key"), "--root-ca-file", c.path("pki/apiserver.crt"),
		"--use-service-account-credentials", "--bind-address", "127.0.0.1", "--leader-elect=false", "--cert-dir", c.path("pki-controllers"))
	if err != nil {
		return err
	}
	_, err = c.launch(filepath.Join(c.bin, "kube-scheduler"), "--kubeconfig", c.path("scheduler.conf"),
		"--bind-address", "127.0.0.1", "--leader-elect=false", "--cert-dir", c.path("pki-scheduler"))
	return err
}

func (c *Cluster) startContainerd() error {
	containerd, err := c.launch("containerd", "-c", c.path("containerd.toml"))
	if err != nil {
		return err
	}
	return containerd.until(time.Minute, func() error {
		_, err := run("ctr", "-a", c.socket, "version")
		return err
	})
}

// Load loads an image that Archive has written.
func (c *Cluster) Load(path string) error {
	_, err := run("ctr", "-a", c.socket, "-n", "k8s.io", "images", "import", path)
	return err
}

// StartKubelet starts the kubelet, and waits until the node is ready.
func (c *Cluster) StartKubelet() error {
	kubelet, err := c.launch(filepath.Join(c.bin, "kubelet"), "--config", c.path("kubelet.yaml"),
		"--kubeconfig", c.path("node.conf"), "--hostname-override", Node, "--node-ip", nodeIP, "--cert-dir", c.path("pki-kubelet"))
	if err != nil {
		return err
	}
	return kubelet.until(2*time.Minute, func() error {
		_, err := c.Kubectl("wait", "--for=condition=Ready", "node/"+Node, "--timeout=1s")
		return err
	})
}

// Kubectl runs kubectl as the administrator, and returns its output.
func (c *Cluster) Kubectl(args ...string) (string, error) {
	return run(filepath.Join(c.bin, "kubectl"), append([]string{"--kubeconfig", c.path("admin.conf")}, args...)...)
}

// Helm runs helm as the administrator, and returns its output.
func (c *Cluster) Helm(args ...string) (string, error) {
	return run(filepath.Join(c.bin, "helm"), append([]string{"--kubeconfig", c.path("admin.conf")}, args...)...)
}

// run runs a program to its end, and returns its standard output.
func run(path string, args ...string) (string, error) {
	var errors string
	command := exec.Command(path, args...)
	out, err := command.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		errors = string(exit.Stderr)
	}
	if err != nil {
		return string(out), fmt.Errorf("cannot run %s %q: %w: %s", filepath.Base(path), args, err, errors)
	}
	return string(out), nil
}
