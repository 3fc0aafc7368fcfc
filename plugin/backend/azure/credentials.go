package azure

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/k8slog/k8slog/internal/regular"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// cloud is one of the clouds, which have nothing in common
// (https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview#request-headers,
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).
type cloud struct{ domain, audience, authority string }

var clouds = []cloud{
	{".azure.cn", "https://monitor.azure.cn", "https://login.partner.microsoftonline.cn"},
	{".azure.us", "https://monitor.azure.us", "https://login.microsoftonline.us"},
	{"", "https://monitor.azure.com", "https://login.microsoftonline.com"},
}

// cloudOf returns the cloud of an endpoint.
func cloudOf(endpoint *url.URL) cloud {
	host := strings.ToLower(endpoint.Hostname())
	for _, c := range clouds {
		if strings.HasSuffix(host, c.domain) {
			return c
		}
	}
	return cloud{}
}

// tokens returns the source of tokens of Entra ID: the secret of an application, the
// token of a service account that Entra ID trusts (workload identity), or the machine's
// own identity, whichever is the first to be set.
func (c *Config) tokens() (*httpclient.Tokens, error) {
	of := cloudOf(c.Endpoints[0])
	audience := cmp.Or(c.Audience, of.audience)
	client := cmp.Or(c.ClientID, os.Getenv("AZURE_CLIENT_ID"))
	federated := cmp.Or(c.FederatedTokenFile, os.Getenv("AZURE_FEDERATED_TOKEN_FILE"))
	if c.SecretFile == "" && federated == "" {
		return c.machineTokens(audience, client)
	}
	authority, err := c.authority(of)
	if err != nil {
		return nil, err
	}
	tenant := cmp.Or(c.TenantID, os.Getenv("AZURE_TENANT_ID"))
	for _, needed := range []struct{ option, value string }{{"azure_tenant_id", tenant}, {"azure_client_id", client}} {
		if needed.value == "" {
			return nil, &options.Error{Option: needed.option, Problem: "is not set, nor is " + strings.ToUpper(needed.option) +
				" in the environment, as AKS sets it for a pod with the label azure.workload.identity/use; allowed: an ID, as Entra ID shows it"}
		}
	}
	endpoint := authority.JoinPath(tenant, "/oauth2/v2.0/token")
	if c.SecretFile != "" {
		return httpclient.ClientCredentials{
			TokenURL: endpoint, ID: client, SecretFile: c.SecretFile, SecretOption: "azure_client_secret_file", InForm: true,
			Params: url.Values{"scope": {audience + "/.default"}}, CAFile: c.TLS.CAFile,
		}.Tokens()
	}
	assertion := func() (string, error) { return readAssertion(federated) }
	if _, err := assertion(); err != nil {
		return nil, err
	}
	return httpclient.NewTokens(httpclient.TokenConfig{
		URL: endpoint, TLS: httpclient.TLS{CAFile: c.TLS.CAFile},
		// The kubelet renews the file, so it is read for each token.
		Request: func(time.Time) (httpclient.TokenRequest, error) {
			token, err := assertion()
			if err != nil {
				return httpclient.TokenRequest{}, err
			}
			return federatedRequest(client, audience, token), nil
		},
	})
}

// federatedRequest returns the request of a client that shows an assertion
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential).
func federatedRequest(client, audience, token string) httpclient.TokenRequest {
	return httpclient.TokenRequest{
		Form: url.Values{
			"grant_type": {"client_credentials"}, "client_id": {client}, "scope": {audience + "/.default"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {token},
		},
		Secrets: []string{token},
	}
}

// maxAssertion is the largest file of a federated token that is read.
const maxAssertion = 64 << 10

// readAssertion reads the token of a service account. Its errors quote nothing of it.
func readAssertion(path string) (string, error) {
	content, err := regular.Read(path, maxAssertion)
	token := strings.TrimSpace(string(content))
	problem := ""
	switch {
	case err != nil:
		var e interface{ Unwrap() error }
		if errors.As(err, &e) && e.Unwrap() != nil {
			err = e.Unwrap()
		}
		problem = "cannot be read: " + err.Error()
	case strings.Count(token, ".") != 2:
		problem = "holds no token of a service account"
	default:
		return token, nil
	}
	return "", &options.Error{Option: "azure_federated_token_file", Value: path, Problem: problem + "; allowed: the projected token of a service account"}
}

// authority returns where Entra ID listens.
func (c *Config) authority(of cloud) (*url.URL, error) {
	text := of.authority
	if c.Authority != nil {
		return c.Authority, nil
	}
	if set := os.Getenv("AZURE_AUTHORITY_HOST"); set != "" {
		text = set
	}
	u, problem := parseAuthority(text)
	if problem != "" {
		return nil, &options.Error{Option: "azure_authority_host", Problem: "is not set, and AZURE_AUTHORITY_HOST in the environment " + problem + "; allowed: " + authorityRange}
	}
	return u, nil
}

const authorityRange = "an https:// URL"

// parseAuthority takes only an address at which nobody in between can read a secret.
func parseAuthority(value string) (u *url.URL, problem string) {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !net.ParseIP(u.Hostname()).IsLoopback()) {
		return nil, "is no such URL"
	}
	return u, ""
}

// machineTokens returns tokens of the managed identity of the machine: of client, or the
// only one that it has
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#get-a-token-using-http).
func (c *Config) machineTokens(audience, client string) (*httpclient.Tokens, error) {
	u := c.MetadataURL.JoinPath("/metadata/identity/oauth2/token")
	query := url.Values{"api-version": {"2018-02-01"}, "resource": {audience}}
	if client != "" {
		query.Set("client_id", client)
	}
	u.RawQuery = query.Encode()
	return httpclient.NewTokens(httpclient.TokenConfig{
		URL: u, Method: http.MethodGet, Direct: true,
		Request: func(time.Time) (httpclient.TokenRequest, error) {
			return httpclient.TokenRequest{Header: http.Header{"Metadata": {"true"}}}, nil
		},
	})
}
