package httpclient

import "sync"

// Words are the secrets of a backend that does not speak HTTP, or of a configuration. The zero value has none.
type Words struct {
	mu     sync.Mutex
	latest map[string]string // by where they come from
	hidden *secrets
}

// Keep adds a secret. It takes the place of the one before from the same origin, which
// stays hidden as well: a server may quote it in a late answer.
func (w *Words) Keep(origin, word string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.latest[origin] == word {
		return
	}
	if w.latest == nil {
		w.latest = map[string]string{}
	}
	w.latest[origin] = word
	words := make([]string, 0, len(w.latest))
	for _, word := range w.latest {
		words = append(words, word)
	}
	hidden := newSecrets(nil, words)
	if w.hidden != nil {
		hidden.formerly(w.hidden)
	}
	w.hidden = hidden
}

// Clean makes text fit for a log: one line of limited length, without the secrets.
func (w *Words) Clean(text string) string {
	w.mu.Lock()
	hidden := w.hidden
	w.mu.Unlock()
	if hidden == nil {
		hidden = &secrets{}
	}
	return hidden.clean(text)
}

// Mask returns text without the secrets, in any of their spellings, and else as it is.
func (w *Words) Mask(text string) string {
	w.mu.Lock()
	hidden := w.hidden
	w.mu.Unlock()
	if hidden == nil {
		return text
	}
	return hidden.mask(text)
}

// Error returns an error whose text is clean. errors.Is and errors.As still find the cause.
// It returns nil for nil.
func (w *Words) Error(err error) error {
	if err == nil {
		return nil
	}
	return &cleanedError{text: w.Clean(err.Error()), of: err}
}
