package fake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// azureToken is a token that was given out.
type azureToken struct {
	audience string
	expires  time.Time
}

// authorize checks the token of a request. It returns the status zero for one that counts.
// The caller holds mu.
func (a *AzureMonitor) authorize(r *http.Request) (status int, code, message string) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if ok && a.Token != "" && token == a.Token {
		return 0, "", ""
	}
	given, known := a.tokens[token]
	switch {
	case !ok:
		return http.StatusUnauthorized, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
	case !known:
		return http.StatusUnauthorized, "InvalidAuthenticationToken", "The access token is invalid."
	case given.audience != cmp.Or(a.Audience, "https://monitor.azure.com"):
		return http.StatusUnauthorized, "InvalidAudience", "The access token has been obtained for wrong audience or resource '" + given.audience + "'."
	case time.Now().After(given.expires):
		return http.StatusUnauthorized, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."
	}
	return 0, "", ""
}

// Revoke makes all tokens invalid that were given out.
func (a *AzureMonitor) Revoke() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens = nil
}

// give gives out a token. The caller holds mu.
func (a *AzureMonitor) give(how, audience string) (token string, seconds int) {
	a.asked = append(a.asked, how)
	if a.tokens == nil {
		a.tokens = map[string]azureToken{}
	}
	life := cmp.Or(a.Lifetime, time.Hour)
	token = fmt.Sprintf("eyJ0.secret-token-%d.%s", len(a.asked), how)
	a.tokens[token] = azureToken{audience, time.Now().Add(life)}
	return token, int(life.Seconds())
}

// entra is the token endpoint of a tenant
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#get-a-token,
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
func (a *AzureMonitor) entra(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	refuse := func(status int, code, text string) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		said, _ := json.Marshal(map[string]any{"error": code, "error_description": text})
		_, _ = w.Write(said)
	}
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		refuse(400, "invalid_request", "AADSTS900561: The endpoint only accepts POST requests.")
		return
	}
	form := r.PostForm
	audience, scoped := strings.CutSuffix(form.Get("scope"), "/.default")
	how := ""
	switch {
	case r.URL.Path != "/"+a.Tenant+"/oauth2/v2.0/token":
		refuse(400, "invalid_request", "AADSTS90002: Tenant not found. Check to make sure you have the correct tenant ID.")
		return
	case form.Get("grant_type") != "client_credentials":
		refuse(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
		return
	case form.Get("client_id") != a.Client:
		refuse(400, "unauthorized_client", "AADSTS700016: Application was not found in the directory.")
		return
	case !scoped:
		refuse(400, "invalid_scope", "AADSTS1002012: The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
		return
	case form.Has("client_assertion"):
		if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || a.Assertion == "" || form.Get("client_assertion") != a.Assertion {
			refuse(400, "invalid_request", "AADSTS700213: No matching federated identity record found for presented assertion.")
			return
		}
		how = "assertion"
	case a.Secret == "" || form.Get("client_secret") != a.Secret:
		refuse(401, "invalid_client", "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.")
		return
	default:
		how = "secret"
	}
	token, seconds := a.give(how, audience)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":%d,"ext_expires_in":%[1]d,"access_token":%q}`, seconds, token)
}

// metadata is the instance metadata service
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#get-a-token-using-http).
func (a *AzureMonitor) metadata(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	refuse := func(text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_request","error_description":"`+text+`"}`)
	}
	query := r.URL.Query()
	switch {
	case r.Header.Get("Metadata") != "true" || r.Header.Get("X-Forwarded-For") != "":
		refuse("Required metadata header not specified")
	case r.URL.Path != "/metadata/identity/oauth2/token" || r.Method != http.MethodGet || query.Get("api-version") != "2018-02-01":
		refuse("Required query variable 'api-version' is missing")
	case query.Get("resource") == "":
		refuse("AADSTS90014: The required field 'resource' is missing from the credential.")
	case a.Machine == "" || query.Has("client_id") && query.Get("client_id") != a.Machine:
		refuse("Identity not found")
	default:
		token, seconds := a.give("machine", query.Get("resource"))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		fmt.Fprintf(w, `{"access_token":%q,"refresh_token":"","expires_in":"%d","expires_on":"%d","not_before":"0","resource":%q,"token_type":"Bearer"}`,
			token, seconds, time.Now().Unix()+int64(seconds), query.Get("resource"))
	}
}
