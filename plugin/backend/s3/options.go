package s3

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/plugin/backend/aws"
	"github.com/k8slog/k8slog/plugin/backend/httpbackend"
	"github.com/k8slog/k8slog/plugin/backend/ndjson"
	"github.com/k8slog/k8slog/plugin/options"
)

// protocol is that of S3: the bucket and the key of an object are in the URL.
var protocol = httpbackend.Protocol{
	Path:         "/",
	ContentType:  contentTypes["none"],
	Compressions: []string{"none", "gzip", "zstd"},
	AWS:          httpbackend.AWSUse{Host: "s3", Service: "s3"},
}

// Config is the options of the backend. Those that Fluent Bit's own s3 output has as well have
// the names that they have there.
type Config struct {
	httpbackend.Config
	object
	Bucket     string           // bucket
	Prefix     options.Template // s3_key_prefix
	Addressing string           // s3_addressing
	Dir        string           // store_dir
	Limit      int              // store_dir_limit_size
	MaxBytes   int              // total_file_size
	MaxAge     time.Duration    // upload_timeout
	IDKey      string
}

// The values of s3_addressing.
const (
	autoAddressing    = "auto"
	pathAddressing    = "path"
	virtualAddressing = "virtual"
)

// Options implements options.Group.
func (c *Config) Options() []options.Option {
	addressings := []string{autoAddressing, pathAddressing, virtualAddressing}
	encryptions := []string{"AES256", "aws:kms", "aws:kms:dsse"}
	return append(c.OptionsFor(protocol), []options.Option{
		{
			Name: "bucket", Type: "name", Example: "logs-archive", Required: true,
			Range: "3 to 63 letters, digits, dots, hyphens and underscores",
			Doc:   "The bucket. It must exist.",
			Set:   word(&c.Bucket, `^[a-zA-Z0-9][a-zA-Z0-9._-]{1,61}[a-zA-Z0-9]$`, "is no name of a bucket"),
		},
		{
			Name: "s3_key_prefix", Type: "template", Default: "{cluster|no_cluster}/{namespace|component|no_name}/{%Y/%m/%d/%H}/", Example: "logs/namespace={namespace|component|no_name}/dt={%Y-%m-%d}/",
			Range: options.TemplateRange + ", and dates in braces of %Y, %m, %d, %H, %G and %V; the rest letters, digits and - _ . / ! * ' ( ) =",
			Doc:   "What the name of an object begins with. The plugin appends the time at which the object was begun, the node, a hash of the content, and .ndjson with the end of the compression, as in 20261130T092518Z-node-1-0f3a….ndjson.gz. The date is that of the records, in UTC. Every prefix has a file on the disk, so that a prefix for each pod makes many small objects. What a name should not have becomes _. Beside the name of a namespace, that of a component is component_kubelet, as in the option tenant.",
			Rule:  "index",
			Set:   c.setPrefix,
		},
		{Name: "compression", Note: "of an object; its default is gzip. The name of the object tells it (.gz, .zst), and no Content-Encoding, so that the object stays as it is wherever it is read."},
		{
			Name: "s3_addressing", Type: "name", Default: autoAddressing, Example: pathAddressing,
			Range: strings.Join(addressings, ", "),
			Doc:   "Where a URL has the bucket: in the path (https://host/bucket/key), or in the name of the host (virtual: https://bucket.host/key). auto is virtual for hosts of AWS, unless the bucket has a dot in its name, and path else.",
			Set:   options.OneOf(addressings, &c.Addressing),
		},
		{
			Name: "s3_checksum", Type: "name", Default: "crc32c", Example: "sha256",
			Range: "crc32c, sha256, md5, none",
			Doc:   "The checksum by which the server compares what it got (x-amz-checksum-crc32c, x-amz-checksum-sha256 or Content-MD5), beside the hash of the body in the signature. A bucket with object lock needs one. Older servers may know md5 alone.",
			Set:   options.OneOf([]string{"crc32c", "sha256", "md5", "none"}, &c.Checksum),
		},
		{
			Name: "storage_class", Type: "name", Example: "STANDARD_IA",
			Range: "the name of a class, in capitals: STANDARD_IA, INTELLIGENT_TIERING, GLACIER_IR, DEEP_ARCHIVE, …",
			Doc:   "The storage class of objects. Without it, that of the bucket.",
			Set:   word(&c.Class, `^[A-Z0-9_]{1,64}$`, "is no name of a class"),
		},
		{
			Name: "canned_acl", Type: "name", Example: "bucket-owner-full-control",
			Range: "the name of a canned ACL, in small letters with hyphens",
			Doc:   "The canned ACL of objects. A bucket without ACLs, as they are made today, takes bucket-owner-full-control at most.",
			Set:   word(&c.ACL, `^[a-z-]{1,64}$`, "is no name of an ACL"),
		},
		{
			Name: "server_side_encryption", Type: "name", Example: "aws:kms",
			Range: strings.Join(encryptions, ", "),
			Doc:   "How the server encrypts objects. Without it, as the bucket says.",
			Set:   options.OneOf(encryptions, &c.Encryption),
		},
		{
			Name: "sse_kms_key_id", Type: "name", Example: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd",
			Range: "the ID, the ARN or the alias of a key",
			Doc:   "The key of KMS that the server encrypts objects with. It needs server_side_encryption aws:kms or aws:kms:dsse.",
			Set:   word(&c.Key, `^[!-~]+$`, "is no name of a key"),
		},
		{
			Name: "total_file_size", Type: "size", Default: "64MiB", Example: "256MiB",
			Range: "64KiB to 5GiB",
			Doc:   "The size of the records, before compression, at which an object is uploaded.",
			Set:   options.Size(64<<10, 5<<30, &c.MaxBytes),
		},
		{
			Name: "upload_timeout", Type: "duration", Default: "10m", Example: "1h",
			Range: "1s to 24h",
			Doc:   "The age at which an object is uploaded, whatever its size is.",
			Set:   options.Duration(time.Second, 24*time.Hour, &c.MaxAge),
		},
		{
			Name: "upload_chunk_size", Type: "size", Default: "5MiB", Example: "16MiB",
			Range: "5MiB to 256MiB",
			Doc:   "The size of the parts in which an object is uploaded that is larger after compression (multipart upload). Two objects are uploaded at once, and each takes that much memory.",
			Set:   options.Size(minPart, 256<<20, &c.PartBytes),
		},
		{
			Name: "store_dir", Type: "folder", Example: "/var/lib/k8slog/s3", Required: true,
			Doc: "The folder for records that are not uploaded yet. A chunk is acknowledged when its records are there, synced to the disk. It must last longer than the pod: what is there, the next start uploads. Every output needs its own folder.",
			Set: options.Text(&c.Dir),
		},
		{
			Name: "store_dir_limit_size", Type: "size", Default: "1GiB", Example: "10GiB",
			Range: "1MiB to 1TiB",
			Doc:   "The largest size of that folder. Above it, which means that uploads fail or are too slow, chunks are returned, and stay in Fluent Bit's storage.",
			Set:   options.Size(1<<20, 1<<40, &c.Limit),
		},
		ndjson.IDKey(&c.IDKey),
	}...)
}

// word takes a value that a pattern matches.
func word(to *string, pattern, problem string) func(string) string {
	valid := regexp.MustCompile(pattern)
	return func(value string) string {
		if !valid.MatchString(value) {
			return problem
		}
		*to = value
		return ""
	}
}

// setPrefix takes a template whose text is a prefix, also for a source of which nothing is
// known.
func (c *Config) setPrefix(value string) (problem string) {
	if c.Prefix, problem = options.ParseTemplate(value); problem != "" {
		return problem
	}
	for _, sample := range []filters.Source{
		{Cluster: "x", Node: "x", Namespace: "x", Pod: "x", Container: "x", Component: "x"}, {},
	} {
		text := c.Prefix.Text(&sample, 0, namePart)
		steps := strings.Split(text, "/")
		if strings.ContainsFunc(text, func(r rune) bool { return !isPrefixRune(r) }) || len(text) > maxPrefix ||
			slices.Contains(steps, ".") || slices.Contains(steps, "..") {
			return "makes names that no object should have"
		}
	}
	return ""
}

// Preset implements options.Presetter.
func (c *Config) Preset(func(name string) string) map[string]string {
	return map[string]string{"compression": "gzip"}
}

// otherRegion is the region where an endpoint that is none of AWS has no other: what MinIO,
// Ceph and most others are in.
const otherRegion = "us-east-1"

// Check implements options.Checker.
func (c *Config) Check(common *options.Config) error {
	common.CheckTemplate("s3_key_prefix", c.Prefix, true)
	if c.Key != "" && !strings.HasPrefix(c.Encryption, "aws:kms") {
		return &options.Error{Option: "sse_kms_key_id", Problem: "needs server_side_encryption aws:kms or aws:kms:dsse; allowed: with it"}
	}
	if c.MaxBytes > c.Limit/2 {
		return &options.Error{Option: "store_dir_limit_size", Problem: "has no room for two objects of total_file_size; allowed: twice that and more"}
	}
	if len(c.Endpoints) > 0 && c.AWS.Region == "" && aws.Region() == "" {
		if region, _ := aws.RegionOf(c.Endpoints[0].Hostname()); region == "" {
			c.AWS.Region = otherRegion
		}
	}
	return c.Config.Check(common)
}

// FieldNames implements options.FieldNamer.
func (c *Config) FieldNames() []string { return ndjson.FieldNames }
