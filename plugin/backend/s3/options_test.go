package s3

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/filters"
	"github.com/k8slog/k8slog/test/backendtest"
)

func parse(set ...string) (*Config, error) {
	c, _, err := backendtest.Parse[Config, *Config](append([]string{"backend", "s3", "bucket", "logs", "store_dir", "/x"}, set...)...)
	return c, err
}

func TestOptions(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	for set, want := range map[string]string{
		"bucket=a": "is no name of a bucket", "bucket=a/b": "is no name of a bucket", "bucket=-ab": "is no name of a bucket",
		"s3_key_prefix=../{namespace}":           "makes names that no object should have",
		"s3_key_prefix=a b/":                     "makes names that no object should have",
		"s3_key_prefix=ä/":                       "makes names that no object should have",
		"s3_key_prefix={pdo}":                    "unknown field",
		"s3_key_prefix={%Y-%M}":                  "has a date",
		"s3_checksum=crc32":                      "is not one of the choices",
		"storage_class=standard":                 "is no name of a class",
		"canned_acl=Public Read":                 "is no name of an ACL",
		"sse_kms_key_id=k":                       "needs server_side_encryption",
		"upload_chunk_size=1MiB":                 "is out of range",
		"upload_timeout=0s":                      "is out of range",
		"total_file_size=1GiB":                   "has no room for two objects",
		"compression=snappy":                     "is not one of the choices",
		"endpoint=http://u:p@minio:9000":         "contains a user or a password",
		"tenant=a":                               "",
		"s3_key_prefix=logs/n={namespace|x_}/":   "",
		"server_side_encryption=aws:kms:dsse":    "",
		"endpoint=http://minio:9000,http://b:90": "",
	} {
		name, value, _ := strings.Cut(set, "=")
		_, err := parse(name, value)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", set, err)
		}
	}
	c, err := parse()
	if err != nil || c.Compression != "gzip" || c.Checksum != "crc32c" || c.PartBytes != 5<<20 {
		t.Errorf("%+v, %v", c, err)
	}
}

// Where a URL has the bucket, and which region a signature is for.
func TestAddressing(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	for _, c := range []struct{ set, url, region string }{
		{"aws_region=eu-west-1", "https://logs.s3.eu-west-1.amazonaws.com/a/k%3D1", "eu-west-1"},
		{"aws_region=cn-north-1", "https://logs.s3.cn-north-1.amazonaws.com.cn/a/k%3D1", "cn-north-1"},
		{"aws_region=eu-west-1 bucket=my.logs", "https://s3.eu-west-1.amazonaws.com/my.logs/a/k%3D1", "eu-west-1"},
		{"aws_region=eu-west-1 s3_addressing=path", "https://s3.eu-west-1.amazonaws.com/logs/a/k%3D1", "eu-west-1"},
		{"endpoint=https://vpce-1.s3.eu-west-1.vpce.amazonaws.com s3_addressing=path aws_region=eu-west-1", "https://vpce-1.s3.eu-west-1.vpce.amazonaws.com/logs/a/k%3D1", "eu-west-1"},
		{"endpoint=http://minio:9000", "http://minio:9000/logs/a/k%3D1", "us-east-1"},
		{"endpoint=http://minio:9000/s3/", "http://minio:9000/s3/logs/a/k%3D1", "us-east-1"},
		{"endpoint=https://ceph:8080 s3_addressing=virtual aws_region=default", "https://logs.ceph:8080/a/k%3D1", "default"},
	} {
		set := []string{"backend", "s3", "bucket", "logs", "store_dir", storeDir(t)}
		for pair := range strings.FieldsSeq(c.set) {
			name, value, _ := strings.Cut(pair, "=")
			set = append(set, name, value)
		}
		b := backendtest.New(t, New, set...)
		if got := b.bucket.at("a/k=1", "")(b.http.Client.Endpoint()).String(); got != c.url {
			t.Errorf("%s: %s, want %s", c.set, got, c.url)
		}
		own, _, err := backendtest.Parse[Config, *Config](set...)
		if err != nil {
			t.Fatal(err)
		}
		if c.region == "us-east-1" && own.AWS.Region != c.region {
			t.Errorf("%s: region %s", c.set, own.AWS.Region)
		}
	}
}

// What the writers of logs choose stays one step of a path, of harmless characters.
func TestPrefixes(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for _, c := range []struct {
		template string
		source   filters.Source
		want     string
	}{
		{"{cluster|no_cluster}/{namespace|component|no_name}/{%Y/%m/%d/%H}/", filters.Source{Namespace: "shop"}, "no_cluster/shop/2026/11/30/09/"},
		{"{cluster|no_cluster}/{namespace|component|no_name}/{%Y}/", filters.Source{Cluster: "eu", Component: "kubelet"}, "eu/component_kubelet/2026/"},
		{"{cluster|no_cluster}/{namespace|component|no_name}/", filters.Source{}, "no_cluster/no_name/"},
		{"{pod}/{container}/", filters.Source{Pod: "..", Container: "a/../b ü?"}, "_/a_.._b___/"},
		{"{pod}/{container}/", filters.Source{}, "k8slog/"},
		{"x/{pod}/{container}/", filters.Source{}, "x/_/_/"},
		{"/{pod}", filters.Source{}, "k8slog/"},
		{"logs-{pod}", filters.Source{Pod: "p"}, "logs-p"},
		{"{pod}/{container}/", filters.Source{Pod: long, Container: long}, strings.Repeat("x", maxPrefix)},
	} {
		b := &Backend{}
		var problem string
		if problem = (&Config{}).setPrefix(c.template); problem != "" {
			t.Errorf("%s: %s", c.template, problem)
		}
		config := &Config{}
		_ = config.setPrefix(c.template)
		b.prefix = config.Prefix
		if got := b.renderPrefix(&c.source, at.UnixNano()).text; got != c.want {
			t.Errorf("%s: %q, want %q", c.template, got, c.want)
		}
	}
	if longest := maxPrefix + len("20261130T092518Z-") + maxNode + 1 + 32 + len(".ndjson.zst"); longest > maxKey {
		t.Errorf("names have up to %d bytes", longest)
	}
}
