package cluster

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
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

// Compare compares the metadata of what arrived of a container with its pod. It returns what
// is wrong, and whether the API server has named the container's ID, which it need not for
// one that restarts often.
func (p *Pods) Compare(w *Written) (wrong string, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := w.Identity
	pod := p.pods[r.UID]
	if pod == nil {
		return fmt.Sprintf("no pod has the uid %q", r.UID), false
	}
	var all []string
	for _, container := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
		all = append(all, container.Name)
	}
	uid, known := p.containers[r.ID]
	switch {
	case pod.Namespace != r.Namespace || pod.Name != r.Pod:
		return fmt.Sprintf("want %s/%s", pod.Namespace, pod.Name), known
	case !slices.Contains(all, r.Container):
		return fmt.Sprintf("want a container of %q", all), known
	case known && uid != r.UID:
		return fmt.Sprintf("the container is that of pod %s", uid), known
	}
	if labels := texts(w.Metadata["labels"]); !maps.Equal(labels, pod.Labels) {
		return fmt.Sprintf("want the labels %v, got %v", pod.Labels, labels), known
	}
	annotations := map[string]string{}
	for key, value := range pod.Annotations {
		if strings.HasPrefix(key, "example.com/") {
			annotations[key] = value
		}
	}
	if got := texts(w.Metadata["annotations"]); !maps.Equal(got, annotations) {
		return fmt.Sprintf("want the annotations %v, got %v", annotations, got), known
	}
	kind, _ := w.Metadata["owner_kind"].(string)
	name, _ := w.Metadata["owner_name"].(string)
	if wantKind, wantName := owner(pod); kind != wantKind || name != wantName {
		return fmt.Sprintf("want the owner %s %s, got %s %s", wantKind, wantName, kind, name), known
	}
	return "", known
}

func texts(v any) map[string]string {
	texts := map[string]string{}
	values, _ := v.(map[string]any)
	for key, value := range values {
		texts[key], _ = value.(string)
	}
	return texts
}

// owner returns the workload of a pod of the test: what its controller's name says.
func owner(pod *core.Pod) (kind, name string) {
	for _, o := range pod.OwnerReferences {
		if o.Controller == nil || !*o.Controller {
			continue
		}
		base := o.Name[:max(strings.LastIndexByte(o.Name, '-'), 0)]
		switch {
		case o.Kind == "ReplicaSet":
			return "Deployment", base
		case o.Kind == "Job" && base == "minute":
			return "CronJob", base
		}
		return o.Kind, o.Name
	}
	return "", ""
}
