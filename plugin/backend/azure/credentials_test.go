package azure

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k8slog/k8slog/plugin/options"
	"github.com/k8slog/k8slog/test/backendtest"
)

const assertion = "eyJ.secret-assertion.sig"

// asAKS sets the environment of a pod with workload identity.
func asAKS(t *testing.T, authority, token string) (path string) {
	t.Helper()
	path = file(t, token)
	t.Setenv("AZURE_CLIENT_ID", client)
	t.Setenv("AZURE_TENANT_ID", tenant)
	t.Setenv("AZURE_AUTHORITY_HOST", authority)
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", path)
	return path
}

// Each kind of credentials gets a token, which counts for many requests, and is fetched
// anew when it has ended or was revoked.
func TestCredentials(t *testing.T) {
	t.Run("secret", func(t *testing.T) {
		server := newServer(t)
		b := newBackend(t, server)
		sendAll(t, b)
		server.Revoke()
		sendUntilTaken(t, b)
		if got := server.Asked(); !slices.Equal(got, []string{"secret", "secret"}) {
			t.Error(got)
		}
	})
	t.Run("workload identity", func(t *testing.T) {
		server := newServer(t)
		server.Secret, server.Assertion = "", assertion
		path := asAKS(t, "", assertion)
		b := openBackend(t, server)
		sendAll(t, b)
		// The kubelet renews the token.
		server.Assertion = assertion + "2"
		if err := os.WriteFile(path, []byte(server.Assertion), 0o600); err != nil {
			t.Fatal(err)
		}
		server.Revoke()
		sendUntilTaken(t, b)
		if got := server.Asked(); !slices.Equal(got, []string{"assertion", "assertion"}) {
			t.Error(got)
		}
	})
	t.Run("managed identity", func(t *testing.T) {
		for _, set := range [][]string{nil, {"azure_client_id", client}} {
			server := newServer(t)
			server.Machine = client
			b := openBackend(t, server, set...)
			sendAll(t, b)
			if got := server.Asked(); !slices.Equal(got, []string{"machine"}) {
				t.Error(got)
			}
		}
	})
	t.Run("authorization_file", func(t *testing.T) {
		server := newServer(t)
		server.Token = "a-token"
		sendAll(t, openBackend(t, server, "authorization_file", file(t, "a-token")))
		if got := server.Asked(); len(got) > 0 {
			t.Error(got)
		}
	})
}

func sendAll(t *testing.T, b *Backend) {
	t.Helper()
	for range 3 {
		if err := backendtest.Send(t, b, pod(), texts("x")...); err != nil {
			t.Fatal(err)
		}
	}
}

// sendUntilTaken sends as often as the pause between two fetches needs.
func sendUntilTaken(t *testing.T, b *Backend) {
	t.Helper()
	for backendtest.Send(t, b, pod(), texts("x")...) != nil {
		if t.Context().Err() != nil {
			t.FailNow()
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A token ends: the next one is fetched before a request fails for it.
func TestTokensEnd(t *testing.T) {
	server := newServer(t)
	server.Lifetime = time.Second
	b := newBackend(t, server)
	sendAll(t, b)
	for len(server.Asked()) < 3 {
		if err := backendtest.Send(t, b, pod(), texts("x")...); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // a token must end
	}
}

// While there is no token, records wait, and the error says what to do, without a secret.
func TestCredentialsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		set        []string
		federated  string
		want, deny string
	}{
		"another secret":    {set: []string{"azure_client_secret_file", file(t, "secret-other")}, want: "AADSTS7000215", deny: "secret-other"},
		"another tenant":    {set: []string{"azure_tenant_id", "contoso.com"}, want: "AADSTS90002"},
		"another assertion": {federated: "eyJ.secret-other.sig", want: "AADSTS700213", deny: "secret-other"},
		"no identity":       {set: []string{"azure_client_secret_file", ""}, want: "Identity not found"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			server.Assertion = assertion
			set := c.set
			if c.federated != "" {
				asAKS(t, "", c.federated)
				set = append(set, "azure_client_secret_file", "")
			}
			err := backendtest.Send(t, newBackend(t, server, set...), pod(), texts("x")...)
			if verdict(err) != "again" || !strings.Contains(err.Error(), c.want) || c.deny != "" && strings.Contains(err.Error(), c.deny) {
				t.Error(err)
			}
		})
	}
}

// What is missing is said at the start, by the name of the option.
func TestMissingCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T)
		set    []string
		option string
	}{
		"no tenant":                {change: func(t *testing.T) { t.Setenv("AZURE_TENANT_ID", "") }, option: "azure_tenant_id"},
		"no client":                {change: func(t *testing.T) { t.Setenv("AZURE_CLIENT_ID", "") }, option: "azure_client_id"},
		"no token":                 {change: func(t *testing.T) { t.Setenv("AZURE_FEDERATED_TOKEN_FILE", "/nowhere") }, option: "azure_federated_token_file"},
		"no token of an account":   {change: func(t *testing.T) { t.Setenv("AZURE_FEDERATED_TOKEN_FILE", file(t, "x")) }, option: "azure_federated_token_file"},
		"an authority in the open": {change: func(t *testing.T) { t.Setenv("AZURE_AUTHORITY_HOST", "http://login.example.com") }, option: "azure_authority_host"},
		"no secret": {change: func(t *testing.T) {}, set: []string{"azure_client_secret_file", "/nowhere", "azure_tenant_id", tenant, "azure_client_id", client},
			option: "azure_client_secret_file"},
	} {
		t.Run(name, func(t *testing.T) {
			asAKS(t, "https://login.microsoftonline.com/", assertion)
			c.change(t)
			set := append([]string{"backend", "azure", "endpoint", "https://x.westeurope-1.ingest.monitor.azure.com", "azure_dcr_id", ruleID}, c.set...)
			config, common, err := backendtest.Parse[Config](set...)
			if err != nil {
				t.Fatal(err)
			}
			_, err = New(config, common)
			if e, ok := err.(*options.Error); !ok || e.Option != c.option {
				t.Error(err)
			}
		})
	}
}

func TestClouds(t *testing.T) {
	for endpoint, want := range map[string]cloud{
		"https://x.westeurope-1.ingest.monitor.azure.com":   clouds[2],
		"https://X.usgovvirginia-1.ingest.monitor.AZURE.us": clouds[1],
		"https://x.chinanorth3-1.ingest.monitor.azure.cn":   clouds[0],
		"http://127.0.0.1:8080":                             clouds[2],
	} {
		u, err := url.Parse(endpoint)
		if err != nil || cloudOf(u) != want {
			t.Errorf("%s: %v", endpoint, cloudOf(u))
		}
	}
}
