package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/backend/spool"
)

// minPart is the smallest size of a part that is not the last
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
const minPart = 5 << 20

// parts uploads what is written to it as one object: by one request where it is not larger than
// a part, and else in parts. It keeps one part in memory.
type parts struct {
	backend *Backend
	ctx     context.Context
	file    *spool.File
	key     string
	size    int64

	buf      []byte
	uploadID string // empty until there is more than one part
	done     []part
}

// part is a part that is uploaded.
type part struct {
	Number int    `xml:"PartNumber"`
	ETag   string `xml:"ETag"`
	CRC32C string `xml:"ChecksumCRC32C,omitempty"`
	SHA256 string `xml:"ChecksumSHA256,omitempty"`
}

// Write implements io.Writer.
func (p *parts) Write(text []byte) (int, error) {
	p.buf = append(p.buf, text...)
	p.size += int64(len(text))
	if len(p.buf) < p.backend.object.PartBytes+1 { // the last part may be all of it
		return len(text), nil
	}
	if err := p.begin(); err != nil {
		return 0, err
	}
	return len(text), p.put()
}

// finish uploads what is left, and makes the object.
func (p *parts) finish() error {
	if p.uploadID == "" {
		headers := p.backend.object.headers(p.file)
		if name, value := p.backend.object.sum(p.buf); name != "" {
			headers = append(headers, httpclient.Header{Name: name, Value: value})
		}
		_, err := p.backend.request(p.ctx, request{"PutObject", http.MethodPut, p.key, "", p.buf}, headers...)
		return err
	}
	if len(p.buf) > 0 {
		if err := p.put(); err != nil {
			return err
		}
	}
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUpload"`
		Part    []part
	}{Part: p.done})
	if err != nil {
		return err
	}
	a, err := p.backend.request(p.ctx, request{"CompleteMultipartUpload", http.MethodPost, p.key, "uploadId=" + escape(p.uploadID, ""), body},
		httpclient.Header{Name: "Content-Type", Value: "application/xml"})
	if err != nil {
		return err
	}
	var result struct {
		XMLName xml.Name
		ETag    string
	}
	// The server may find only after the header that it cannot make the object.
	if xml.Unmarshal(a.Body, &result) != nil || result.XMLName.Local != "CompleteMultipartUploadResult" {
		return fmt.Errorf("CompleteMultipartUpload: %w", errors.New(a.String()))
	}
	return nil
}

// begin begins the upload in parts, unless it has begun.
func (p *parts) begin() error {
	if p.uploadID != "" {
		return nil
	}
	headers := p.backend.object.headers(p.file)
	if algorithm := p.backend.object.algorithm(); algorithm != "" {
		headers = append(headers, httpclient.Header{Name: "X-Amz-Checksum-Algorithm", Value: algorithm})
	}
	a, err := p.backend.request(p.ctx, request{"CreateMultipartUpload", http.MethodPost, p.key, "uploads=", nil}, headers...)
	if err != nil {
		return err
	}
	var result struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		UploadId string
	}
	if err := xml.Unmarshal(a.Body, &result); err != nil || result.UploadId == "" {
		return a.Foreign("S3")
	}
	p.uploadID = result.UploadId
	// After a crash the parts are paid for until somebody aborts the upload.
	if err := os.WriteFile(p.file.Sidecar(), []byte(p.key+"\n"+p.uploadID+"\n"), 0o600); err != nil {
		return err
	}
	return nil
}

// put uploads a part.
func (p *parts) put() error {
	one := part{Number: len(p.done) + 1}
	query := "partNumber=" + strconv.Itoa(one.Number) + "&uploadId=" + escape(p.uploadID, "")
	headers := []httpclient.Header{{Name: "Content-Type", Value: "application/octet-stream"}}
	name, value := p.backend.object.sum(p.buf)
	switch name {
	case "X-Amz-Checksum-Crc32c":
		one.CRC32C = value
	case "X-Amz-Checksum-Sha256":
		one.SHA256 = value
	}
	if name != "" {
		headers = append(headers, httpclient.Header{Name: name, Value: value})
	}
	a, err := p.backend.request(p.ctx, request{"UploadPart", http.MethodPut, p.key, query, p.buf}, headers...)
	if err != nil {
		return err
	}
	one.ETag = a.ETag
	p.done, p.buf = append(p.done, one), p.buf[:0]
	return nil
}

// abortWithin is how long an abort may take.
const abortWithin = 10 * time.Second

// abort removes the parts of an upload that failed. An abort that fails is tried again before
// the next upload of the file.
func (p *parts) abort() {
	if p.uploadID == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, abortWithin)
	defer cancel()
	if p.backend.abort(ctx, p.key, p.uploadID) == nil {
		_ = os.Remove(p.file.Sidecar())
	}
}

// abortFormer aborts an upload of the file that was not ended.
func (p *parts) abortFormer() error {
	text, err := os.ReadFile(p.file.Sidecar())
	if err != nil {
		return nil
	}
	key, id, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if id != "" {
		ctx, cancel := context.WithTimeout(p.ctx, abortWithin)
		defer cancel()
		if err := p.backend.abort(ctx, key, id); err != nil {
			return err
		}
	}
	return os.Remove(p.file.Sidecar())
}
