package command

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/internal/version"
	"github.com/k8slog/k8slog/plugin/disk"
)

const bundleUsage = `usage: k8slog bundle [flags] FILE.tar.gz

Collects what helps to find a fault into an archive: what the agent says of itself
(status.json, metrics, healthz), the configuration (-conf), the ledger of the disk and
versions. Secrets are left out: options that may hold one, and whatever has a name like a
password. Names of pods and answers of the backend are in it, and the text of logs is not,
unless the agent has status_tap on: look at it before you pass it on. What cannot be had is
named in missing.txt.

flags:
`

// bundle is an archive that is made.
type bundle struct {
	tar     *tar.Writer
	missing []string
}

// makeBundle is the command bundle.
func makeBundle(args []string, out, errs io.Writer) (err error) {
	flags := flag.NewFlagSet("bundle", flag.ContinueOnError)
	flags.SetOutput(errs)
	var port statusPort
	port.addFlags(flags)
	ledger := flags.String("ledger", "", "the file of the ledger of the disk; by default that of the configuration")
	flags.Usage = func() {
		fmt.Fprint(errs, bundleUsage)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("%w: name the archive (flags stand before it)", errUsage)
	}
	var archive bytes.Buffer
	zip := gzip.NewWriter(&archive)
	b := &bundle{tar: tar.NewWriter(zip)}
	b.add("versions.txt", versions)
	for name, path := range map[string]string{"status.json": "/status.json", "metrics.txt": "/metrics", "healthz.txt": "/healthz", "healthz-full.txt": "/healthz?full"} {
		b.add(name, func() ([]byte, error) { return port.read(path) })
	}
	if port.conf != "" {
		b.add("configuration.txt", func() ([]byte, error) { return withoutSecrets(port.conf) })
	}
	b.add("ledger.json", func() ([]byte, error) {
		path := *ledger
		if path == "" {
			if path, err = ledgerOf(port.conf, port.output); err != nil {
				return nil, err
			}
		}
		sum, logs, err := disk.Inspect(path)
		if err != nil {
			return nil, err
		}
		return json.MarshalIndent(map[string]any{"sum": sum, "logs": logs}, "", " ")
	})
	if len(b.missing) > 0 {
		text := []byte(strings.Join(b.missing, "\n") + "\n")
		b.add("missing.txt", func() ([]byte, error) { return text, nil })
	}
	if err := b.tar.Close(); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	if err := os.WriteFile(flags.Arg(0), archive.Bytes(), 0o600); err != nil {
		return err
	}
	for _, line := range b.missing {
		fmt.Fprintf(errs, "left out: %s\n", line)
	}
	fmt.Fprintf(out, "%s: %d bytes. Look at it before you pass it on.\n", flags.Arg(0), archive.Len())
	return nil
}

// add adds a file to the archive, or notes why it is missing.
func (b *bundle) add(name string, read func() ([]byte, error)) {
	content, err := read()
	if err == nil {
		err = b.tar.WriteHeader(&tar.Header{Name: "k8slog-bundle/" + name, Mode: 0o600, Size: int64(len(content)), ModTime: time.Now()})
	}
	if err == nil {
		_, err = b.tar.Write(content)
	}
	if err != nil {
		b.missing = append(b.missing, fmt.Sprintf("%s: %v", name, err))
	}
}

// read returns the answer of the agent to a path.
func (p *statusPort) read(path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	path, query, _ := strings.Cut(path, "?")
	values := map[string][]string{}
	if query != "" {
		values[query] = []string{""}
	}
	body, err := p.open(ctx, path, values)
	if s, ok := err.(*statusError); ok && strings.HasPrefix(path, "/healthz") {
		return []byte(s.Error() + "\n"), nil // that is what it has to say
	}
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, maxAnswer))
}

func versions() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "time %s\ncommand %s (revision %s, %s, %s/%s)\n", time.Now().UTC().Format(time.RFC3339), version.Version, version.Revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if kernel, err := os.ReadFile("/proc/version"); err == nil {
		b.Write(kernel)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.WriteString(info.String())
	}
	return b.Bytes(), nil
}

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
