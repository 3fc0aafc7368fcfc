package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
)

const line = `{"time":"1970-01-01T00:00:00.000000000Z","log":"x","component":"kubelet"}` + "\n"

func newBackend(t *testing.T, path string) *Backend {
	t.Helper()
	b, err := New(&Config{Path: path}, &options.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func send(b *Backend) error {
	source := &filters.Source{Component: "kubelet"}
	source.Rendered = b.Render(source)
	e := b.NewEncoder()
	e.Append(&filters.Record{Source: source, Log: filters.PlainText([]byte("x"))})
	body, err := b.Pack([][]byte{e.Frame(), e.Frame()})
	if err != nil {
		return err
	}
	return b.Send(context.Background(), body)
}

func TestSend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "records.ndjson")
	b := newBackend(t, path)
	if err := errors.Join(send(b), os.Rename(path, path+".1"), send(b)); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".1"} {
		if got, err := os.ReadFile(p); err != nil || string(got) != line+line {
			t.Errorf("%s: %s, %v", filepath.Base(p), got, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestAFullDiskIsAnError(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	if err := send(newBackend(t, "/dev/full")); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
}

func TestNewRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	_, err := New(&Config{Path: dir}, &options.Config{})
	var bad *options.Error
	if !errors.As(err, &bad) || bad.Option != "file_path" || bad.Value != dir || !strings.Contains(err.Error(), "allowed: ") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	c, _, err := backendtest.Parse[Config]("backend", "file", "file_path", " /tmp/a b.ndjson ", "id_key", "id")
	if err != nil || *c != (Config{Path: "/tmp/a b.ndjson", IDKey: "id"}) {
		t.Errorf("%+v, %v", c, err)
	}
	_, _, err = backendtest.Parse[Config]("backend", "file")
	if want := `option file_path: must be set for backend file; allowed: path, as in /var/log/k8slog/records.ndjson`; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
