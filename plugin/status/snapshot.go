package status

import "time"

// Snapshot is what an instance says of itself at one moment: the status page, /status.json
// and the command k8slog show it. Texts that come from logs, pods and servers are one line of
// visible characters each (see Clean). Times that are unknown are zero. It is part of the
// interface of /status.json: members are only added.
type Snapshot struct {
	Time    time.Time `json:"time"`
	Started time.Time `json:"started"`
	Version string    `json:"version"` // of k8slog
	Backend string    `json:"backend"` // the option
	Node    string    `json:"node,omitempty"`
	Cluster string    `json:"cluster,omitempty"`

	// Problems is what is wrong, the worst first; see Snapshot.FindProblems.
	Problems []Problem `json:"problems"`
	// Checks are the lines of /healthz?full; empty when all is in order.
	Checks []string `json:"checks"`

	Records  Records  `json:"records"`
	Disk     *Disk    `json:"disk,omitempty"`   // nil without a ledger of the disk
	Stored   *Stored  `json:"stored,omitempty"` // nil unless the backend stores records on the disk first
	Delivery Delivery `json:"delivery"`

	// Containers are those that are furthest behind, then those with the latest records.
	Containers []Container `json:"containers"`
	// MoreContainers is the number of those that were left out.
	MoreContainers int `json:"more_containers"`

	// Destinations are the backends of the output; nil for an output with one.
	Destinations []Destination `json:"destinations,omitempty"`

	// Limited are the namespaces that were above their rate limit in the last minutes, by name.
	Limited     []Limited    `json:"limited,omitempty"`
	Waiting     []Waiting    `json:"waiting"`
	Parked      []Parked     `json:"parked"`
	DeadLetters []DeadLetter `json:"dead_letters"`
	Rules       []Rule       `json:"rules"`
	Metadata    *Metadata    `json:"metadata,omitempty"` // nil without metadata of the API server
	Incidents   []Count      `json:"incidents"`
	Options     []Option     `json:"options"`
	// Tap is true when records may be watched.
	Tap bool `json:"tap"`
}

// Destination is one of several backends. A record counts at each of its destinations.
type Destination struct {
	Name         string `json:"name"`
	Backend      string `json:"backend"` // the option
	Up           bool   `json:"up"`
	Delivered    int64  `json:"delivered"`
	DeadLettered int64  `json:"dead_lettered"`
	Parked       int64  `json:"parked"`
	// Stored is nil unless the backend stores records on the disk first.
	Stored *Stored `json:"stored,omitempty"`
}

// Fails reports whether what it stores cannot be uploaded.
func (d *Destination) Fails() bool { return d.Stored != nil && !d.Stored.FailingSince.IsZero() }

// Records are the numbers of records since the start: Received is the sum of the others.
type Records struct {
	Received     int64 `json:"received"`
	Delivered    int64 `json:"delivered"`
	DeadLettered int64 `json:"dead_lettered"`
	Dropped      int64 `json:"dropped"`
	Parked       int64 `json:"parked"`
	Pending      int64 `json:"pending"`
	Abandoned    int64 `json:"abandoned"`
}

// Disk is the bytes of the containers' log files: Written is the sum of Settled, Waiting,
// Unread and Missing.
type Disk struct {
	Written       int64   `json:"written"`
	Settled       int64   `json:"settled"`
	Waiting       int64   `json:"waiting"`
	Unread        int64   `json:"unread"`
	Missing       int64   `json:"missing"`
	BehindSeconds float64 `json:"behind_seconds"`
	// Unseen is how often files may have come and gone between two looks at a log: what they had
	// is in no figure.
	Unseen int64 `json:"unseen_rotations"`
}

// Stored is the records that are on the disk and count as delivered, and those that were
// uploaded from there since the start.
type Stored struct {
	Records         int64     `json:"records"`
	Files           int64     `json:"files"`
	Bytes           int64     `json:"bytes"`
	Limit           int64     `json:"limit"`
	Oldest          time.Time `json:"oldest,omitzero"`
	UploadedObjects int64     `json:"uploaded_objects"`
	UploadedRecords int64     `json:"uploaded_records"`
	FailedUploads   int64     `json:"failed_uploads"`
	FailingSince    time.Time `json:"failing_since,omitzero"`
	Answer          string    `json:"answer,omitempty"` // why the last upload failed
}

// Delivery is how the backend is reached.
type Delivery struct {
	BackendUp      bool      `json:"backend_up"`
	LastAccepted   time.Time `json:"last_accepted"`
	Retried        int64     `json:"requests_retried"`
	GivenBack      int64     `json:"chunks_given_back"`
	Outstanding    int       `json:"chunks_outstanding"` // given back, and not presented again
	ChunksWaiting  int       `json:"chunks_waiting"`     // for the rest of a message
	MemoryBytes    int64     `json:"memory_bytes"`
	MemoryLimit    int64     `json:"memory_limit"`
	ParkedBytes    int64     `json:"parked_bytes"`
	ParkLimit      int64     `json:"park_limit"`
	ParkFailures   int64     `json:"park_failures"`
	LettersRemoved int64     `json:"dead_letter_files_removed"`
	// Requests is the number of requests without an answer, and OldestRequest when the first
	// of them began.
	Requests      int       `json:"requests_under_way"`
	OldestRequest time.Time `json:"oldest_request"`
	// Retrying is why requests are tried again, when nothing was accepted since RetryingSince;
	// empty for none.
	Retrying      string    `json:"retrying,omitempty"`
	RetryingSince time.Time `json:"retrying_since,omitzero"`
	// ParkFailing is why records cannot be parked, since ParkFailingSince; empty when they can.
	ParkFailing      string    `json:"park_failing,omitempty"`
	ParkFailingSince time.Time `json:"park_failing_since,omitzero"`
	// LettersFailing is why refused records cannot be kept, since LettersFailingSince; empty
	// when they can.
	LettersFailing      string    `json:"dead_letters_failing,omitempty"`
	LettersFailingSince time.Time `json:"dead_letters_failing_since,omitzero"`
	Unidentified        int64     `json:"records_unidentified"`
	RefusedPaths        int64     `json:"records_refused_path"`
	// ClockAheadSeconds is by how much the clock of the node is ahead of the backend's, negative
	// when it is behind; 0 for unknown.
	ClockAheadSeconds float64 `json:"clock_ahead_seconds"`
}

// Container is a container of a pod, or a component of the node, which has neither Namespace
// nor Pod.
type Container struct {
	Namespace string `json:"namespace,omitempty"`
	Pod       string `json:"pod,omitempty"`
	Container string `json:"container,omitempty"`
	// Records and bytes (in Fluent Bit's encoding) since the start.
	Delivered    int64 `json:"delivered"`
	DeadLettered int64 `json:"dead_lettered"`
	Dropped      int64 `json:"dropped"`
	Bytes        int64 `json:"bytes"`
	// Parked is the records that this process has parked.
	Parked int64 `json:"parked"`
	// Severities is the number of messages by severity, as far as there are any.
	Severities map[string]int64 `json:"severities,omitempty"`
	// Newest is the time that the last record has which was read.
	Newest time.Time `json:"newest,omitzero"`
	// Log is what the ledger of the disk has; nil for nothing.
	Log *Log `json:"log,omitempty"`
}

// Log is the log files of a container.
type Log struct {
	Path string `json:"path"`
	Disk
	Files   int    `json:"files"`
	Problem string `json:"problem,omitempty"` // why a file cannot be read
}

// Limited is a namespace that is above its rate limit.
type Limited struct {
	Namespace string `json:"namespace"`
	// Dropped is the number of records that were dropped for it since the start. With the policy
	// delay none are: the records wait.
	Dropped int64 `json:"dropped"`
}

// Waiting is a part of the output that the backend does not take for now.
type Waiting struct {
	// Kind is backend, partition or scope.
	Kind string `json:"kind"`
	// Destination is empty for an output with one.
	Destination string    `json:"destination,omitempty"`
	Partition   string    `json:"partition,omitempty"`
	Scope       string    `json:"scope,omitempty"`
	Since       time.Time `json:"since"`
	Answer      string    `json:"answer"`
	// Silent is true when it has not answered, and may only be slow.
	Silent bool `json:"silent,omitempty"`
}

// Parked is a queue of records that wait on the disk.
type Parked struct {
	// Kind is partition, scope, record (those on which the server fails), or shared.
	Kind string `json:"kind"`
	// Destination is empty for an output with one, and for shared.
	Destination string    `json:"destination,omitempty"`
	Partition   string    `json:"partition,omitempty"`
	Scope       string    `json:"scope,omitempty"`
	Records     int       `json:"records"`
	Since       time.Time `json:"since,omitzero"`
	Answer      string    `json:"answer,omitempty"`
}

// DeadLetter is the dead letters of one reason.
type DeadLetter struct {
	Reason    string    `json:"reason"`
	Answer    string    `json:"answer"`
	Records   int64     `json:"records"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Namespace string    `json:"namespace,omitempty"` // of the last one
	Pod       string    `json:"pod,omitempty"`
	Container string    `json:"container,omitempty"`
	Text      string    `json:"text,omitempty"` // its beginning; only with status_tap
}

// Rule is what a rule did, in records.
type Rule struct {
	Name    string `json:"name"`
	Action  string `json:"action"`
	Records int64  `json:"records"`
}

// Metadata is what the API server tells.
type Metadata struct {
	Up    bool   `json:"up"`
	State string `json:"state"`
}

// Count is a counter of what should not happen.
type Count struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Option is an option that is in effect.
type Option struct {
	Name string `json:"name"`
	// Value is empty for none, and for a secret.
	Value string `json:"value"`
	// From is configuration, default, or the name of the option to which a default has
	// given way.
	From   string `json:"from"`
	Secret bool   `json:"secret,omitempty"`
}

// Name returns how people call the container.
func (c *Container) Name() string {
	switch {
	case c.Pod != "":
		return c.Namespace + "/" + c.Pod + "/" + c.Container
	case c.Container != "":
		return c.Container
	case c.Namespace != "":
		return c.Namespace
	}
	return "(no source)"
}
