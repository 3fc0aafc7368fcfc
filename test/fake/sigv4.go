package fake

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// SigV4 verifies signatures of AWS Signature Version 4, by its documentation and without
// the code of an SDK
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
type SigV4 struct {
	Region, Service string
	// Now is the clock; nil for that of the machine.
	Now func() time.Time

	mu   sync.Mutex
	keys map[string]AWSKey
}

// AWSKey is what belongs to an access key. Token is empty for keys of a user, and End is
// zero for those that do not end.
type AWSKey struct {
	Secret, Token string
	End           time.Time
}

// Allow adds an access key.
func (v *SigV4) Allow(id string, key AWSKey) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys == nil {
		v.keys = map[string]AWSKey{}
	}
	v.keys[id] = key
}

// Revoke takes an access key back.
func (v *SigV4) Revoke(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.keys, id)
}

// AWSError is a refusal, with the code that AWS has for it.
type AWSError struct{ Code, Message string }

func (e *AWSError) Error() string { return e.Code + ": " + e.Message }

// Require answers 403 to requests that are not signed well, in the form of OpenSearch Service.
func (v *SigV4) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := v.Verify(r, body); err != nil {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `{"message":%q}`, err.Message)
			return
		}
		next.ServeHTTP(w, r)
	})
}

const (
	algorithm = "AWS4-HMAC-SHA256"
	amzTime   = "20060102T150405Z"
	maxSkew   = 5 * time.Minute
)

// Verify checks the signature of a request with that body.
func (v *SigV4) Verify(r *http.Request, body []byte) *AWSError {
	fields, ok := strings.CutPrefix(r.Header.Get("Authorization"), algorithm+" ")
	if !ok {
		return &AWSError{"MissingAuthenticationTokenException", "Missing Authentication Token"}
	}
	parts := map[string]string{}
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		parts[name] = value
	}
	scope := strings.Split(parts["Credential"], "/")
	at, err := time.Parse(amzTime, r.Header.Get("X-Amz-Date"))
	if len(scope) != 5 || err != nil || len(r.Header["Authorization"]) != 1 {
		return &AWSError{"IncompleteSignatureException", "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature', and existence of 'X-Amz-Date'."}
	}
	now := time.Now()
	if v.Now != nil {
		now = v.Now()
	}
	v.mu.Lock()
	key, known := v.keys[scope[0]]
	v.mu.Unlock()
	hash := sha256.Sum256(body)
	sum := hex.EncodeToString(hash[:])
	signed := strings.Split(parts["SignedHeaders"], ";")
	stated := r.Header.Get("X-Amz-Content-Sha256")
	needsHash := v.Service == "aoss" || v.Service == "s3"
	switch {
	case !known || key.Token != r.Header.Get("X-Amz-Security-Token"):
		return &AWSError{"UnrecognizedClientException", "The security token included in the request is invalid."}
	case !key.End.IsZero() && now.After(key.End):
		return &AWSError{"ExpiredTokenException", "The security token included in the request is expired"}
	case scope[1] != at.Format("20060102") || scope[2] != v.Region || scope[3] != v.Service || scope[4] != "aws4_request":
		return &AWSError{"InvalidSignatureException", fmt.Sprintf("Credential should be scoped to a valid region and correct service: %q.", v.Service)}
	case now.Sub(at) > maxSkew:
		return &AWSError{"InvalidSignatureException", "Signature expired: " + at.Format(amzTime) + " is now earlier than " + now.UTC().Add(-maxSkew).Format(amzTime)}
	case at.Sub(now) > maxSkew:
		return &AWSError{"InvalidSignatureException", "Signature not yet current: " + at.Format(amzTime) + " is still later than " + now.UTC().Add(maxSkew).Format(amzTime)}
	case needsHash && stated == "" || stated != "" && stated != sum:
		return &AWSError{"InvalidSignatureException", "The value of the header x-amz-content-sha256 is missing or does not match the body."}
	case v.Service == "aoss" && slices.Contains(signed, "content-length"):
		return &AWSError{"InvalidSignatureException", "The signature must not be over content-length."}
	}
	for name := range r.Header {
		name = strings.ToLower(name)
		if (strings.HasPrefix(name, "x-amz-") || name == "content-type") && !slices.Contains(signed, name) {
			return &AWSError{"InvalidSignatureException", "The header " + name + " is not signed."}
		}
	}
	if !slices.Contains(signed, "host") || !slices.IsSorted(signed) {
		return &AWSError{"InvalidSignatureException", "'Host' must be a signed header, and the names must be in order."}
	}
	canonical := strings.Join([]string{
		r.Method, canonicalPath(r.URL, v.Service), canonicalQuery(r.URL.RawQuery), canonicalHeaders(r, signed), parts["SignedHeaders"], sum,
	}, "\n")
	digest := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{algorithm, at.Format(amzTime), strings.Join(scope[1:], "/"), hex.EncodeToString(digest[:])}, "\n")
	secret := []byte("AWS4" + key.Secret)
	for _, step := range append(scope[1:], text) {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(step))
		secret = mac.Sum(nil)
	}
	if hex.EncodeToString(secret) != parts["Signature"] {
		// AWS does quote it, with the token among the headers.
		return &AWSError{"InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. The Canonical String for this request should have been '" + canonical + "'"}
	}
	return nil
}

// canonicalPath is the path, escaped once more but for S3.
func canonicalPath(u *url.URL, service string) string {
	path := u.EscapedPath()
	if path == "" {
		return "/"
	}
	if service == "s3" { // of the key, however the request has escaped it
		return strings.ReplaceAll(amzEscape(u.Path), "%2F", "/")
	}
	segments := strings.Split(path, "/")
	for i := range segments {
		segments[i] = amzEscape(segments[i])
	}
	return strings.Join(segments, "/")
}

func canonicalQuery(raw string) string {
	var pairs []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		pairs = append(pairs, amzEscape(name)+"="+amzEscape(value))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func canonicalHeaders(r *http.Request, signed []string) string {
	var b strings.Builder
	for _, name := range signed {
		values := r.Header.Values(name)
		switch name {
		case "host":
			values = []string{r.Host}
		case "content-length":
			values = []string{fmt.Sprint(r.ContentLength)}
		}
		trimmed := make([]string, len(values))
		for i, value := range values {
			trimmed[i] = strings.Join(strings.Fields(value), " ")
		}
		b.WriteString(name + ":" + strings.Join(trimmed, ",") + "\n")
	}
	return b.String()
}

// amzEscape escapes all but the unreserved characters of RFC 3986.
func amzEscape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
