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
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/k8slog/k8slog/internal/version"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/disk"
)

const bundleUsage = `usage: k8slog bundle [flags] FILE.tar.gz

Collects what helps to find a fault into an archive: what the agent says of itself
(status.json, metrics, healthz, the last lines of its log), the configuration (-conf), the
last lines of Fluent Bit's log (-log), the ledger of the disk and versions. Secrets are left
out: options that may hold one, whatever has a name like a password, and what -conf has of
them wherever else it stands. Names of pods and answers of the backend are in it, and the
text of logs is not, unless the agent has status_tap on: look at it before you pass it on.
What cannot be had is named in missing.txt.

flags:
`

// bundle is an archive that is made.
type bundle struct {
	tar     *tar.Writer
	secrets httpclient.Words
	missing []string
}

// makeBundle is the command bundle.
func makeBundle(args []string, out, errs io.Writer) (err error) {
	flags := flag.NewFlagSet("bundle", flag.ContinueOnError)
	flags.SetOutput(errs)
	var port statusPort
	port.addFlags(flags)
	ledger := flags.String("ledger", "", "the file of the ledger of the disk; by default that of the configuration")
	logFile := flags.String("log", "", "the file of Fluent Bit's log; by default that of the agent's own pod (POD_NAME, POD_NAMESPACE, K8SLOG_NODE_ROOT)")
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
	if port.conf != "" {
		keepSecrets(&b.secrets, port.conf) // an error comes again below
	}
	b.add("versions.txt", versions)
	b.add("log.txt", func() ([]byte, error) {
		text, err := port.read("/log")
		return withoutCredentials(text), err
	})
	b.add("fluent-bit.log", func() ([]byte, error) {
		text, err := agentLog(*logFile)
		return withoutCredentials(text), err
	})
	b.add("status.json", func() ([]byte, error) {
		text, err := port.read("/status.json")
		return withoutCredentialsJSON(text), err
	})
	for name, path := range map[string]string{"metrics.txt": "/metrics", "healthz.txt": "/healthz", "healthz-full.txt": "/healthz?full"} {
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
		content = []byte(b.secrets.Mask(string(content)))
		err = b.tar.WriteHeader(&tar.Header{Name: "k8slog-bundle/" + name, Mode: 0o600, Size: int64(len(content)), ModTime: time.Now()})
	}
	if err == nil {
		_, err = b.tar.Write(content)
	}
	if err != nil {
		b.missing = append(b.missing, b.secrets.Mask(fmt.Sprintf("%s: %v", name, err)))
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
