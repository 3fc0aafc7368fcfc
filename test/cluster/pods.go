package cluster

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	core "k8s.io/api/core/v1"
)

// Pods is what the API server says of all pods that there have been.
type Pods struct {
	cluster *Cluster
	watch   *exec.Cmd
	done    chan struct{}

	mu         sync.Mutex
	pods       map[string]*core.Pod // by the uid that is in the names of log files
	containers map[string]string    // the uid of the pod, by the ID of the container
}

// WatchPods begins to watch the pods of all namespaces.
func (c *Cluster) WatchPods() (*Pods, error) {
	p := &Pods{cluster: c, pods: map[string]*core.Pod{}, containers: map[string]string{}}
	return p, p.Watch()
}

// Watch watches the pods again after the API server was away.
func (p *Pods) Watch() error {
	if p.watch != nil {
		p.Stop()
	}
	p.watch, p.done = exec.Command(filepath.Join(p.cluster.bin, "kubectl"), "--kubeconfig", p.cluster.path("admin.conf"),
		"get", "pods", "-A", "--watch", "--output-watch-events", "-o", "json"), make(chan struct{})
	out, err := p.watch.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.watch.Start(); err != nil {
		return fmt.Errorf("cannot watch the pods: %w", err)
	}
	go func(done chan struct{}) {
		defer close(done)
		for events := json.NewDecoder(out); ; {
			var event struct{ Object core.Pod }
			if events.Decode(&event) != nil {
				return
			}
			p.note(&event.Object)
		}
	}(p.done)
	return nil
}

// Stop ends the watch.
func (p *Pods) Stop() {
	_ = p.watch.Process.Kill()
	<-p.done
	_ = p.watch.Wait()
}

// configHash is the annotation of the pod that the API server has for a static pod. The
// names of log files have the hash in place of the pod's uid.
const configHash = "kubernetes.io/config.hash"

func (p *Pods) note(pod *core.Pod) {
	p.mu.Lock()
	defer p.mu.Unlock()
	uid := string(pod.UID)
	if hash := pod.Annotations[configHash]; hash != "" {
		uid = hash
	}
	if known := p.pods[uid]; known != nil && pod.DeletionTimestamp != nil {
		// What is removed at the end is not what the records were written with.
		pod.Labels, pod.Annotations = known.Labels, known.Annotations
	}
	p.pods[uid] = pod
	for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		ids := []string{status.ContainerID}
		if last := status.LastTerminationState.Terminated; last != nil {
			ids = append(ids, last.ContainerID)
		}
		for _, id := range ids {
			if _, id, ok := strings.Cut(id, "://"); ok {
				p.containers[id] = uid
			}
		}
	}
}

// Compare compares the metadata of a record with the pod. It returns what is wrong, and
// whether the API server has named the container's ID, which it need not for one that
// restarts often.
func (p *Pods) Compare(r Identity) (wrong string, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pod := p.pods[r.UID]
	if pod == nil {
		return fmt.Sprintf("no pod has the uid %q", r.UID), false
	}
	var all []string
	for _, container := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
		all = append(all, container.Name)
	}
	switch {
	case pod.Namespace != r.Namespace || pod.Name != r.Pod:
		return fmt.Sprintf("want %s/%s", pod.Namespace, pod.Name), false
	case !strings.Contains(" "+strings.Join(all, " ")+" ", " "+r.Container+" "):
		return fmt.Sprintf("want a container of %q", all), false
	}
	uid, known := p.containers[r.ID]
	if known && uid != r.UID {
		return fmt.Sprintf("the container is that of pod %s", uid), true
	}
	return "", known
}

// Get returns the pod with a uid; nil for none.
func (p *Pods) Get(uid string) *core.Pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pods[uid]
}
