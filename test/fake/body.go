package fake

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// plainBody reads a body in the encoding that its header names.
func plainBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var plain io.Reader
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "":
		return body, nil
	case "gzip":
		plain, err = gzip.NewReader(bytes.NewReader(body))
	case "zstd":
		plain, err = zstd.NewReader(bytes.NewReader(body))
	case "snappy":
		return snappy.Decode(nil, body)
	default:
		return nil, fmt.Errorf("unsupported encoding %q", encoding)
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}
