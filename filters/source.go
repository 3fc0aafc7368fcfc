package filters

// Kind is the kind of place that a record came from. It decides which formats
// its text can have.
type Kind uint8

const (
	// Unknown: neither the tag nor the path say anything.
	Unknown Kind = iota
	// Container: a container's output, written by the container runtime; or what
	// a pod itself writes or sends.
	Container
	// Component: a log file of one of the node's own components, or an entry
	// of the journal that names one.
	Component
	// Journal: the node's journal; each entry says which component wrote it.
	Journal
)

// Source is who wrote a record: what the name of a file, or a tag, says. It is
// worked out once per tag or path and shared by all records from there; nobody
// changes it afterwards. An empty string means unknown.
type Source struct {
	Kind Kind

	Namespace   string
	Pod         string
	Container   string
	ContainerID string // 64 hex digits, fewer where the file's name was cut
	PodUID      string
	// Restart counts the container's restarts; nil means unknown.
	Restart *int

	// Component is a part of the node: kubelet, etcd, docker, …
	Component string
	Node      string
	Cluster   string

	// Rendered is what the backend made of all this, once, and Partition is where it
	// sends it. Both belong to the backend.
	Rendered  any
	Partition string
	// Account is the counters and limits that it belongs to. It belongs to the
	// pipeline.
	Account any
}
