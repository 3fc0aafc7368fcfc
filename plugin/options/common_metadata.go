package options

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Metadata is the options of what the API server is asked.
type Metadata struct {
	API               bool   // the API server is asked
	File              bool   // only the file is read
	URL               string // empty for that of the cluster
	TokenFile, CAFile string // empty for those of the service account
	Wait              time.Duration
	Path              string // empty for none
	Labels            []TagPattern
	Annotations       []TagPattern
	Fields            []string // of MetadataFields
	Steer             []string // of SteerActions
}

// On reports whether there are metadata.
func (m *Metadata) On() bool { return m.API || m.File }

// value returns the value of the option metadata.
func (m *Metadata) value() string {
	switch {
	case m.API:
		return "api"
	case m.File:
		return "file"
	}
	return "off"
}

// TagPattern selects labels or annotations by their keys.
type TagPattern struct {
	Object string // pod, namespace or node
	Not    bool   // those that match are left out
	Glob   string
}

// The values of the option metadata_fields.
const (
	FieldOwner  = "owner"
	FieldImage  = "image"
	FieldPodIP  = "pod_ip"
	FieldHostIP = "host_ip"
)

// MetadataFields are what metadata_fields can have.
var MetadataFields = []string{FieldOwner, FieldImage, FieldPodIP, FieldHostIP}

// SteerActions are what metadata_steer can have. filters/rules knows what each does.
var SteerActions = []string{"exclude", "severity", "parser", "multiline", "sample", "tenant"}

// metadata is what the API server is asked, and what becomes of it.
func (c *Config) metadata() []Option {
	m := &c.Metadata
	return []Option{
		{
			Name: "metadata", Type: "name", Default: "off", Example: "api",
			Range: "off, api, file",
			Doc:   "Where the labels and annotations of pods come from, and who owns them. api: the API server, by a watch of the pods on node_name, which must be set. The service account of the agent needs the rights that docs/metadata.md lists. file: what the agent has left in metadata_path, which is only read; k8slog replay does this. off: nobody is asked.",
			Set:   c.setMetadata,
		},
		{
			Name: "metadata_labels", Type: "names", Default: "*", Example: "app*, !pod-template-hash, namespace:team, node:topology.kubernetes.io/*",
			Range: "none, or patterns with commas between them: * is any text, ? is any character; ! before a pattern leaves out what it matches; namespace: and node: before it are for labels of those",
			Doc:   "The labels that records get: those of the pod, and with namespace: and node: those of its namespace and its node. At most 64 labels and annotations of a pod are sent, and 4 KiB as JSON. Rules and templates can use all labels, whatever is sent.",
			Set:   tagPatterns(&m.Labels),
		},
		{
			Name: "metadata_annotations", Type: "names", Default: "none", Example: "example.com/*, namespace:owner",
			Range: "as for metadata_labels",
			Doc:   "The annotations that records get. A value is cut after 1 KiB.",
			Set:   tagPatterns(&m.Annotations),
		},
		{
			Name: "metadata_fields", Type: "names", Default: FieldOwner, Example: "owner, image, host_ip",
			Range: "none, or some of " + strings.Join(MetadataFields, ", "),
			Doc:   "What else records get. owner: kind and name of the workload. image: the image of the container, and its digest. pod_ip, host_ip: the addresses. For all but owner the API server must send whole pods, and not their metadata alone.",
			Set:   someOf(MetadataFields, &m.Fields),
		},
		{
			Name: "metadata_steer", Type: "names", Default: "none", Example: "exclude, parser, severity",
			Range: "none, or some of " + strings.Join(SteerActions, ", "),
			Doc:   "What annotations of pods and namespaces may decide of their own records: k8slog.io/exclude and the like, and fluentbit.io/exclude and fluentbit.io/parser. docs/metadata.md has the list. With tenant, whoever may create a pod chooses the tenant of its records.",
			Set:   someOf(SteerActions, &m.Steer),
		},
		{
			Name: "metadata_wait", Type: "duration", Default: "2s", Example: "500ms",
			Range: "0s to 10s",
			Doc:   "How long the records of a pod wait until the API server tells of it. The time runs once for each pod, from its first record. Records that have waited in vain go without metadata, flagged metadata_missing. Nothing waits while the API server does not answer.",
			Set:   Duration(0, 10*time.Second, &m.Wait),
		},
		{
			Name: "metadata_path", Type: "path", Example: "/var/lib/k8slog/metadata",
			Doc: "The file that keeps what is known over a restart: also of pods that are gone, for a day. With it a new process goes on with the watch, and does not ask for all pods again. Every output needs its own file.",
			Set: Text(&m.Path),
		},
		{
			Name: "metadata_url", Type: "URL", Example: "https://10.0.0.1:443",
			Range: "https:// URL without user and password; http:// for this machine alone",
			Doc:   "The address of the API server. Without it, that of the cluster of the pod (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT).",
			Set:   c.setMetadataURL,
		},
		{
			Name: "metadata_token_file", Type: "path", Example: "/var/run/secrets/k8slog/apiserver-token",
			Doc: "The file with the token for the API server, which is read again for each request. Without it, that of the service account of the pod.",
			Set: Text(&m.TokenFile),
		},
		{
			Name: "metadata_ca_file", Type: "path", Example: "/etc/k8slog/apiserver-ca.crt",
			Doc: "The certificate authorities of the API server, in PEM. Without it, those of the service account of the pod.",
			Set: Text(&m.CAFile),
		},
	}
}

func (c *Config) setMetadata(value string) string {
	switch value {
	case "off", "api", "file":
		c.Metadata.API, c.Metadata.File = value == "api", value == "file"
		return ""
	}
	return "is not one of the choices"
}

func (c *Config) setMetadataURL(value string) string {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "is not a URL"
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "has more than an address"
	case u.Scheme == "http":
		if ip := net.ParseIP(u.Hostname()); (ip == nil || !ip.IsLoopback()) && u.Hostname() != "localhost" {
			return "would send the token for all to read"
		}
	case u.Scheme != "https":
		return "is not an https:// URL"
	}
	c.Metadata.URL = value
	return ""
}

// none is the value of a list without elements.
const none = "none"

// someOf returns a Set function for a list of some of the choices.
func someOf(choices []string, to *[]string) func(value string) string {
	return func(value string) string {
		*to = nil
		if value == none {
			return ""
		}
		for word := range strings.SplitSeq(value, ",") {
			word = strings.TrimSpace(word)
			if !slices.Contains(choices, word) {
				return "has the unknown word " + word
			}
			*to = append(*to, word)
		}
		return ""
	}
}

// tagPatterns returns a Set function for patterns of labels or annotations.
func tagPatterns(to *[]TagPattern) func(value string) string {
	return func(value string) string {
		*to = nil
		if value == none {
			return ""
		}
		for pattern := range strings.SplitSeq(value, ",") {
			p := TagPattern{Object: "pod"}
			pattern = strings.TrimSpace(pattern)
			pattern, p.Not = strings.CutPrefix(pattern, "!")
			if object, rest, ok := strings.Cut(pattern, ":"); ok {
				if p.Object, pattern = object, rest; object != "namespace" && object != "node" && object != "pod" {
					return "has the unknown object " + object
				}
			}
			var again bool
			if pattern, again = strings.CutPrefix(pattern, "!"); again {
				p.Not = true
			}
			if p.Glob = pattern; pattern == "" || strings.ContainsAny(pattern, " \t") {
				return "has a pattern that is not valid"
			}
			*to = append(*to, p)
		}
		return ""
	}
}

// checkMetadata refuses combinations.
func (c *Config) checkMetadata() error {
	switch {
	case !c.Metadata.On():
		return nil
	case c.Metadata.File && c.Metadata.Path == "":
		return &Error{"metadata", "file", "needs metadata_path; allowed: both"}
	case c.Identity != ByFiles || c.Pod != (Pod{}):
		return &Error{"metadata", c.Metadata.value(), "is for an agent that reads the files of a node; allowed: off with pod, and with identity none and resource"}
	case c.NodeName == "":
		return &Error{"metadata", c.Metadata.value(), "needs node_name, the node whose pods are followed; allowed: both, as in node_name ${NODE_NAME}"}
	}
	return nil
}
