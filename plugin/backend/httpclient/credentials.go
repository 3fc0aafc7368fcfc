package httpclient

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/k8slog/k8slog/internal/regular"
	"github.com/k8slog/k8slog/plugin/options"
)

// maxCredential is the largest file of credentials or certificates that is read. A bundle of
// all public certificate authorities takes a quarter of it.
const maxCredential = 1 << 20

// Credentials are headers whose values lie in files, without the white space at
// their ends. A file is read again when it changes. The zero value is none.
type Credentials struct {
	// BasicUser and BasicPasswordFile make a header Authorization: Basic.
	BasicUser, BasicPasswordFile string
	// Scheme and File make a header Authorization: Scheme and what the file holds.
	Scheme, File string
	// HeaderFiles are the files of other headers.
	HeaderFiles []HeaderFile
}

// HeaderFile is a header whose value lies in a file.
type HeaderFile struct{ Name, Path string }

// credentials keep the last valid content of the files. A file that is being
// written may be unreadable or invalid, and then does not replace it.
type credentials struct {
	of    Credentials
	fixed []string // secrets that no file holds

	mu      sync.Mutex
	files   watched
	ofFiles []string // the secrets of the files, and fixed
	token   string   // that was fetched last; a secret as well
	latest  *secrets
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

// now returns the present credentials. They do not change afterwards.
func (c *credentials) now() *secrets {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files.changed(time.Now()) {
		if latest, err := c.read(); err == nil {
			// An answer to an earlier request may quote the former credentials.
			latest.formerly(c.latest)
			c.latest = latest
		} else {
			c.files.forget()
		}
	}
	return c.latest
}

// keep adds a token that was fetched to the words that must not get into a log.
func (c *credentials) keep(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if token == c.token {
		return
	}
	c.token = token
	latest := newSecrets(c.latest.header, c.words())
	latest.formerly(c.latest)
	c.latest = latest
}

// words returns all secrets.
func (c *credentials) words() []string {
	words := c.ofFiles[:len(c.ofFiles):len(c.ofFiles)]
	if c.token != "" {
		words = append(words, c.token)
	}
	return words
}

// suspect makes the next request check the files.
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
		content, err := regular.Read(path, maxCredential)
		value := strings.TrimSpace(string(content))
		switch {
		case err != nil:
			return &options.Error{Option: option, Value: path, Problem: "cannot be read: " + cause(err) + "; allowed: a file that can be read"}
		case value == "" || !httpguts.ValidHeaderFieldValue(value):
			return &options.Error{Option: option, Value: path, Problem: "holds nothing that a header can hold; allowed: one line of text"}
		}
		if option == "authorization_file" {
			if problem := options.TokenProblem(value, c.of.Scheme); problem != "" {
				return &options.Error{Option: option, Value: path, Problem: problem + "; allowed: the token alone, in one line"}
			}
		}
		words = append(words, value, base64.StdEncoding.EncodeToString([]byte(value)))
		if encode != nil {
			value = encode(value)
			words = append(words, value)
		}
		header.Set(name, before+value)
		return nil
	}
	err := cmp.Or(
		set("basic_auth_password_file", c.of.BasicPasswordFile, "Authorization", "Basic ", func(password string) string {
			return base64.StdEncoding.EncodeToString([]byte(c.of.BasicUser + ":" + password))
		}),
		set("authorization_file", c.of.File, "Authorization", c.of.Scheme+" ", nil),
	)
	for _, h := range c.of.HeaderFiles {
		err = cmp.Or(err, set("header_files", h.Path, h.Name, "", nil))
	}
	if err != nil {
		return nil, err
	}
	c.ofFiles = words
	return newSecrets(header, c.words()), nil
}

// cause returns the text of an error of a file without the path.
func cause(err error) string {
	var e *os.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	return err.Error()
}
