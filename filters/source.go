package filters

// Kind is the kind of a record's source. It selects the formats that the text can
// have.
type Kind uint8

const (
	// Unknown: neither the tag nor the path identifies the source.
	Unknown Kind = iota
	// Container: output of a container that the container runtime wrote, or a record
	// that a pod sends itself.
	Container
	// Component: a log file of a component of the node, or a journal entry of one.
	Component
	// Journal: the systemd journal of the node. Each entry identifies its component.
	Journal
)

// Source is the origin of a record: a container or a component of a node. A Source is
// created once for each tag, path, component, container and OpenTelemetry resource. All
// of its records share it, so it must not be changed once it is complete. Empty strings
// stand for unknown.
type Source struct {
	Kind Kind

	Namespace   string
	Pod         string
	Container   string
	ContainerID string // 64 hexadecimal digits, or fewer from a truncated file name
	PodUID      string
	// Restart is the restart count of the container; nil for unknown.
	Restart *int

	// Component is the name of a component of the node, such as kubelet, etcd or
	// docker; empty for containers.
	Component string
	Node      string
	Cluster   string

	// Metadata is what the API server says of the pod; nil when it is not asked.
	Metadata *Metadata

	// Refused: the path leads out of the folders of log files, so the records are dropped.
	Refused bool

	// Rendered is the encoded form of the Source, and Partition is the partition that
	// its records are sent to. The backend sets and reads both.
	Rendered  any
	Partition string
	// Rules and Multiline are the operator's rules for the records of the Source; nil for
	// none. filters/rules sets both, and reads Rules. filters/multiline reads Multiline.
	Rules, Multiline any
	// Tenant and Index take the place of the backend's options with these names; empty for
	// none. They come from a rule, never from a log.
	Tenant, Index string
	// Routes says which destinations the records go to; nil for the output's own backend.
	// The pipeline sets and reads it.
	Routes any
	// Account holds the counters and the rate limit of the Source. The pipeline sets
	// and reads it.
	Account any
}
