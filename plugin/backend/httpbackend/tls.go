package httpbackend

import (
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// TLSOptions returns the options of connections that are encrypted. Backends that speak
// another protocol than HTTP have them as well.
func TLSOptions(t *httpclient.TLS) []options.Option {
	return []options.Option{
		{
			Name: "ca_file", Type: "path", Example: "/etc/k8slog/ca.crt",
			Doc: "The certificate authorities that an https:// endpoint's certificate may be signed by, in PEM. Without it, those of the system.",
			Set: options.Text(&t.CAFile),
		},
		{
			Name: "client_cert_file", Type: "path", Example: "/etc/k8slog/client.crt",
			Doc: "The certificate by which the plugin shows who it is, in PEM.",
			Set: options.Text(&t.CertFile),
		},
		{
			Name: "client_key_file", Type: "path", Example: "/etc/k8slog/client.key",
			Doc: "The key of that certificate, in PEM.",
			Set: options.Text(&t.KeyFile),
		},
		{
			Name: "server_name", Type: "text", Example: "loki.example.com",
			Doc: "The name that an https:// endpoint's certificate must have, where it is not that of the URL.",
			Set: options.Text(&t.ServerName),
		},
		{
			Name: "insecure_skip_verify", Type: "switch", Default: "off", Example: "on",
			Range: "on, off",
			Doc:   "Whether any certificate of an https:// endpoint is believed. Then anybody in between can read the logs and the credentials.",
			Set:   options.Switch(&t.SkipVerify),
		},
	}
}

// UseTLS is the option use_tls, for backends whose addresses have no scheme to say so.
func UseTLS(to *bool) options.Option {
	return options.Option{
		Name: "use_tls", Type: "switch", Default: "off", Example: "on",
		Range: "on, off",
		Doc:   "Whether connections are encrypted. The options of certificates (ca_file, client_cert_file, client_key_file, server_name, insecure_skip_verify) say how.",
		Set:   options.Switch(to),
	}
}

// CheckTLS refuses half of a client's certificate, and warns of options that have no effect
// because use_tls is off.
func CheckTLS(t *httpclient.TLS, used bool, common *options.Config) error {
	if (t.CertFile == "") != (t.KeyFile == "") {
		return &options.Error{Option: "client_cert_file", Problem: "and client_key_file need each other; allowed: both or none"}
	}
	if !used && *t != (httpclient.TLS{}) {
		common.Warn("use_tls", "option use_tls is off, so the options of certificates have no effect, and nothing is encrypted")
	}
	return nil
}
