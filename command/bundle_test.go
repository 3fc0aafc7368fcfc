package command

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unpacked returns the files of a bundle.
func unpacked(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	zip, err := gzip.NewReader(data)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(h.Name, "k8slog-bundle/")] = string(content)
	}
}

// With status_tap on, the status has the text of a dead letter: what looks like a credential in
// it, or in the answer, is not in a bundle.
func TestBundleOfSamples(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no field for token=aladdin-1234", http.StatusBadRequest)
	}))
	defer s.Close()
	n := newNode(t, s.URL)
	n.log("web-1", "shop", "login of ann with password=hunter2-1234 is refused")
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	if out, code := asked(t, "bundle", "-conf", n.conf, file); code != done {
		t.Fatalf("%d %s", code, out)
	}
	status := unpacked(t, file)["status.json"]
	wantAll(t, status, "login of ann", "password=(not shown) is refused", "no field for token=(not shown)")
	for name, content := range unpacked(t, file) {
		for _, secret := range []string{"hunter2-1234", "aladdin-1234"} {
			if strings.Contains(content, secret) {
				t.Errorf("%s has %s: %s", name, secret, content)
			}
		}
	}
}
