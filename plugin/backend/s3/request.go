package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/k8slog/k8slog/plugin/backend"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// request is a request about an object.
type request struct {
	operation, method, key, query string
	body                          []byte
}

// A request is tried so often before the whole upload fails, and may take that long: a part of
// 5 MiB at 64 KiB a second takes 80 s.
const (
	tries          = 3
	requestTimeout = 3 * time.Minute
)

// request sends a request until it succeeds, or has failed too often.
func (b *Backend) request(ctx context.Context, r request, headers ...httpclient.Header) (*httpclient.Answer, error) {
	pause := b.pauseMin
	for n := 1; ; n++ {
		a, err := b.once(ctx, r, headers)
		if err == nil || n == tries || !errors.As(err, new(*briefError)) {
			return a, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
			pause = min(2*pause, b.pauseMax)
		}
	}
}

// briefError is an error that may be over soon.
type briefError struct{ error }

func (e *briefError) Unwrap() error { return e.error }

func (b *Backend) once(ctx context.Context, r request, headers []httpclient.Header) (*httpclient.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	body := backend.Body{}
	if len(r.body) > 0 {
		body.Parts = [][]byte{r.body}
	}
	a, err := b.http.Client.DoAt(ctx, r.method, b.bucket.at(r.key, r.query), body, headers...)
	if err != nil {
		return nil, &briefError{fmt.Errorf("%s: %w", r.operation, err)}
	}
	if err := verdict(r, a); err != nil {
		return nil, err
	}
	return a, nil
}

// verdict returns nil for a success. A PUT is one only when the answer names what was stored.
func verdict(r request, a *httpclient.Answer) error {
	switch {
	case a.Status/100 == 2 && (a.IsForeign() || r.method == http.MethodPut && a.ETag == ""):
		return fmt.Errorf("%s: %w", r.operation, a.Foreign("S3"))
	case a.Status/100 == 2:
		return nil
	}
	code := codeOf(a)
	if r.operation == "AbortMultipartUpload" && (code == "NoSuchUpload" || a.Status == http.StatusNotFound && code == "") {
		return nil
	}
	err := fmt.Errorf("%s: %w", r.operation, a.Unexpected(advice[code]))
	if a.Status/100 == 5 && a.Status != http.StatusNotImplemented || a.Status == http.StatusTooManyRequests || brief[code] {
		return &briefError{err}
	}
	return err
}

// codeOf returns the code of an error; empty where there is none
// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
func codeOf(a *httpclient.Answer) string {
	var e struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	if xml.Unmarshal(a.Body, &e) != nil {
		return ""
	}
	return e.Code
}

// brief are the codes of errors of a connection.
var brief = map[string]bool{"RequestTimeout": true, "BadDigest": true, "XAmzContentChecksumMismatch": true, "IncompleteBody": true, "OperationAborted": true}

// advice says what an operator can change.
var advice = map[string]string{
	"NoSuchBucket":                  "make the bucket, or set bucket, aws_region and endpoint to where it is",
	"AccessDenied":                  "the credentials need s3:PutObject and s3:AbortMultipartUpload on the bucket's objects, and kms:GenerateDataKey and kms:Decrypt where a key of KMS encrypts them; canned_acl needs s3:PutObjectAcl",
	"AllAccessDisabled":             "the bucket is disabled: ask the account's owner",
	"PermanentRedirect":             "set aws_region, or endpoint, to that of the bucket",
	"TemporaryRedirect":             "the bucket is new, or set endpoint to that of its region",
	"IllegalLocationConstraint":     "set aws_region to that of the bucket",
	"AuthorizationHeaderMalformed":  "set aws_region to that of the bucket",
	"InvalidRegion":                 "set aws_region to that of the bucket",
	"InvalidStorageClass":           "check storage_class",
	"AccessControlListNotSupported": "the bucket takes no ACL: remove canned_acl",
	"RequestTimeTooSkewed":          "set the clock of the node",
	"NotImplemented":                "the server does not know a header: check s3_checksum, storage_class, server_side_encryption and canned_acl",
	"InvalidDigest":                 "check s3_checksum",
	"InvalidBucketName":             "check bucket and s3_addressing",
	"QuotaExceeded":                 "make room in the bucket, or raise its quota",
	"XMinioStorageFull":             "the server's disks are full",
	"KMS.DisabledException":         "enable the key of KMS",
	"KMS.NotFoundException":         "check sse_kms_key_id",
}

// abort removes the parts of an upload.
func (b *Backend) abort(ctx context.Context, key, id string) error {
	_, err := b.request(ctx, request{"AbortMultipartUpload", http.MethodDelete, key, "uploadId=" + escape(id, ""), nil}, httpclient.Header{Name: "Content-Type"})
	return err
}
