package kubeapi

import "time"

// Object is what is read of an object: its metadata, and of a whole pod or node a few more
// members (https://kubernetes.io/docs/reference/kubernetes-api/).
type Object struct {
	Metadata Metadata `json:"metadata"`
	Spec     struct {
		NodeName            string      `json:"nodeName"`
		Containers          []Container `json:"containers"`
		InitContainers      []Container `json:"initContainers"`
		EphemeralContainers []Container `json:"ephemeralContainers"`
	} `json:"spec"`
	Status struct {
		HostIP                     string            `json:"hostIP"`
		PodIP                      string            `json:"podIP"`
		ContainerStatuses          []ContainerStatus `json:"containerStatuses"`
		InitContainerStatuses      []ContainerStatus `json:"initContainerStatuses"`
		EphemeralContainerStatuses []ContainerStatus `json:"ephemeralContainerStatuses"`
	} `json:"status"`
}

// Metadata is the metadata of an object.
type Metadata struct {
	Name              string            `json:"name"`
	Namespace         string            `json:"namespace"`
	UID               string            `json:"uid"`
	ResourceVersion   string            `json:"resourceVersion"`
	DeletionTimestamp *time.Time        `json:"deletionTimestamp"`
	Labels            map[string]string `json:"labels"`
	Annotations       map[string]string `json:"annotations"`
	OwnerReferences   []Owner           `json:"ownerReferences"`
}

// Owner is an object that owns another one.
type Owner struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Controller bool   `json:"controller"`
}

// Controller returns the owner that manages the object; nil for none.
func (m *Metadata) Controller() *Owner {
	for i := range m.OwnerReferences {
		if m.OwnerReferences[i].Controller {
			return &m.OwnerReferences[i]
		}
	}
	return nil
}

// Container is a container of a pod's specification.
type Container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}

// ContainerStatus is a container of a pod's status.
type ContainerStatus struct {
	Name    string `json:"name"`
	Image   string `json:"image"`
	ImageID string `json:"imageID"`
}
