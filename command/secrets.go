package command

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// This file keeps secrets out of a bundle.

// Values with these names, and the userinfo of URLs, may be secrets.
var (
	secretName = regexp.MustCompile(`(?i)pass|secret|token|auth|header|user|cred|key|cookie|license|endpoint|sas|connection|^add$|^set$|^record$`)
	userinfo   = regexp.MustCompile(`://[^/\s]*@`)
)

// withoutSecrets returns the sections of a configuration, as they are read, without secrets.
// Of environment variables, the names are written and not the values.
func withoutSecrets(conf string) ([]byte, error) {
	all, err := readConf(conf)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for i := range all {
		s := &all[i]
		ours := s.kind == "output" && strings.EqualFold(s.get("name"), "k8slog")
		fmt.Fprintf(&b, "[%s] # %s\n", strings.ToUpper(s.kind), s.where())
		for _, p := range s.pairs {
			key := strings.ToLower(p.key)
			option, isOption := schema()[key]
			secret := secretName.MatchString(key) && !slices.Contains(notSecret, key)
			if ours && isOption {
				secret = option.Secret
			}
			for _, value := range p.values {
				if secret {
					value = "(not shown)"
				}
				fmt.Fprintf(&b, "    %s %s\n", p.key, userinfo.ReplaceAllString(value, "://(not shown)@"))
			}
		}
	}
	return b.Bytes(), nil
}

// notSecret are settings of Fluent Bit that only have such a name.
var notSecret = []string{"path_key", "offset_key", "time_key", "key_name", "log_key", "key"}

// keepSecrets adds what a configuration has of secrets: the values of options that may hold
// one, with their parts, what the files of credentials hold, and users and queries of URLs.
func keepSecrets(words *httpclient.Words, conf string) {
	all, err := readConf(conf)
	if err != nil {
		return
	}
	n := 0
	keep := func(word string) {
		n++
		words.Keep(fmt.Sprint(n), strings.TrimSpace(word))
	}
	for i := range all {
		s := &all[i]
		ours := s.kind == "output" && strings.EqualFold(s.get("name"), "k8slog")
		for _, p := range s.pairs {
			key := strings.ToLower(p.key)
			for _, value := range append([]string{s.get(p.key)}, p.values...) {
				keepURLs(keep, value)
				_, isOption := schema()[key]
				switch {
				case ours && isOption:
					keepOption(keep, key, value)
				case key == "header":
					keepHeaders(keep, value)
				case secretName.MatchString(key) && !slices.Contains(notSecret, key) && key != "endpoint":
					keep(value)
				}
			}
		}
		if ours {
			keepDestinations(keep, s)
		}
	}
}

// keepOption keeps what an option of the plugin has of secrets, besides those of its URLs.
func keepOption(keep func(string), key, value string) {
	switch {
	case schema()[key].Type == "headers":
		keepHeaders(keep, value)
	case key == "header_files":
		for header := range strings.SplitSeq(value, "|") {
			if _, path, ok := strings.Cut(header, ":"); ok {
				keep(firstBytes(strings.TrimSpace(path)))
			}
		}
	case strings.HasSuffix(key, "_file") && secretName.MatchString(key):
		keep(firstBytes(value))
	}
}

// keepDestinations keeps the secrets of the destinations in the rules file of an output.
func keepDestinations(keep func(string), s *section) {
	config, _, err := plugin.Backends.Parse(s.get)
	if err != nil {
		return
	}
	set, err := plugin.LoadRules(config, true)
	if err != nil || set == nil {
		return
	}
	for _, d := range set.Destinations() {
		for _, one := range d.Settings {
			keepURLs(keep, one.Value)
			keepOption(keep, one.Name, one.Value)
		}
	}
}

// keepHeaders keeps the values of headers, and their words: a token is the second word of
// Authorization.
func keepHeaders(keep func(string), headers string) {
	for header := range strings.SplitSeq(headers, "|") {
		if _, value, ok := strings.Cut(header, ":"); ok {
			keep(value)
			for _, word := range strings.Fields(value) {
				keep(word)
			}
		}
	}
}

// keepURLs keeps user, password and the values of the query of each URL in a text.
func keepURLs(keep func(string), text string) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '|' }) {
		u, err := url.Parse(word)
		if err != nil || u.Host == "" {
			continue
		}
		keep(u.User.Username())
		if password, ok := u.User.Password(); ok {
			keep(password)
		}
		for _, values := range u.Query() {
			for _, value := range values {
				keep(value)
			}
		}
	}
}

// firstBytes returns the beginning of a file; empty when it cannot be read.
func firstBytes(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	content, _ := io.ReadAll(io.LimitReader(f, 4096))
	return string(bytes.TrimSpace(content))
}

// What looks like a credential in a log, whoever wrote it there.
var (
	scheme     = regexp.MustCompile(`(?i)\b(bearer|basic|apikey|splunk|digest)(\s+)[\w.~+/=-]{8,}`)
	assignment = regexp.MustCompile(`(?i)(passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|authorization|credential)(["']?\s*[:=]\s*["']?)[^\s"',;&]{3,}`)
)

// withoutCredentials returns the lines of a log without what looks like a credential.
func withoutCredentials(text []byte) []byte {
	text = userinfo.ReplaceAll(text, []byte("://(not shown)@"))
	text = scheme.ReplaceAll(text, []byte("$1$2(not shown)"))
	return assignment.ReplaceAll(text, []byte("$1$2(not shown)"))
}
