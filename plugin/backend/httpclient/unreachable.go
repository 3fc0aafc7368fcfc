package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"syscall"
)

// adviceOn returns what to change after an error of the network; empty when it
// does not tell.
func adviceOn(err error) string {
	var (
		authority x509.UnknownAuthorityError
		roots     x509.SystemRootsError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		lookup    *net.DNSError
	)
	switch {
	case errors.As(err, &authority), errors.As(err, &roots):
		return "set ca_file to the certificate of the authority that has signed the server's"
	case errors.As(err, &host):
		return "set server_name to a name in the server's certificate, or change the host in endpoint"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the server's certificate, or set this machine's clock"
	case errors.As(err, &invalid):
		return "ca_file does not trust the server's certificate"
	case errors.As(err, &record):
		return useHTTP
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return "check the host in endpoint"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: check the port in endpoint"
	}
	text := err.Error()
	for _, known := range adviceByError {
		if strings.Contains(text, known.words) {
			return known.advice
		}
	}
	return ""
}

// adviceByError are the words of errors that have no type: those of net/http about
// answers that are not HTTP/1, quoted as Go does, and the alerts of TLS that the
// server sent.
var adviceByError = []struct{ words, advice string }{
	{"server gave HTTP response to HTTPS client", useHTTP},
	{"first record does not look like a TLS handshake", useHTTP},
	// An alert of TLS: its type and its version.
	{`malformed HTTP response "\x15\x03`, useHTTPS},
	// A frame SETTINGS of HTTP/2 on stream 0, which a server sends first. Its
	// length takes three bytes, and its type is 4.
	{`malformed HTTP response "\x00\x00`, useHTTPPort},
	{"remote error: tls: unrecognized name", "set server_name to the name that the server knows"},
	{"remote error: tls: certificate required", "set client_cert_file and client_key_file"},
	{"remote error: tls: bad certificate", "check client_cert_file and client_key_file"},
	{"remote error: tls: unknown certificate", "check client_cert_file and client_key_file"},
	{"remote error: tls: expired certificate", "renew client_cert_file"},
}
