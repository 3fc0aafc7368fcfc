package httpclient

import (
	"context"
	"net/http"
	"sync"
)

// Signer signs the requests of a Client, of one that proves who it is by more than a
// header. Its methods may be called by many goroutines at once.
type Signer interface {
	// Sign adds headers to a request, whose body is the parts one after the other. It is
	// called for every try, last of all, and fails when there are no credentials.
	Sign(ctx context.Context, r *http.Request, body [][]byte) error
	// Suspect is called after an answer that says that the credentials are not good.
	Suspect()
	// Secrets returns the words that must not get into a log. It returns the same slice
	// as long as the credentials are the same.
	Secrets() []string
	// Close ends what the signer has under way.
	Close()
}

// signed adds the secrets of a Signer to those of the files. The zero value is ready.
type signed struct {
	mu    sync.Mutex
	files *secrets
	words []string
	both  *secrets
}

// add returns the secrets of both.
func (s *signed) add(files *secrets, words []string) *secrets {
	if len(words) == 0 {
		return files
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.both == nil || s.files != files || len(s.words) != len(words) || &s.words[0] != &words[0] {
		s.files, s.words = files, words
		own := newSecrets(files.header, words)
		s.both = &secrets{header: files.header, own: own.own, words: longestFirst(append(own.words, files.words...))}
	}
	return s.both
}

// secrets returns the present credentials, and the words that must not get into a log.
func (c *Client) secrets() *secrets {
	files := c.credentials.now()
	if c.config.Signer == nil {
		return files
	}
	return c.signed.add(files, c.config.Signer.Secrets())
}
