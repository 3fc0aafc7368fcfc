package filters

import "strings"

// Workload returns the name of what made the pod: its Deployment, DaemonSet,
// StatefulSet, Job or CronJob, or the pod's own name where it has none. It is
// told from the pod's name alone, by the marks that Kubernetes makes:
//
//   - the node's name behind a static pod's;
//   - five random characters of which none is a vowel, a y, 0, 1 or 3
//     (k8s.io/apimachinery/pkg/util/rand), and before them what a ReplicaSet of
//     a Deployment has, the hash of its template, or a CronJob's Job, its time;
//   - the number of a StatefulSet's pod.
//
// So a pod that was made by hand with a name like one of these loses its end,
// and of a pod with a name so long that Kubernetes had to cut it nothing is
// taken off.
func (s *Source) Workload() string {
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

// cutLast returns what stands before the last dash of a name, and behind it.
// Without either, name is empty.
func cutLast(s string) (name, last string) {
	i := strings.LastIndexByte(s, '-')
	if i <= 0 || i == len(s)-1 {
		return "", s
	}
	return s[:i], s[i+1:]
}
