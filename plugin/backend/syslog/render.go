package syslog

import (
	"strconv"
	"strings"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/internal/jsontext"
)

// rendered is a source as it is written.
type rendered struct {
	// header is from HOSTNAME to PROCID, with a space at both ends.
	header []byte
	// identity is the structured data of the writer, open for more, and groups are its labels
	// and annotations, each group an element of its own.
	identity, groups []byte
}

// The greatest lengths of RFC 5424, section 6.
const (
	maxHostname  = 255
	maxAppName   = 48
	maxParamName = 32
	// maxValue is the longest value of a parameter of a source: names of Kubernetes are shorter.
	maxValue = 255
)

// Render implements backend.Backend.
func (b *Backend) Render(s *filters.Source) any {
	r := &rendered{}
	r.header = append(r.header, ' ')
	r.header = append(r.header, headerField(b.config.Hostname.Text(s, 0, nil), maxHostname)...)
	r.header = append(r.header, ' ')
	r.header = append(r.header, headerField(b.config.AppName.Text(s, 0, nil), maxAppName)...)
	r.header = append(r.header, " - "...)

	r.identity = append(append(r.identity, '['), b.config.ID...)
	const others = 256 // for the time, the ID and the flags
	room := b.config.reserve() - len(r.header) - others
	add := func(name, value string) {
		before := len(r.identity)
		if value != "" {
			r.identity = appendParam(r.identity, name, value[:min(len(value), maxValue)])
		}
		if len(r.identity) > room {
			r.identity = r.identity[:before]
		}
	}
	add("component", s.Component)
	add("namespace", s.Namespace)
	add("pod", s.Pod)
	add("container", s.Container)
	add("container_id", s.ContainerID)
	add("pod_uid", s.PodUID)
	if s.Restart != nil {
		add("restart_count", strconv.Itoa(*s.Restart))
	}
	add("node", s.Node)
	add("cluster", s.Cluster)
	if s.Missing() {
		add("metadata_missing", "true")
	}
	if s.Metadata != nil {
		sent := &s.Metadata.Sent
		add("owner_kind", sent.Owner.Kind)
		add("owner_name", sent.Owner.Name)
		add("container_image", sent.Image)
		add("container_hash", sent.ImageID)
		add("pod_ip", sent.PodIP)
		add("host_ip", sent.HostIP)
	}
	_, number, _ := strings.Cut(b.config.ID, "@")
	for _, g := range s.Groups() {
		r.groups = appendGroup(r.groups, g, number, room-len(r.identity))
	}
	return r
}

// appendGroup appends labels or annotations as an element, as far as dst stays within room bytes.
func appendGroup(dst []byte, g filters.Group, number string, room int) []byte {
	start := len(dst)
	name := "_labels@"
	if g.Annotations {
		name = "_annotations@"
	}
	dst = append(append(append(append(dst, '['), g.Object...), name...), number...)
	empty := len(dst)
	for _, p := range g.Pairs {
		before := len(dst)
		if dst = appendParam(dst, cleanName(p.Key, maxParamName, paramName), p.Value); len(dst)+1 > room {
			dst = dst[:before]
		}
	}
	if len(dst) == empty {
		return dst[:start]
	}
	return append(dst, ']')
}

// headerField makes a field of the header of a text.
func headerField(text string, longest int) string {
	if text = cleanName(text, longest, func(c byte) bool { return c > ' ' && c < 0x7f }); text == "" {
		return "-"
	}
	return text
}

// paramName reports whether a name of structured data can have a character.
func paramName(c byte) bool {
	return c > ' ' && c < 0x7f && c != '=' && c != ']' && c != '"'
}

// cleanName returns the beginning of a text, with _ for the bytes that are not allowed.
func cleanName(text string, longest int, allowed func(c byte) bool) string {
	name := []byte(text[:min(len(text), longest)])
	for i, c := range name {
		if !allowed(c) {
			name[i] = '_'
		}
	}
	return string(name)
}

// appendParam appends a parameter of structured data, with a space before it.
func appendParam(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), '=', '"')
	from := len(dst)
	dst = jsontext.AppendValidUTF8(dst, []byte(value))
	return append(escapeFrom(dst, from), '"')
}

// escapeFrom escapes what stands in dst behind from as the value of a parameter.
func escapeFrom(dst []byte, from int) []byte {
	n := 0
	for _, c := range dst[from:] {
		if isEscaped(c) {
			n++
		}
	}
	if n == 0 {
		return dst
	}
	end := len(dst)
	for range n {
		dst = append(dst, 0)
	}
	for to := len(dst); n > 0; {
		end, to = end-1, to-1
		if dst[to] = dst[end]; isEscaped(dst[to]) {
			to, n = to-1, n-1
			dst[to] = '\\'
		}
	}
	return dst
}

func isEscaped(c byte) bool { return c == '"' || c == '\\' || c == ']' }
