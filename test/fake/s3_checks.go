package fake

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
)

// checkBody compares a body with the checksums in the headers.
func (s *S3) checkBody(h http.Header, body []byte) *AWSError {
	encode := base64.StdEncoding.EncodeToString
	digest, sum := md5.Sum(body), sha256.Sum256(body)
	crc := binary.BigEndian.AppendUint32(nil, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	stated := 0
	for _, c := range []struct{ header, want, code string }{
		{"Content-Md5", encode(digest[:]), "BadDigest"},
		{"X-Amz-Checksum-Crc32c", encode(crc), "XAmzContentChecksumMismatch"},
		{"X-Amz-Checksum-Sha256", encode(sum[:]), "XAmzContentChecksumMismatch"},
	} {
		value := h.Get(c.header)
		if value != "" && value != c.want {
			return &AWSError{c.code, "The " + c.header + " you specified did not match what we received."}
		}
		if value != "" {
			stated++
		}
	}
	switch {
	case stated > 1 && h.Get("Content-Md5") == "":
		return &AWSError{"InvalidRequest", "Expecting a single x-amz-checksum- header"}
	case stated == 0 && s.ObjectLock:
		return &AWSError{"InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"}
	}
	return nil
}

var (
	s3Classes     = []string{"", "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"}
	s3Encryptions = []string{"", "AES256", "aws:kms", "aws:kms:dsse"}
)

func checkS3Headers(h http.Header) *AWSError {
	encryption, key := h.Get("X-Amz-Server-Side-Encryption"), h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id")
	switch {
	case !slices.Contains(s3Classes, h.Get("X-Amz-Storage-Class")):
		return &AWSError{"InvalidStorageClass", "The storage class you specified is not valid"}
	case !slices.Contains(s3Encryptions, encryption), key != "" && !strings.HasPrefix(encryption, "aws:kms"):
		return &AWSError{"InvalidArgument", "The encryption method specified is not supported"}
	}
	return nil
}
