package aws

import (
	"cmp"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// environment is what the credentials are looked for in.
type environment struct {
	get  func(name string) string
	home string // empty when there is none
	// direct is for the services of the machine itself, which no proxy knows.
	direct, client *http.Client
}

func processEnvironment() environment {
	home, _ := os.UserHomeDir()
	transport := func() *http.Transport {
		dialer := &net.Dialer{
			Timeout: 3 * time.Second,
			// The C library's resolver wants more stack than Fluent Bit's threads
			// have, and blocks them.
			Resolver: &net.Resolver{PreferGo: true},
		}
		return &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, IdleConnTimeout: 10 * time.Second, MaxIdleConns: 4}
	}
	direct, outside := transport(), transport()
	outside.Proxy = http.ProxyFromEnvironment
	return environment{
		get: os.Getenv, home: home,
		direct: &http.Client{Transport: direct, Timeout: 10 * time.Second},
		client: &http.Client{Transport: outside, Timeout: 15 * time.Second},
	}
}

// files returns the paths of the shared files; empty for none.
func (e environment) files() (config, credentials string) {
	config, credentials = e.get("AWS_CONFIG_FILE"), e.get("AWS_SHARED_CREDENTIALS_FILE")
	if e.home != "" {
		config = cmp.Or(config, filepath.Join(e.home, ".aws", "config"))
		credentials = cmp.Or(credentials, filepath.Join(e.home, ".aws", "credentials"))
	}
	return config, credentials
}

// Region returns the region of the environment, of which Kubernetes sets the variables
// where a service account has a role; empty for none.
func Region() string { return cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")) }

// RegionOf returns the region and the service in the name of a host of AWS, as in
// search-logs-abc.eu-west-1.es.amazonaws.com; empty where the name does not tell.
func RegionOf(host string) (region, service string) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, domain := range []string{".amazonaws.com", ".amazonaws.com.cn"} {
		name, found := strings.CutSuffix(host, domain)
		if !found {
			continue
		}
		labels := strings.Split(name, ".")
		for i, label := range labels {
			if i > 0 && (label == "es" || label == "aoss") && isRegion(labels[i-1]) {
				return labels[i-1], label
			}
			if i+1 < len(labels) && (label == "logs" || label == "s3" || label == "execute-api") && isRegion(labels[i+1]) {
				return labels[i+1], label
			}
		}
	}
	return "", ""
}

// isRegion reports whether a word is the name of a region: eu-west-1, us-gov-east-1.
func isRegion(word string) bool {
	parts := strings.Split(word, "-")
	if len(parts) < 3 || len(parts[0]) != 2 {
		return false
	}
	return strings.Trim(parts[len(parts)-1], "0123456789") == "" && parts[len(parts)-1] != ""
}

// Domain returns the end of the names of hosts in a region.
func Domain(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// mask takes words out of a text.
func mask(text string, words []string) string {
	for _, word := range words {
		text = strings.ReplaceAll(text, word, "…")
	}
	return text
}
