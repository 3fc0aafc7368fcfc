package s3

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/backend/spool"
)

// object says what objects are like.
type object struct {
	compression string
	Checksum    string // s3_checksum
	Class       string // storage_class
	ACL         string // canned_acl
	Encryption  string // server_side_encryption
	Key         string // sse_kms_key_id
	PartBytes   int    // upload_chunk_size
}

// The content types and the ends of names, by compression.
var (
	contentTypes = map[string]string{"none": "application/x-ndjson", "gzip": "application/gzip", "zstd": "application/zstd"}
	nameEnds     = map[string]string{"none": ".ndjson", "gzip": ".ndjson.gz", "zstd": ".ndjson.zst"}
)

// keyOf returns the key of the object of a file, of which sum is the hash. It is the same
// whenever the file is uploaded, so that a repeat replaces the object by itself.
func (o *object) keyOf(f *spool.File, sum [sha256.Size]byte) string {
	node := f.Node[:min(len(f.Node), maxNode)]
	if node != "" {
		node += "-"
	}
	return f.Key + f.Since.UTC().Format("20060102T150405Z") + "-" + node + hex.EncodeToString(sum[:16]) + nameEnds[o.compression]
}

// headers returns the headers of the request that makes an object.
func (o *object) headers(f *spool.File) []httpclient.Header {
	all := []httpclient.Header{
		{Name: "Content-Type", Value: contentTypes[o.compression]},
		{Name: "X-Amz-Meta-Records", Value: strconv.FormatInt(f.Records(), 10)},
	}
	for _, h := range []httpclient.Header{
		{Name: "X-Amz-Storage-Class", Value: o.Class},
		{Name: "X-Amz-Acl", Value: o.ACL},
		{Name: "X-Amz-Server-Side-Encryption", Value: o.Encryption},
		{Name: "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", Value: o.Key},
	} {
		if h.Value != "" {
			all = append(all, h)
		}
	}
	return all
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum returns the checksum of a body as a header has it, and the name of the header; empty for
// none.
func (o *object) sum(body []byte) (name, value string) {
	encode := base64.StdEncoding.EncodeToString
	switch o.Checksum {
	case "crc32c":
		return "X-Amz-Checksum-Crc32c", encode(binary.BigEndian.AppendUint32(nil, crc32.Checksum(body, castagnoli)))
	case "sha256":
		sum := sha256.Sum256(body)
		return "X-Amz-Checksum-Sha256", encode(sum[:])
	case "md5":
		sum := md5.Sum(body)
		return "Content-Md5", encode(sum[:])
	}
	return "", ""
}

// algorithm is the name of the checksum in requests about several parts; empty for one that
// these do not have.
func (o *object) algorithm() string {
	return map[string]string{"crc32c": "CRC32C", "sha256": "SHA256"}[o.Checksum]
}

// compressor returns a writer that compresses into w.
func (o *object) compressor(w io.Writer) (io.WriteCloser, error) {
	switch o.compression {
	case "gzip":
		return gzip.NewWriterLevel(w, gzip.DefaultCompression)
	case "zstd":
		// An object is read by tools with any memory: the window is a small one.
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
	case "none":
		return nopCloser{w}, nil
	}
	return nil, fmt.Errorf("unknown compression %q", o.compression)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
