package fake

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
)

// s3Upload is an upload in parts
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html).
type s3Upload struct {
	key    string
	header http.Header
	parts  map[int]s3Part
}

type s3Part struct {
	body           []byte
	etag           string
	crc32c, sha256 string
}

func (s *S3) part(w http.ResponseWriter, r *http.Request, u *s3Upload, body []byte) *AWSError {
	number, err := strconv.Atoi(r.URL.Query().Get("partNumber"))
	if err != nil || number < 1 || number > 10_000 {
		return &AWSError{"InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive"}
	}
	if err := s.checkBody(r.Header, body); err != nil {
		return err
	}
	p := s3Part{body, etagOf(body), r.Header.Get("X-Amz-Checksum-Crc32c"), r.Header.Get("X-Amz-Checksum-Sha256")}
	algorithm := u.header.Get("X-Amz-Checksum-Algorithm")
	if algorithm == "CRC32C" && p.crc32c == "" || algorithm == "SHA256" && p.sha256 == "" || algorithm == "" && p.crc32c+p.sha256 != "" {
		return &AWSError{"InvalidRequest", "Checksum Type mismatch occurred, expected checksum Type: " + algorithm}
	}
	u.parts[number] = p
	w.Header().Set("ETag", p.etag)
	return nil
}

func (s *S3) complete(u *s3Upload, body []byte) (o S3Object, refusal *AWSError) {
	var q struct {
		XMLName xml.Name `xml:"CompleteMultipartUpload"`
		Part    []struct {
			PartNumber     int
			ETag           string
			ChecksumCRC32C string
			ChecksumSHA256 string
		}
	}
	if err := xml.Unmarshal(body, &q); err != nil || len(q.Part) == 0 {
		return o, &AWSError{"MalformedXML", fmt.Sprintf("The XML that you provided was not well formed: %v", err)}
	}
	o = S3Object{Header: u.header, Parts: len(q.Part)}
	for i, p := range q.Part {
		if i > 0 && p.PartNumber <= q.Part[i-1].PartNumber {
			return o, &AWSError{"InvalidPartOrder", "The list of parts was not in ascending order."}
		}
		got, known := u.parts[p.PartNumber]
		if !known || got.etag != p.ETag || got.crc32c != p.ChecksumCRC32C || got.sha256 != p.ChecksumSHA256 {
			return o, &AWSError{"InvalidPart", "One or more of the specified parts could not be found."}
		}
		if i < len(q.Part)-1 && len(got.body) < 5<<20 {
			return o, &AWSError{"EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size."}
		}
		o.Body = append(o.Body, got.body...)
	}
	return o, nil
}
