// Package metadata follows the pods of the node at the API server, and says of a source what
// is known of its pod: labels, annotations, the workload, and what the namespace and the node
// have.
//
// It asks for as little as possible: one watch of the pods of this node and one of the
// namespaces, single reads of the namespaces that have pods here, of the node, and of Jobs.
// What is known stays while the API server is away, and over a restart.
package metadata

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/kubeapi"
	"github.com/k8slog/k8slog/plugin/options"
)

// Config configures a Store.
type Config struct {
	Options options.Metadata
	// Node is the name of the node.
	Node string
	// Version is that of the plugin, for the audit log of the API server.
	Version string
	// Client reads from the API server; nil for one that is made of Options.
	Client *kubeapi.Client
	// Busy is the number of workers that wait for something else; nil for none.
	Busy func() int
	// Stopping reports whether the host is about to end; nil for never.
	Stopping func() bool
	// Panicked counts and logs a panic; nil to let it happen.
	Panicked func(error)
	// Infof and Warnf log a line.
	Infof, Warnf func(format string, args ...any)
}

// Store is what is known of the pods of the node. It is made by Open, and is safe for
// concurrent use.
type Store struct {
	config    Config
	client    *kubeapi.Client
	selection selection
	file      *file // nil for none
	closed    chan struct{}
	cancel    context.CancelFunc
	running   sync.WaitGroup
	lookups   chan lookup

	workers atomic.Int32 // how many chunks may wait, and one more
	waiting atomic.Int32

	requests counts
	events   atomic.Int64

	mu         sync.Mutex
	pods       map[string]*pod              // by UID, and static ones by the UID in their paths as well
	names      map[string]*pod              // the latest of each namespace/name
	missing    map[string]*filters.Metadata // of pods that are not known, by UID or name
	namespaces map[string]*namespace
	jobs       map[string]filters.Owner // that own Jobs, and other owners that were asked for
	node       filters.Tags
	nodeLater  bool   // the node may not be read, and is tried again only after nodeEvery
	version    string // up to which the pods are known
	nsVersion  string // up to which the namespaces are known
	saved      time.Time
	moved      bool  // version or nsVersion is another one than in the file
	synced     bool  // the watch has been in order since the start
	failing    error // why the pods cannot be followed; nil for in order
	failures   int   // in a row
	heard      time.Time
	gone       int // pods that are gone
	dirty      bool
}

// Open makes a Store, and reads what an earlier process has left. The error is that of the
// file.
func Open(c Config) (*Store, error) {
	s := &Store{
		config: c, client: c.Client, selection: newSelection(c.Options), closed: make(chan struct{}),
		lookups: make(chan lookup, maxLookups),
		pods:    map[string]*pod{}, names: map[string]*pod{}, missing: map[string]*filters.Metadata{},
		namespaces: map[string]*namespace{}, jobs: map[string]filters.Owner{}, heard: time.Now(),
	}
	if s.client == nil {
		s.client = kubeapi.New(kubeapi.Config{
			URL: c.Options.URL, TokenFile: c.Options.TokenFile, CAFile: c.Options.CAFile, UserAgent: "k8slog/" + c.Version,
		})
	}
	if c.Options.File {
		s.failing = errors.New("the API server is not asked (metadata file)")
		err := s.readFile(c.Options.Path)
		if errors.Is(err, fs.ErrNotExist) {
			s.config.Warnf("metadata: there is no %s, and nothing is known", c.Options.Path)
			err = nil
		}
		return s, err
	}
	if c.Options.Path != "" {
		var err error
		if s.file, err = s.openFile(c.Options.Path); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Start begins to follow the pods, unless only the file is read. Close ends it.
func (s *Store) Start() {
	if s.config.Options.File {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	for _, part := range []func(context.Context){s.followPods, s.followNamespaces, s.lookUp, s.keep} {
		s.running.Go(func() {
			for ctx.Err() == nil {
				s.run(ctx, part)
			}
		})
	}
}

// run runs a part until ctx ends. A panic is counted, and the part begins again a minute later.
func (s *Store) run(ctx context.Context, part func(context.Context)) {
	defer func() {
		if s.config.Panicked == nil {
			return
		}
		if r := recover(); r != nil {
			s.config.Panicked(fmt.Errorf("panic in metadata: %v\n%s", r, debug.Stack()))
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
			}
		}
	}()
	part(ctx)
}

// Close ends all requests, and writes the file.
func (s *Store) Close() error {
	close(s.closed)
	if s.cancel != nil {
		s.cancel()
	}
	s.running.Wait()
	s.client.Close()
	if s.file == nil {
		return nil
	}
	return s.file.close(s.snapshot())
}

// SetWorkers says how many chunks are worked on at a time. One of them never waits.
func (s *Store) SetWorkers(n int) { s.workers.Store(int32(n)) }

// Of returns what is known of the pod of a source; nil for a source without a pod.
func (s *Store) Of(source *filters.Source) *filters.Metadata {
	key := source.PodUID
	name := source.Namespace + "/" + source.Pod
	if key == "" {
		if key = name; source.Pod == "" || source.Namespace == "" {
			return nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pods[key]
	if source.PodUID == "" {
		p = s.names[key]
	}
	if p != nil && (source.Pod == "" || p.Namespace == source.Namespace && p.Name == source.Pod) && s.isComplete(p) {
		return s.view(p, source.Container)
	}
	m := s.missing[key]
	if m == nil {
		if len(s.missing) >= maxMissing {
			for other, m := range s.missing { // any one
				m.Supersede()
				delete(s.missing, other)
				break
			}
		}
		m = filters.NewMetadata()
		m.Asked, m.Node = time.Now(), s.node
		m.Sent.Node = s.selection.send(&room{maxSent, maxSentBytes}, "node", s.node)
		s.missing[key] = m
	}
	return m
}

// maxMissing bounds the pods that are not known.
const maxMissing = 4096

// failed notes that the pods cannot be followed for now.
func (s *Store) failed(err error) {
	s.mu.Lock()
	s.failing = err
	s.failures++
	s.mu.Unlock()
	s.config.Warnf("metadata: cannot follow the pods of node %s at the API server: %v%s", s.config.Node, err, advice(err, "list and watch pods"))
}

// works notes that the pods are known up to now.
func (s *Store) works(version string) {
	s.mu.Lock()
	before, first := s.failing, !s.synced
	s.failing, s.failures, s.synced, s.heard = nil, 0, true, time.Now()
	if s.version != version {
		s.version, s.moved = version, true
	}
	present := s.present()
	s.mu.Unlock()
	if first || before != nil {
		s.config.Infof("metadata: the pods of node %s are followed at the API server: %d now", s.config.Node, present)
	}
}

// advice returns what to do about an answer.
func advice(err error, verbs string) string {
	switch kubeapi.CodeOf(err) {
	case 401:
		return "; the token is not valid (metadata_token_file)"
	case 403:
		return "; the service account must be allowed to " + verbs + " (docs/metadata.md)"
	}
	return ""
}

// present returns the number of pods that are there. The caller holds s.mu.
func (s *Store) present() (n int) {
	for uid, p := range s.pods {
		if uid == p.UID && p.Gone.IsZero() {
			n++
		}
	}
	return n
}

// Missing returns how many pods are not known of which records have come.
func (s *Store) Missing() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.missing)
}

// String describes the Store in one line.
func (s *Store) String() string {
	f := s.figures()
	state := "watched"
	if f.failing {
		state = "the API server does not answer"
	}
	return fmt.Sprintf("%d pods and %d that are gone, %d not known, %s", f.present, f.gone, f.missing, state)
}
