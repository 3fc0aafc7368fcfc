package plugin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/k8slog/k8slog/filters/rules"
	"github.com/k8slog/k8slog/filters/source/kubepath"
	"github.com/k8slog/k8slog/internal/version"
	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/delivery"
	"github.com/k8slog/k8slog/plugin/disk"
	"github.com/k8slog/k8slog/plugin/ledger"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/plugin/parking"
	"github.com/k8slog/k8slog/plugin/status"
	"github.com/k8slog/k8slog/plugin/tap"
)

// This file fills what the status page shows.

func (in *Instance) statusConfig(collectors []prometheus.Collector) status.Config {
	c := status.Config{
		Address: in.config.StatusListen, Health: in.Healthy, Full: in.HealthyFull, Collectors: collectors,
		ForAll: in.config.StatusPage == options.PageForAll, Hosts: in.config.StatusHosts, Pprof: in.config.StatusPprof,
	}
	if in.config.StatusPage != options.PageOff {
		c.Snapshot, c.Log = in.Snapshot, in.recent.Last
	}
	if in.tap != nil {
		c.Tap = func(namespace, pod, container string, perSecond int) (status.Watching, error) {
			s, err := in.tap.Subscribe(tap.Selection{Namespace: namespace, Pod: pod, Container: container}, perSecond)
			if err != nil {
				return nil, err
			}
			return s, nil
		}
	}
	return c
}

// limitedFor is how long a namespace is shown as above its rate limit: records that wait come
// again within scheduler.cap.
const limitedFor = 2 * time.Minute

// Snapshot returns what the instance says of itself, with all containers, in no order. Its
// texts are as they came: status.Snapshot.Clean makes them fit to be shown.
func (in *Instance) Snapshot() *status.Snapshot {
	b, l := in.Balance(), &in.ledger
	s := &status.Snapshot{
		Time: time.Now(), Started: in.started, Version: version.Version, Backend: in.config.Backend,
		Node: in.config.NodeName, Cluster: in.config.ClusterName, Tap: in.tap != nil,
		Records: status.Records{
			Received: b.Received, Delivered: b.Delivered, DeadLettered: b.DeadLettered, Dropped: b.Dropped,
			Parked: b.Parked, Pending: b.Pending, Abandoned: b.Abandoned,
		},
		Delivery: status.Delivery{
			BackendUp: !in.anyDown(), LastAccepted: l.LastAccepted(), Retried: l.Retried.Load(), GivenBack: l.GivenBack(),
			ChunksWaiting: in.reassembler.Waiting(), MemoryBytes: in.pipeline.MemoryBytes(), MemoryLimit: int64(in.config.MemoryLimit),
			ParkFailures: l.ParkFailed.Load(), LettersRemoved: l.FilesRemoved.Load(),
		},
		Checks: []string{}, Waiting: []status.Waiting{}, Parked: []status.Parked{}, DeadLetters: []status.DeadLetter{},
		Rules: []status.Rule{}, Incidents: []status.Count{},
	}
	for d := range in.all {
		n, since := d.batcher.Unanswered()
		if s.Delivery.Requests += n; s.Delivery.OldestRequest.IsZero() || n > 0 && since.Before(s.Delivery.OldestRequest) {
			s.Delivery.OldestRequest = since
		}
	}
	if clocked, ok := in.own.backend.(backend.Clocked); ok {
		ahead, _ := clocked.ClockAhead()
		s.Delivery.ClockAheadSeconds = ahead.Seconds()
	}
	s.Delivery.Unidentified, s.Delivery.RefusedPaths = l.Unidentified.Load(), l.Refused.Load()
	if since, err := l.Letters.Failing(); err != nil {
		s.Delivery.LettersFailing, s.Delivery.LettersFailingSince = err.Error(), since
	}
	if since, err := l.Retrying(); err != nil {
		s.Delivery.Retrying, s.Delivery.RetryingSince = err.Error(), since
	}
	if since, err := l.Parking.Failing(); err != nil {
		s.Delivery.ParkFailing, s.Delivery.ParkFailingSince = err.Error(), since
	}
	s.Delivery.Outstanding, _ = in.pipeline.Resume.Outstanding(time.Time{})
	if err := in.HealthyFull(); err != nil {
		s.Checks = strings.Split(err.Error(), "\n")
	}
	in.addDestinations(s)
	in.addContainers(s)
	in.addWaiting(s)
	for _, r := range l.Letters.Reasons() {
		s.DeadLetters = append(s.DeadLetters, status.DeadLetter{
			Reason: r.Last.Reason, Answer: r.Last.Answer, Records: r.Records, First: r.First, Last: r.Last.At,
			Namespace: r.Last.Namespace, Pod: r.Last.Pod, Container: r.Last.Container, Text: r.Last.Text,
		})
	}
	l.Namespaces.Limited(s.Time.Add(-limitedFor), func(name string, dropped int64) {
		s.Limited = append(s.Limited, status.Limited{Namespace: name, Dropped: dropped})
	})
	slices.SortFunc(s.Limited, func(a, b status.Limited) int { return cmp.Compare(a.Namespace, b.Namespace) })
	in.rules.Counts(func(rule, action string, n int64) {
		s.Rules = append(s.Rules, status.Rule{Name: rule, Action: action, Records: n})
	})
	l.EachIncident(func(name string, n int64) {
		s.Incidents = append(s.Incidents, status.Count{Name: name, Count: n})
	})
	if u, ok := in.stored(); ok {
		s.Stored = storedFigures(u)
	}
	if in.metadata != nil {
		s.Metadata = &status.Metadata{Up: in.metadata.Up(), State: in.metadata.String()}
	}
	for _, o := range in.config.Settings() {
		from := "default"
		if o.IsSet {
			from = "configuration"
		} else if o.Adapted != "" {
			from = o.Adapted
		}
		s.Options = append(s.Options, status.Option{Name: o.Name, Value: o.Value, From: from, Secret: o.Secret})
	}
	return s
}

// addContainers adds the containers of the ledger, and those of the ledger of the disk.
func (in *Instance) addContainers(s *status.Snapshot) {
	at := map[ledger.ContainerName]int{}
	of := func(name ledger.ContainerName) *status.Container {
		i, ok := at[name]
		if !ok {
			i = len(s.Containers)
			at[name] = i
			s.Containers = append(s.Containers, status.Container{Namespace: name.Namespace, Pod: name.Pod, Container: name.Container})
		}
		return &s.Containers[i]
	}
	for _, f := range in.ledger.Containers.Figures() {
		c := of(f.ContainerName)
		c.Delivered, c.DeadLettered, c.Dropped, c.Bytes, c.Newest, c.Parked = f.Delivered, f.DeadLettered, f.Dropped, f.Bytes, f.Newest, f.Parked
		for i, n := range f.Severities {
			if n > 0 {
				if c.Severities == nil {
					c.Severities = map[string]int64{}
				}
				c.Severities[ledger.SeverityNames[i]] = n
			}
		}
	}
	if in.disk == nil {
		return
	}
	sum := diskFigures(in.disk.Figures())
	sum.Unseen = in.disk.Unseen()
	s.Disk = &sum
	for _, f := range in.disk.Logs() {
		source, ok := kubepath.FromPath(f.Path)
		name := ledger.ContainerName{Namespace: source.Namespace, Pod: source.Pod, Container: source.Container}
		if !ok {
			name = ledger.ContainerName{Container: f.Path}
		}
		c := of(name)
		if c.Log == nil { // the one that is furthest behind comes first
			c.Log = &status.Log{Path: f.Path}
		}
		g := diskFigures(f.Figures)
		c.Log.Written += g.Written
		c.Log.Settled += g.Settled
		c.Log.Waiting += g.Waiting
		c.Log.Unread += g.Unread
		c.Log.Missing += g.Missing
		c.Log.BehindSeconds = max(c.Log.BehindSeconds, g.BehindSeconds)
		c.Log.Files += f.Files
		c.Log.Unseen += f.Unseen
		c.Log.Problem = cmp.Or(c.Log.Problem, f.Problem)
	}
}

// parkedAt returns the name of the destination of a queue; empty for an output with one.
func (in *Instance) parkedAt(key parking.Key) string {
	if len(in.destinations) == 0 || key.Shared {
		return ""
	}
	return cmp.Or(key.Destination, rules.OwnDestination)
}

func storedFigures(u backend.Stored) *status.Stored {
	return &status.Stored{
		Records: u.Records, Files: u.Files, Bytes: u.Bytes, Limit: u.Limit, Oldest: u.Oldest, UploadedObjects: u.Objects, UploadedRecords: u.ObjectRecords,
		FailedUploads: u.Failures, FailingSince: u.FailingSince, Answer: text(u.Err),
	}
}

func diskFigures(f disk.Figures) status.Disk {
	return status.Disk{
		Written: f.Written, Settled: f.Settled, Waiting: f.Waiting, Unread: f.Unread, Missing: f.Missing,
		BehindSeconds: f.Behind.Seconds(),
	}
}

// maxWaiting is the number of parts that wait, and of queues, that are shown.
const maxWaiting = 100

// addWaiting adds what the backend does not take for now, the oldest first, and the queues of
// parked records.
func (in *Instance) addWaiting(s *status.Snapshot) {
	in.eachWaiting(func(d *destination, p delivery.DownPartition) {
		kind := "partition"
		if p.Partition == "" || d.batcher.Down() && !d.batcher.IsDownAlone(p.Partition) {
			kind = "backend"
		}
		s.Waiting = append(s.Waiting, status.Waiting{Kind: kind, Destination: d.Name, Partition: p.Partition, Since: p.Since, Answer: text(p.Err), Silent: p.Silent})
	})
	for _, p := range in.pipeline.RefusedScopes() {
		s.Waiting = append(s.Waiting, status.Waiting{Kind: "scope", Destination: p.Destination, Partition: p.Partition, Scope: p.Scope, Since: p.Since, Answer: text(p.Err)})
	}
	slices.SortFunc(s.Waiting, func(a, b status.Waiting) int { return a.Since.Compare(b.Since) })
	s.Waiting = s.Waiting[:min(len(s.Waiting), maxWaiting)]
	if in.parking == nil {
		return
	}
	s.Delivery.ParkedBytes, s.Delivery.ParkLimit = in.parking.Bytes(), int64(in.config.ParkBytes)
	for _, q := range in.pipeline.ParkedQueues() {
		kind := "partition"
		switch {
		case q.Key.Shared:
			kind = "shared"
		case q.Key.Record:
			kind = "record"
		case q.Key.Scope != "":
			kind = "scope"
		}
		s.Parked = append(s.Parked, status.Parked{
			Kind: kind, Destination: in.parkedAt(q.Key), Partition: q.Key.Partition, Scope: q.Key.Scope, Records: q.Records, Since: q.Since, Answer: text(q.Err),
		})
	}
	slices.SortFunc(s.Parked, func(a, b status.Parked) int { return a.Since.Compare(b.Since) })
	s.Parked = s.Parked[:min(len(s.Parked), maxWaiting)]
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
