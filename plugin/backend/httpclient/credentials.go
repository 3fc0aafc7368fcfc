package httpclient

import (
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/k8slog/k8slog/plugin/options"
)

// Credentials are headers whose values lie in files, without the white space
// at their ends. They are read again when a file changes.
type Credentials struct {
	// BasicUser and BasicPasswordFile make a header Authorization: Basic.
	BasicUser, BasicPasswordFile string
	// Scheme and File make a header Authorization: Scheme and what the file holds.
	Scheme, File string
	// HeaderFiles are the files of other headers.
	HeaderFiles []options.HeaderFile
}

// lookAgain is how often files are looked at. Kubernetes takes a minute to
// bring a changed secret to a node.
const lookAgain = time.Second

// credentials keep what the files held last. What cannot be read, or be a
// header, while the files are being written does not replace it.
type credentials struct {
	of    Credentials
	fixed []string // secrets that no file holds

	mu     sync.Mutex
	files  watched
	latest *secrets
}

func newCredentials(of Credentials, fixed []string) (*credentials, error) {
	c := &credentials{of: of, fixed: fixed}
	if of.BasicPasswordFile != "" {
		c.files.paths = append(c.files.paths, of.BasicPasswordFile)
	}
	if of.File != "" {
		c.files.paths = append(c.files.paths, of.File)
	}
	for _, h := range of.HeaderFiles {
		c.files.paths = append(c.files.paths, h.Path)
	}
	c.files.changed(time.Now())
	var err error
	c.latest, err = c.read()
	return c, err
}

// now returns the credentials of this moment, which nobody changes.
func (c *credentials) now() *secrets {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files.changed(time.Now()) {
		if latest, err := c.read(); err == nil {
			c.latest = latest
		} else {
			c.files.forget()
		}
	}
	return c.latest
}

// suspect has the files looked at before the next request.
func (c *credentials) suspect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files.looked = time.Time{}
}

func (c *credentials) read() (*secrets, error) {
	header := http.Header{}
	words := c.fixed[:len(c.fixed):len(c.fixed)]
	set := func(option, path, name, before string, encode func(string) string) error {
		if path == "" {
			return nil
		}
		content, err := os.ReadFile(path)
		value := strings.TrimSpace(string(content))
		switch {
		case err != nil:
			return &options.Error{Option: option, Value: path, Problem: "cannot be read: " + cause(err) + "; allowed: a file that can be read"}
		case value == "" || !httpguts.ValidHeaderFieldValue(value):
			return &options.Error{Option: option, Value: path, Problem: "holds nothing that a header can hold; allowed: one line of text"}
		}
		words = append(words, value)
		if encode != nil {
			value = encode(value)
			words = append(words, value)
		}
		header.Set(name, before+value)
		return nil
	}
	err := errors.Join(
		set("basic_auth_password_file", c.of.BasicPasswordFile, "Authorization", "Basic ", func(password string) string {
			return base64.StdEncoding.EncodeToString([]byte(c.of.BasicUser + ":" + password))
		}),
		set("authorization_file", c.of.File, "Authorization", c.of.Scheme+" ", nil),
	)
	for _, h := range c.of.HeaderFiles {
		err = errors.Join(err, set("header_files", h.Path, h.Name, "", nil))
	}
	if err != nil {
		return nil, err
	}
	return newSecrets(header, words), nil
}

// cause is an error of a file without its path, which stands before it already.
func cause(err error) string {
	var e *os.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	return err.Error()
}

// watched are files, of which it can be told whether they have changed.
type watched struct {
	paths  []string
	looked time.Time
	seen   []stamp
}

// stamp is what a file that is written or replaced does not keep.
type stamp struct {
	info os.FileInfo
	time time.Time
	size int64
}

// changed says whether a file is not what it was when changed was called last.
func (w *watched) changed(now time.Time) bool {
	if len(w.paths) == 0 || now.Sub(w.looked) < lookAgain && !now.Before(w.looked) {
		return false
	}
	w.looked = now
	stamps := make([]stamp, len(w.paths))
	same := len(w.seen) == len(stamps)
	for i, path := range w.paths {
		info, err := os.Stat(path)
		if err != nil {
			return false // it is being replaced
		}
		stamps[i] = stamp{info, info.ModTime(), info.Size()}
		same = same && stamps[i].size == w.seen[i].size && stamps[i].time.Equal(w.seen[i].time) && os.SameFile(info, w.seen[i].info)
	}
	w.seen = stamps
	return !same
}

// forget has the files count as changed the next time.
func (w *watched) forget() { w.seen = nil }
