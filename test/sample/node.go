// Package sample lays out a Kubernetes node's /var/log and /var/lib/docker
// below a folder, with the names, symlinks and formats of a real node.
package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Node is a sample node on disk.
type Node struct {
	// Root stands for the node's /.
	Root string
	// Texts are the texts written, by who wrote them: "namespace pod
	// container", or the component.
	Texts map[string][]string
	// Total is the number of all texts.
	Total int
	// Begin is when all began to write, an hour ago.
	Begin time.Time
}

// container is one container of the node.
type container struct {
	pod, namespace, name, id string
	uid                      string
	restart                  int
	runtime                  string // docker or cri
	text                     func(n int, at time.Time) string
}

// The containers whose names a GKE node of 2018 had, with the old layout of
// /var/log/pods and docker below; and two of a node of today, with CRI.
var containers = []container{
	{
		"blog-84bd9f6d5b-9f6kt", "default", "blog",
		"e3e2ad507585302aa3d77cc3670ffd3b86263bbff896ec489ddb42eb1c7f214e",
		"b5765594-98b2-11e8-8483-42010a8a0017", 0, "docker", nginx,
	},
	{
		"fluentd-gcp-v2.0.9-5kd4h", "kube-system", "fluentd-gcp",
		"6330ce359fb5c54012b85c1d6d57eb076578b15fbca1150f341e16f5f61f0655",
		"82a88873-9d18-11e8-b3c9-42010a8a0140", 11, "docker", plain,
	},
	{
		"fluentd-gcp-v2.0.9-5kd4h", "kube-system", "fluentd-gcp",
		"8b951e9978fae5781b55007de8f24a5b336dab9d6812855ffaa5e3f460340a07",
		"82a88873-9d18-11e8-b3c9-42010a8a0140", 10, "docker", plain,
	},
	{
		"fluentd-gcp-v2.0.9-5kd4h", "kube-system", "prometheus-to-sd-exporter",
		"2cd439bb6d232379490dcb48f7a39e7c292bc6aba26a6249faf6d9a122697234",
		"82a88873-9d18-11e8-b3c9-42010a8a0140", 0, "docker", klog,
	},
	{
		"etcd-node-1.example.com", "kube-system", "etcd",
		"0aa68a6f97640043365d080b64c557379271f5ef1730763537772e3ecd695659",
		"5f2ab4d3c1e84c6c9d1f0a7be3a25d11", 2, "cri", etcd,
	},
	{
		"shop-7d9c6b5f4-x2x9z", "shop", "web",
		"17834a541c748564ebb79772cafd8a6858f095fb46334778550d84e33ab51627",
		"3f0c8a52-6f0e-4b8f-9a55-0c2d6a1b7e44", 1, "cri", json,
	},
}

// components are the log files of the node's own parts, below /var/log.
var components = []struct {
	path, name string
	text       func(n int, at time.Time) string
}{
	{"salt/minion", "salt", salt},
	{"startupscript.log", "startupscript", startup},
	{"docker.log", "docker", dockerd},
	{"etcd.log", "etcd", etcd},
	{"kubelet.log", "kubelet", klog},
	{"kube-proxy.log", "kube-proxy", klog},
	{"kube-apiserver.log", "kube-apiserver", klog},
	{"kube-controller-manager.log", "kube-controller-manager", klog},
	{"kube-scheduler.log", "kube-scheduler", klog},
	{"rescheduler.log", "rescheduler", klog},
	{"glbc.log", "glbc", klog},
	{"cluster-autoscaler.log", "cluster-autoscaler", klog},
}

// Lay makes the node in root, which must be empty or absent, with so many
// lines in each file.
func Lay(root string, lines int) (*Node, error) {
	n := &Node{Root: root, Texts: map[string][]string{}, Begin: time.Now().UTC().Add(-time.Hour)}
	for _, dir := range []string{"var/lib/k8slog", "var/log/journal", "var/log/containers"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return nil, err
		}
	}
	for i := range containers {
		if err := n.container(&containers[i], lines); err != nil {
			return nil, err
		}
	}
	for _, c := range components {
		var text strings.Builder
		for i := range lines {
			line := c.text(i, n.at(i))
			text.WriteString(line + "\n")
			n.note(c.name, line)
		}
		if err := n.write("var/log/"+c.path, text.String()); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// at is when line i of a file was written.
func (n *Node) at(i int) time.Time {
	return n.Begin.Add(time.Duration(i) * 137 * time.Millisecond)
}

func (n *Node) note(who, text string) {
	n.Texts[who] = append(n.Texts[who], text)
	n.Total++
}

// container writes the log where the runtime keeps it, and the symlinks that
// lead there.
func (n *Node) container(c *container, lines int) error {
	var text strings.Builder
	// A container that was started again wrote later than the one before.
	later := time.Duration(c.restart) * time.Minute
	for i := range lines {
		stream := [...]string{"stdout", "stdout", "stderr"}[i%3]
		at := n.at(i).Add(later)
		line := c.text(i, at)
		n.note(c.namespace+" "+c.pod+" "+c.name, line)
		if c.runtime == "docker" {
			fmt.Fprintf(&text, `{"log":"%s\n","stream":"%s","time":"%s"}`+"\n", escape(line), stream, at.Format(time.RFC3339Nano))
		} else {
			fmt.Fprintf(&text, "%s %s F %s\n", at.Format("2006-01-02T15:04:05.000000000Z07:00"), stream, line)
		}
	}
	link := fmt.Sprintf("var/log/containers/%s_%s_%s-%s.log", c.pod, c.namespace, c.name, c.id)
	if c.runtime == "cri" {
		file := fmt.Sprintf("var/log/pods/%s_%s_%s/%s/%d.log", c.namespace, c.pod, c.uid, c.name, c.restart)
		if err := n.write(file, text.String()); err != nil {
			return err
		}
		return n.symlink(link, file)
	}
	dir := "var/lib/docker/containers/" + c.id
	file := dir + "/" + c.id + "-json.log"
	pod := fmt.Sprintf("var/log/pods/%s/%s_%d.log", c.uid, c.name, c.restart)
	config := fmt.Sprintf(`{"ID":%q,"Name":"/k8s_%s_%s_%s_%s_%d","Config":{"Labels":{"io.kubernetes.pod.name":%q,"io.kubernetes.pod.namespace":%q,"io.kubernetes.pod.uid":%q,"io.kubernetes.container.name":%q}}}`,
		c.id, c.name, c.pod, c.namespace, c.uid, c.restart, c.pod, c.namespace, c.uid, c.name)
	for _, step := range []func() error{
		func() error { return n.write(file, text.String()) },
		func() error { return n.write(dir+"/config.v2.json", config) },
		func() error { return n.symlink(pod, file) },
		func() error { return n.symlink(link, pod) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) write(path, text string) error {
	path = filepath.Join(n.Root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// symlink is relative, so that the node works wherever its root is.
func (n *Node) symlink(link, target string) error {
	path := filepath.Join(n.Root, link)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	to, err := filepath.Rel(filepath.Dir(link), target)
	if err != nil {
		return err
	}
	return os.Symlink(to, path)
}

// escape writes text as docker does inside its JSON.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", `\u0026`, "<", `\u003c`, ">", `\u003e`).Replace(s)
}
