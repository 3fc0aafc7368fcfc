package faults

import (
	"bytes"
	"io"
	"net/http"
)

// linesServer takes NDJSON. A request with a row that is refused is refused as a
// whole; a leaky server has stored the others.
type linesServer struct{ b *Backend }

func serveLines(b *Backend) Server { return linesServer{b} }

func (s linesServer) Problems() []string { return nil } // they are in the ledger

func (s linesServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var good []Row
	refused := false
	for line := range bytes.Lines(body) {
		row, err := readRow(line)
		switch {
		case err != nil:
			s.b.Ledger.Refuse(err)
		case s.b.refuses(func() Row { return row }):
			refused = true
		default:
			good = append(good, row)
		}
	}
	if !refused || s.b.leaks() {
		for _, row := range good {
			s.b.Ledger.Store(row)
		}
	}
	if refused {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
