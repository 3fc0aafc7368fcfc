package filters

import "strings"

// Workload returns the name of the workload that owns the pod: a Deployment,
// DaemonSet, StatefulSet, Job, CronJob or static pod. For any other pod it returns the
// name of the pod. It is the name that the API server gives, where it is asked. Otherwise
// Workload derives the name from the pod's name and the node's name, by
// removing the suffix that Kubernetes appends:
//
//   - static pod: the name of the node;
//   - DaemonSet and Job: five random characters without vowels, y, 0, 1 and 3
//     (k8s.io/apimachinery/pkg/util/rand);
//   - Deployment: the hash of the pod template, and five random characters;
//   - CronJob: the scheduled time of the Job, and five random characters;
//   - StatefulSet: the ordinal of the pod.
//
// The name alone is ambiguous: a pod without a workload loses a suffix that looks
// like one of these, and a name that Kubernetes truncated keeps its suffix.
func (s *Source) Workload() string {
	if s.Metadata != nil && s.Metadata.Owner.Name != "" && !s.Metadata.Owner.isNode() {
		return s.Metadata.Owner.Name
	}
	if name, ok := strings.CutSuffix(s.Pod, "-"+s.Node); ok && s.Node != "" && name != "" {
		return name
	}
	name, last := cutLast(s.Pod)
	switch {
	case name == "":
		return s.Pod
	case len(last) == 5 && strings.Trim(last, "bcdfghjklmnpqrstvwxz2456789") == "":
		before, hash := cutLast(name)
		isHash := len(hash) >= 7 && len(hash) <= 10 && strings.Trim(hash, "456789bcdf") == ""
		isTime := len(hash) >= 8 && len(hash) <= 10 && strings.Trim(hash, "0123456789") == ""
		if before != "" && (isHash || isTime) {
			return before
		}
		return name
	case len(last) <= 4 && strings.Trim(last, "0123456789") == "" && (last == "0" || last[0] != '0'):
		return name
	}
	return s.Pod
}

// SentWorkload is Sent.Owner for backends whose fields name a workload and not an owner: a
// static pod has the name of its manifest, and no kind.
func (s *Source) SentWorkload() Owner {
	if s.Metadata == nil {
		return Owner{}
	}
	if s.Metadata.Sent.Owner.isNode() {
		return Owner{Name: s.Workload()}
	}
	return s.Metadata.Sent.Owner
}

// cutLast splits a name at its last hyphen. name is empty when there is no hyphen with
// text on both sides.
func cutLast(s string) (name, last string) {
	i := strings.LastIndexByte(s, '-')
	if i <= 0 || i == len(s)-1 {
		return "", s
	}
	return s[:i], s[i+1:]
}
