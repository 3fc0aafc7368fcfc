package kafka

import (
	"context"
	"strings"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/k8slog/k8slog/internal/regular"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// SASL is how the plugin shows brokers who it is. The files are read for each connection, so
// that credentials can be rotated. The zero value is not at all.
type SASL struct {
	Mechanism    string // sasl_mechanism
	User         string
	PasswordFile string
	TokenFile    string
}

// The values of sasl_mechanism.
const (
	noSASL      = "none"
	plainSASL   = "PLAIN"
	scram256    = "SCRAM-SHA-256"
	scram512    = "SCRAM-SHA-512"
	oauthBearer = "OAUTHBEARER"
	awsIAM      = "AWS_MSK_IAM"
)

var mechanisms = []string{noSASL, plainSASL, scram256, scram512, oauthBearer, awsIAM}

// maxCredential is the largest file of a password or a token.
const maxCredential = 64 << 10

// mechanism returns the client's mechanism; nil for none. It adds what the files hold to words.
// It fails when a file cannot be read.
func (s SASL) mechanism(words *httpclient.Words) (sasl.Mechanism, error) {
	password, token := credential{"sasl_password_file", s.PasswordFile, words}, credential{"sasl_token_file", s.TokenFile, words}
	for _, f := range []credential{password, token} {
		if f.path == "" {
			continue
		}
		if _, err := f.read(); err != nil {
			return nil, err
		}
	}
	switch s.Mechanism {
	case plainSASL:
		return plain.Plain(func(context.Context) (plain.Auth, error) {
			pass, err := password.read()
			return plain.Auth{User: s.User, Pass: pass}, err
		}), nil
	case scram256, scram512:
		auth := func(context.Context) (scram.Auth, error) {
			pass, err := password.read()
			return scram.Auth{User: s.User, Pass: pass}, err
		}
		if s.Mechanism == scram256 {
			return scram.Sha256(auth), nil
		}
		return scram.Sha512(auth), nil
	case oauthBearer:
		return oauth.Oauth(func(context.Context) (oauth.Auth, error) {
			token, err := token.read()
			return oauth.Auth{Token: token}, err
		}), nil
	case awsIAM:
		return aws.ManagedStreamingIAM(func(context.Context) (aws.Auth, error) {
			secret, err := password.read()
			if err != nil || s.TokenFile == "" {
				return aws.Auth{AccessKey: s.User, SecretKey: secret}, err
			}
			session, err := token.read()
			return aws.Auth{AccessKey: s.User, SecretKey: secret, SessionToken: session}, err
		}), nil
	}
	return nil, nil
}

// check refuses a mechanism without its credentials.
func (s SASL) check(tls bool, common *options.Config) error {
	needs := func(option, value string) error {
		if value == "" {
			return &options.Error{Option: option, Problem: "must be set for sasl_mechanism " + s.Mechanism}
		}
		return nil
	}
	switch s.Mechanism {
	case noSASL:
		if s != (SASL{Mechanism: noSASL}) {
			common.Warn("sasl_mechanism", "option sasl_mechanism is none, so sasl_user and the files of sasl_… have no effect")
		}
		return nil
	case oauthBearer:
		if err := needs("sasl_token_file", s.TokenFile); err != nil {
			return err
		}
	default:
		if err := needs("sasl_user", s.User); err != nil {
			return err
		}
		if err := needs("sasl_password_file", s.PasswordFile); err != nil {
			return err
		}
	}
	if !tls && (s.Mechanism == plainSASL || s.Mechanism == oauthBearer) {
		common.Warn("use_tls", "option use_tls is off, so sasl_mechanism %s sends its secret for everybody in between to read", s.Mechanism)
	}
	return nil
}

// credential is a file that holds a secret, the option that names it, and the words that must not
// get into a log: a broker chooses the text of its errors.
type credential struct {
	option, path string
	words        *httpclient.Words
}

func (c credential) read() (string, error) {
	content, err := regular.Read(c.path, maxCredential)
	if err != nil {
		return "", &options.Error{Option: c.option, Value: c.path, Problem: "cannot be read; allowed: a file that can be read"}
	}
	secret := strings.TrimSpace(string(content))
	if secret == "" || strings.ContainsAny(secret, "\r\n\x00\x01") {
		return "", &options.Error{Option: c.option, Value: c.path, Problem: "holds no secret; allowed: one line of text"}
	}
	c.words.Keep(c.option, secret)
	return secret, nil
}
