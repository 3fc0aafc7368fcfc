package s3

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/k8slog/k8slog/plugin/backend/aws"
)

// bucket is where objects are put.
type bucket struct {
	name    string
	virtual func(host string) bool // whether the host has the bucket in its name
}

func (c *Config) bucketOf() bucket {
	b := bucket{name: c.Bucket}
	switch c.Addressing {
	case pathAddressing:
		b.virtual = func(string) bool { return false }
	case virtualAddressing:
		b.virtual = func(string) bool { return true }
	default:
		// The certificates of AWS are for one label before the host.
		b.virtual = func(host string) bool {
			region, _ := aws.RegionOf(host)
			return region != "" && !strings.Contains(c.Bucket, ".")
		}
	}
	return b
}

// at returns the URL of an object of the bucket, for an endpoint.
func (b bucket) at(key, query string) func(*url.URL) *url.URL {
	return func(endpoint *url.URL) *url.URL {
		u := *endpoint
		u.Path = strings.TrimSuffix(u.Path, "/") + "/"
		if b.virtual(u.Hostname()) {
			u.Host = b.name + "." + u.Host
		} else {
			u.Path += b.name + "/"
		}
		u.Path += key
		u.RawPath = escape(u.Path, "/")
		u.RawQuery = query
		return &u
	}
}

// escape escapes all but the unreserved characters, as signatures need it
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html),
// and those in safe.
func escape(text, safe string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 || strings.IndexByte(safe, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
