// Package aws signs requests with AWS Signature Version 4, and gets the credentials for
// that as the AWS SDKs do
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Config says how requests are signed. The zero value of a field is none, unless it says
// otherwise.
type Config struct {
	// Region and Service are the scope of a signature, as in eu-west-1 and es. Both must be set.
	Region, Service string
	// Profile is the profile of the shared files to use, ahead of all other credentials.
	Profile string
	// RoleARN is a role to assume with the credentials that were found, and ExternalID
	// what its policy may ask for.
	RoleARN, ExternalID string
	// STSEndpoint is the URL of the Security Token Service; that of the region when empty.
	STSEndpoint string
}

// Signer signs requests. It implements httpclient.Signer. It is made by New.
type Signer struct {
	service, region string
	credentials     *cache
	v4              *v4.Signer
}

// New returns a signer. It reads no credentials yet: they may not be there when the plugin
// starts.
func New(c Config) *Signer {
	return &Signer{service: c.Service, region: c.Region, credentials: newCache(newChain(c, processEnvironment())), v4: v4.NewSigner()}
}

// hashHeader is the header with the hash of the body. OpenSearch Serverless and S3 refuse a
// request without it.
const hashHeader = "X-Amz-Content-Sha256"

// Sign implements httpclient.Signer. The signature is over the method, the URL, the
// headers and the body, in parts, and is good for five minutes.
func (s *Signer) Sign(ctx context.Context, r *http.Request, body [][]byte) error {
	credentials, err := s.credentials.get(ctx)
	if err != nil {
		return err
	}
	hash := sha256.New()
	for _, part := range body {
		hash.Write(part)
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	if s.service == "aoss" || s.service == "s3" {
		r.Header.Set(hashHeader, sum)
	}
	// The length is not signed: the hash says more, and OpenSearch Serverless refuses a
	// signature over it.
	length := r.ContentLength
	r.ContentLength = 0
	err = s.v4.SignHTTP(ctx, credentials.Credentials, r, sum, s.service, s.region, time.Now(), func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = s.service == "s3"
	})
	r.ContentLength = length
	return err
}

// Suspect implements httpclient.Signer: the credentials are read again soon.
func (s *Signer) Suspect() { s.credentials.suspect() }

// Secrets implements httpclient.Signer.
func (s *Signer) Secrets() []string { return s.credentials.secrets() }

// Close implements httpclient.Signer.
func (s *Signer) Close() { s.credentials.close() }
