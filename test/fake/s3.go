package fake

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// S3 is a server of S3 with one bucket. It takes and refuses what the API reference says
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html).
type S3 struct {
	Bucket string
	// Domain is the name that the bucket stands before, in virtual addressing; empty for
	// requests with the bucket in the path alone.
	Domain string
	// Verifier has the keys; nil for a server that takes every request.
	Verifier *SigV4
	// ObjectLock is whether the bucket has it: a checksum must be there.
	ObjectLock bool
	// Before may answer a request in its place: it returns true then. After is called
	// when a request was done, and may drop its answer: it returns true then. Both may be
	// nil.
	Before func(w http.ResponseWriter, r *http.Request, operation string) bool
	After  func(operation string) bool

	mu       sync.Mutex
	objects  map[string]S3Object
	uploads  map[string]*s3Upload
	puts     map[string]int // how often an object was made
	aborted  int
	refused  []string
	sequence int
}

// S3Object is an object, and the headers of the request that has made it.
type S3Object struct {
	Header http.Header
	Body   []byte
	Parts  int // 0 for one request
}

// Objects returns the objects by their keys.
func (s *S3) Objects() map[string]S3Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.objects)
}

// Puts returns how often an object was made, by its key.
func (s *S3) Puts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.puts)
}

// Refused returns the errors that were answered.
func (s *S3) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

// Uploads returns the number of uploads in parts that are neither complete nor aborted, and of
// those that were aborted.
func (s *S3) Uploads() (open, aborted int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.uploads), s.aborted
}

// s3Statuses are those of errors, where they are not 400
// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
var s3Statuses = map[string]int{
	"AccessDenied": 403, "SignatureDoesNotMatch": 403, "InvalidAccessKeyId": 403, "RequestTimeTooSkewed": 403,
	"NoSuchBucket": 404, "NoSuchUpload": 404, "MethodNotAllowed": 405, "MissingContentLength": 411, "NotImplemented": 501,
}

// ServeHTTP implements http.Handler.
func (s *S3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender is gone
	}
	operation := s3Operation(r)
	if s.Before != nil && s.Before(w, r, operation) {
		return
	}
	answer, refusal := s.do(w, r, operation, body)
	if s.After != nil && s.After(operation) {
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			c.Close()
		}
		return
	}
	if refusal != nil {
		s.mu.Lock()
		s.refused = append(s.refused, refusal.Error())
		s.mu.Unlock()
		status := s3Statuses[refusal.Code]
		if status == 0 {
			status = 400
		}
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		answer = struct {
			XMLName       xml.Name `xml:"Error"`
			Code, Message string
		}{Code: refusal.Code, Message: refusal.Message}
	}
	if answer != nil {
		_, _ = io.WriteString(w, xml.Header)
		_ = xml.NewEncoder(w).Encode(answer)
	}
}

func s3Operation(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodPost && q.Has("uploads"):
		return "CreateMultipartUpload"
	case r.Method == http.MethodPost && q.Has("uploadId"):
		return "CompleteMultipartUpload"
	case r.Method == http.MethodPut && q.Has("uploadId") && q.Has("partNumber"):
		return "UploadPart"
	case r.Method == http.MethodDelete && q.Has("uploadId"):
		return "AbortMultipartUpload"
	case r.Method == http.MethodPut && r.URL.RawQuery == "":
		return "PutObject"
	}
	return ""
}

func (s *S3) do(w http.ResponseWriter, r *http.Request, operation string, body []byte) (answer any, refusal *AWSError) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	name, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if s.Domain != "" && strings.HasSuffix(host, "."+s.Domain) {
		name, key = strings.TrimSuffix(host, "."+s.Domain), strings.TrimPrefix(r.URL.Path, "/")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case operation == "":
		return nil, &AWSError{"MethodNotAllowed", "The specified method is not allowed against this resource."}
	case r.ContentLength < 0 || len(r.TransferEncoding) > 0:
		return nil, &AWSError{"MissingContentLength", "You must provide the Content-Length HTTP header."}
	case name != s.Bucket:
		return nil, &AWSError{"NoSuchBucket", "The specified bucket does not exist"}
	case key == "" || len(key) > 1024:
		return nil, &AWSError{"KeyTooLongError", "Your key is too long"}
	}
	if s.Verifier != nil {
		if err := s.Verifier.Verify(r, body); err != nil {
			return nil, &AWSError{"SignatureDoesNotMatch", err.Error()}
		}
	}
	if err := checkS3Headers(r.Header); err != nil {
		return nil, err
	}
	if s.objects == nil {
		s.objects, s.uploads, s.puts = map[string]S3Object{}, map[string]*s3Upload{}, map[string]int{}
	}
	switch operation {
	case "PutObject":
		if err := s.checkBody(r.Header, body); err != nil {
			return nil, err
		}
		s.make(key, S3Object{Header: r.Header.Clone(), Body: body})
		w.Header().Set("ETag", etagOf(body))
		return nil, nil
	case "CreateMultipartUpload":
		s.sequence++
		id := fmt.Sprintf("upload/%d+=", s.sequence) // which must be escaped
		s.uploads[id] = &s3Upload{key: key, header: r.Header.Clone(), parts: map[int]s3Part{}}
		return struct {
			XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ InitiateMultipartUploadResult"`
			Bucket, Key, UploadId string
		}{Bucket: s.Bucket, Key: key, UploadId: id}, nil
	}
	id := r.URL.Query().Get("uploadId")
	u := s.uploads[id]
	if u == nil || u.key != key {
		return nil, &AWSError{"NoSuchUpload", "The specified multipart upload does not exist."}
	}
	switch operation {
	case "UploadPart":
		return nil, s.part(w, r, u, body)
	case "AbortMultipartUpload":
		delete(s.uploads, id)
		s.aborted++
		w.WriteHeader(http.StatusNoContent)
		return nil, nil
	}
	object, refusal := s.complete(u, body)
	if refusal != nil {
		return nil, refusal
	}
	s.make(key, object)
	delete(s.uploads, id)
	return struct {
		XMLName           xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUploadResult"`
		Bucket, Key, ETag string
	}{Bucket: s.Bucket, Key: key, ETag: etagOf(object.Body)}, nil
}

// make makes an object. The caller holds mu.
func (s *S3) make(key string, o S3Object) {
	s.objects[key] = o
	s.puts[key]++
}

func etagOf(body []byte) string {
	sum := md5.Sum(body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// Lines returns the lines of all objects, after decompress.
func (s *S3) Lines(decompress func(key string, body []byte) ([]byte, error)) (lines []string, err error) {
	for key, o := range s.Objects() {
		text, err := decompress(key, o.Body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if !bytes.HasSuffix(text, []byte("\n")) {
			return nil, fmt.Errorf("%s does not end with a line feed", key)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
	}
	return lines, nil
}
