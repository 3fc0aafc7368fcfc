package command

import (
	"slices"
	"strings"
	"sync"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/options"
)

// core are the keys of an output that Fluent Bit keeps for itself
// (src/flb_output.c, flb_output_set_property).
var core = []string{
	"name", "match", "match_regex", "alias", "log_level", "log_suppress_interval", "host", "port", "ipv6",
	"retry_limit", "storage.total_limit_size", "workers", "processors",
}

var corePrefixes = []string{"net.", "tls", "oauth2", "_debug.http."}

// inputCore are the keys of an input that Fluent Bit keeps for itself, as far as
// they are read here.
var inputCore = []string{"tag", "storage.type", "mem_buf_limit"}

// instead names the plugin's own way to say what a key of Fluent Bit says. The
// first entry that is the key or, with a dot at its end, its beginning counts.
var instead = []struct{ key, way string }{
	{"tls.verify", "use insecure_skip_verify"},
	{"tls.verify_hostname", "use server_name"},
	{"tls.ca_file", "use ca_file"},
	{"tls.ca_path", "use ca_file"},
	{"tls.crt_file", "use client_cert_file"},
	{"tls.key_file", "use client_key_file"},
	{"tls.key_passwd", "use client_key_file, with a key that has no password"},
	{"tls.vhost", "use server_name"},
	{"tls.", "TLS is set by endpoint (https://), ca_file, client_cert_file, client_key_file and server_name"},
	{"net.connect_timeout", "use request_timeout"},
	{"net.io_timeout", "use request_timeout"},
	{"net.keepalive.", "use connection_max_age"},
	{"net.keepalive", "use connection_max_age"},
	{"net.keepalive_max_recycle", "use connection_max_age"},
	{"net.keepalive_idle_timeout", "use connection_max_age"},
	{"net.", "the plugin has connections of its own: see request_timeout and connection_max_age"},
	{"oauth2", "use authorization_file"},
	{"oauth2.", "use authorization_file"},
	{"host", "use endpoint"},
	{"port", "use endpoint"},
	{"ipv6", "use endpoint"},
}

// checkKeys adds the keys of an output that have no effect, or another than it
// seems.
func (p *problems) checkKeys(s *section) {
	seen := map[string]bool{}
	for i := range s.pairs {
		pair := &s.pairs[i]
		key := strings.ToLower(pair.key)
		which := "first"
		if lastCounts(key) {
			which = "last"
		}
		if seen[key] {
			p.add(s, pair.line, "option %s stands twice; the %s counts: remove the other", key, which)
		}
		seen[key] = true
		p.checkShape(s, pair, key, which)
		if raw := pair.raw(key); stopped(raw) {
			p.add(s, pair.line, "option %s: Fluent Bit puts in no variable behind a }, and loses text there: put ${…} before the first {, or write its value", key)
		}
		switch {
		case key == "tls":
			p.add(s, pair.line, "option tls: Fluent Bit does not start with it switched on, and off has no effect: remove it, and write https:// in endpoint")
		case !isOption(key) && !isCore(key):
			p.add(s, pair.line, "there is no option %s%s", key, similar(key))
		default:
			for _, other := range instead {
				if key == other.key || strings.HasSuffix(other.key, ".") && strings.HasPrefix(key, other.key) {
					p.add(s, pair.line, "option %s has no effect on k8slog: %s", key, other.way)
					break
				}
			}
		}
	}
}

// checkShape adds lists and mappings, which YAML can have.
func (p *problems) checkShape(s *section, pair *pair, key, which string) {
	example := ""
	if entry, ok := schema()[key]; ok {
		example = ", as in " + key + `: "` + entry.Example + `"`
	}
	switch {
	case pair.shape == mapping:
		p.add(s, pair.line, "option %s is a mapping, with which Fluent Bit does not start: write one text%s", key, example)
	case pair.shape == list && len(pair.values) == 0:
		p.add(s, pair.line, "option %s is an empty list, with which Fluent Bit does not start: remove it", key)
	case pair.shape == list && len(pair.values) > 1:
		p.add(s, pair.line, "option %s is a list, of which only the %s value counts: write one text%s", key, which, example)
	}
}

// schema returns the options by their names, present and former.
var schema = sync.OnceValue(func() map[string]options.Entry {
	all := map[string]options.Entry{}
	for _, entry := range plugin.Backends.Schema().Entries() {
		for _, name := range append(entry.Aliases, entry.Name) {
			all[name] = entry
		}
	}
	return all
})

func isOption(key string) bool {
	_, ok := schema()[key]
	return ok
}

func isCore(key string) bool {
	return slices.Contains(core, key) || slices.ContainsFunc(corePrefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

// lastCounts says whether the last of several values counts, and not the first.
func lastCounts(key string) bool {
	key = strings.ToLower(key)
	return isCore(key) || slices.Contains(inputCore, key)
}
