package fake

import "fmt"

// Pod is a pod as the API server has it. Labels and annotations are key, value, …
func Pod(namespace, name, uid, node string, labels, annotations map[string]string, owner ...string) map[string]any {
	meta := map[string]any{
		"name": name, "namespace": namespace, "uid": uid, "creationTimestamp": "2026-11-29T10:00:00Z",
		"generateName": name[:len(name)/2], "labels": labels, "annotations": annotations,
		"managedFields": []any{map[string]any{
			"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": "2026-11-29T10:00:00Z", "fieldsType": "FieldsV1",
			"fieldsV1": map[string]any{"f:status": map[string]any{`k:{"type":"Ready"}`: map[string]any{".": map[string]any{}}}}, "subresource": "status",
		}},
	}
	if len(owner) == 2 {
		versions := map[string]string{"ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Job": "batch/v1", "Node": "v1"}
		meta["ownerReferences"] = []any{map[string]any{
			"apiVersion": versions[owner[0]], "kind": owner[0], "name": owner[1], "uid": "11111111-0000-0000-0000-000000000000",
			"controller": true, "blockOwnerDeletion": true,
		}}
	}
	return map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": meta,
		"spec": map[string]any{"nodeName": node, "containers": []any{map[string]any{"name": "app", "image": "registry:5000/shop/app:1.2", "resources": map[string]any{}}}},
		"status": map[string]any{
			"phase": "Running", "hostIP": "192.0.2.7", "podIP": "10.244.0.9", "podIPs": []any{map[string]any{"ip": "10.244.0.9"}},
			"containerStatuses": []any{map[string]any{"name": "app", "ready": true, "image": "registry:5000/shop/app:1.2", "imageID": "registry:5000/shop/app@sha256:abcd", "state": map[string]any{"running": map[string]any{}}}},
		},
	}
}

// Object is an object of another kind: a Namespace, Node, Job or ReplicaSet.
func Object(apiVersion, kind, namespace, name string, labels, annotations map[string]string, owner ...string) map[string]any {
	o := Pod(namespace, name, "22222222-0000-0000-0000-"+fmt.Sprintf("%012d", len(name)), "", labels, annotations, owner...)
	o["apiVersion"], o["kind"] = apiVersion, kind
	if namespace == "" {
		delete(o["metadata"].(map[string]any), "namespace")
	}
	delete(o, "spec")
	o["status"] = map[string]any{"phase": "Active"}
	return o
}

var apiPaths = map[string]string{"Pod": "pods", "Namespace": "namespaces", "Node": "nodes", "Job": "jobs", "ReplicaSet": "replicasets"}

func pathOf(o map[string]any) string {
	root := "/api/v1/"
	if v := o["apiVersion"].(string); v != "v1" {
		root = "/apis/" + v + "/"
	}
	meta := o["metadata"].(map[string]any)
	if ns, ok := meta["namespace"].(string); ok && ns != "" {
		root += "namespaces/" + ns + "/"
	}
	return root + apiPaths[o["kind"].(string)] + "/" + meta["name"].(string)
}
