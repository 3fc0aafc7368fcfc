package aws

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/fake"
)

const role = "arn:aws:iam::123456789012:role/logs"

// account is a fake of AWS, and an environment that knows of nothing.
type account struct {
	*fake.AWSCredentials
	url    string
	folder string
	env    environment
	values map[string]string
}

func newAccount(t *testing.T) *account {
	a := &account{
		AWSCredentials: &fake.AWSCredentials{
			Keys: &fake.SigV4{Region: "eu-west-1", Service: "es"}, STS: &fake.SigV4{Region: "eu-west-1", Service: "sts"},
			WebToken: "web.identity.token", PodToken: "pod.identity.token", Role: role,
		},
		folder: t.TempDir(),
	}
	a.AWSCredentials.STS.Allow("AKIAUSER", fake.AWSKey{Secret: "user-secret"})
	a.AWSCredentials.Keys.Allow("AKIAUSER", fake.AWSKey{Secret: "user-secret"})
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url = server.URL
	a.values = map[string]string{"AWS_ENDPOINT_URL_STS": a.url}
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1") // nobody listens
	client := &http.Client{}
	a.env = environment{get: func(name string) string { return a.values[name] }, home: filepath.Join(a.folder, "home"), direct: client, client: client}
	return a
}

func (a *account) write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(a.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// signer returns a signer of that environment.
func (a *account) signer(t *testing.T, c Config) *Signer {
	c.Region, c.Service = "eu-west-1", "es"
	s := New(c)
	s.credentials.close()
	s.credentials = newCache(newChain(c, a.env))
	t.Cleanup(s.Close)
	return s
}

// sign signs a request, and has it verified.
func (a *account) sign(t *testing.T, s *Signer) error {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://search.eu-west-1.es.amazonaws.com/a%20b/_bulk?filter_path=errors,items.*.status&x=a%2Bb+c", nil)
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("X-Two", "a   b")
	if err := s.Sign(t.Context(), r, [][]byte{[]byte("one\n"), []byte("two\n")}); err != nil {
		return err
	}
	if err := a.Keys.Verify(r, []byte("one\ntwo\n")); err != nil {
		t.Errorf("the signature is refused: %v", err)
	}
	return nil
}

// Each source of credentials, and the order in which they count.
func TestSources(t *testing.T) {
	keys := "aws_access_key_id = AKIAUSER\naws_secret_access_key = user-secret # a comment\n"
	for _, c := range []struct {
		name   string
		config Config
		set    func(a *account, t *testing.T)
		given  string // the sources that were asked
	}{
		{"environment", Config{}, func(a *account, t *testing.T) {
			a.values["AWS_ACCESS_KEY_ID"], a.values["AWS_SECRET_ACCESS_KEY"] = "AKIAUSER", "user-secret"
			a.values["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/not/there"
		}, ""},
		{"web identity before the files", Config{}, func(a *account, t *testing.T) {
			a.write(t, "home/.aws/credentials", "[default]\n"+keys)
			a.values["AWS_ROLE_ARN"], a.values["AWS_WEB_IDENTITY_TOKEN_FILE"] = role, a.write(t, "token", "web.identity.token")
		}, "Web"},
		{"file at home", Config{}, func(a *account, t *testing.T) {
			a.write(t, "home/.aws/credentials", "[other]\naws_access_key_id=x\n\n[default]\n"+keys)
		}, ""},
		{"profile of the environment", Config{}, func(a *account, t *testing.T) {
			a.values["AWS_PROFILE"], a.values["AWS_CONFIG_FILE"] = "logs", a.write(t, "conf", "[profile logs]\nregion=x\ns3 =\n  x = y\n"+keys+"[services z]\naws_access_key_id=no\n")
		}, ""},
		{"profile of the option", Config{Profile: "logs"}, func(a *account, t *testing.T) {
			a.values["AWS_ACCESS_KEY_ID"], a.values["AWS_SECRET_ACCESS_KEY"] = "AKIAOTHER", "no"
			a.values["AWS_SHARED_CREDENTIALS_FILE"] = a.write(t, "creds", "[logs]\r\n"+strings.ReplaceAll(keys, "\n", "\r\n"))
		}, ""},
		{"profile with a role", Config{Profile: "logs"}, func(a *account, t *testing.T) {
			a.ExternalID = "ext"
			a.write(t, "home/.aws/config", "[profile logs]\nrole_arn="+role+"\nsource_profile=base\nexternal_id=ext\n[profile base]\n"+keys)
		}, "Role"},
		{"profile with a web identity", Config{Profile: "logs"}, func(a *account, t *testing.T) {
			a.write(t, "home/.aws/config", "[profile logs]\nrole_arn="+role+"\nweb_identity_token_file="+a.write(t, "token", "web.identity.token"))
		}, "Web"},
		{"profile with the role of the instance", Config{Profile: "logs"}, func(a *account, t *testing.T) {
			t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", a.url)
			a.write(t, "home/.aws/config", "[profile logs]\nrole_arn="+role+"\ncredential_source=Ec2InstanceMetadata")
		}, "Instance Role"},
		{"pod identity", Config{}, func(a *account, t *testing.T) {
			a.values["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = a.url + "/v1/credentials"
			a.values["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = a.write(t, "token", "pod.identity.token\n")
			a.write(t, "home/.aws/config", "[default]\nregion = eu-west-1\n") // without keys
		}, "Pod"},
		{"token of the environment", Config{}, func(a *account, t *testing.T) {
			a.values["AWS_CONTAINER_CREDENTIALS_FULL_URI"], a.values["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = a.url+"/v1/credentials", "pod.identity.token"
		}, "Pod"},
		{"instance", Config{}, func(a *account, t *testing.T) { t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", a.url) }, "Instance"},
		{"role", Config{RoleARN: role, ExternalID: "ext"}, func(a *account, t *testing.T) {
			a.ExternalID = "ext"
			a.values["AWS_ACCESS_KEY_ID"], a.values["AWS_SECRET_ACCESS_KEY"] = "AKIAUSER", "user-secret"
		}, "Role"},
		{"role of another web identity", Config{RoleARN: role}, func(a *account, t *testing.T) {
			a.values["AWS_ROLE_ARN"], a.values["AWS_WEB_IDENTITY_TOKEN_FILE"] = role, a.write(t, "token", "web.identity.token")
		}, "Web Role"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t)
			c.set(a, t)
			if err := a.sign(t, a.signer(t, c.config)); err != nil {
				t.Error(err)
			}
			if got := strings.Join(a.Given(), " "); got != c.given {
				t.Errorf("asked %q, want %q", got, c.given)
			}
		})
	}
}

func TestSourcesThatGiveNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		config Config
		set    func(a *account, t *testing.T)
		want   string
	}{
		{"nothing", Config{}, func(a *account, t *testing.T) { t.Setenv("AWS_EC2_METADATA_DISABLED", "true") }, "neither the environment, nor the shared files"},
		{"no profile", Config{Profile: "logs"}, func(a *account, t *testing.T) {}, `profile "logs": no such profile`},
		{"a program", Config{Profile: "logs"}, func(a *account, t *testing.T) {
			a.write(t, "home/.aws/config", "[profile logs]\ncredential_process = /bin/sh -c x\n")
		}, "credential_process is not supported"},
		{"a circle", Config{Profile: "a"}, func(a *account, t *testing.T) {
			a.write(t, "home/.aws/config", "[profile a]\nrole_arn="+role+"\nsource_profile=b\n[profile b]\nrole_arn="+role+"\nsource_profile=a\n")
		}, "leads back to itself"},
		{"a stranger's endpoint", Config{}, func(a *account, t *testing.T) {
			a.values["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://192.0.2.1/v1/credentials"
		}, "neither https:// nor an address of the machine"},
		{"a wrong token", Config{}, func(a *account, t *testing.T) {
			a.values["AWS_ROLE_ARN"], a.values["AWS_WEB_IDENTITY_TOKEN_FILE"] = role, a.write(t, "token", "wrong.token.wrong")
		}, "InvalidIdentityToken"},
		{"no token", Config{}, func(a *account, t *testing.T) {
			a.values["AWS_ROLE_ARN"], a.values["AWS_WEB_IDENTITY_TOKEN_FILE"] = role, "/not/there"
		}, "cannot read the web identity's token"},
		{"no role", Config{}, func(a *account, t *testing.T) { a.values["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/not/there" }, "set AWS_ROLE_ARN"},
		{"a wrong external id", Config{RoleARN: role}, func(a *account, t *testing.T) {
			a.ExternalID = "ext"
			a.values["AWS_ACCESS_KEY_ID"], a.values["AWS_SECRET_ACCESS_KEY"] = "AKIAUSER", "user-secret"
		}, "AccessDenied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t)
			c.set(a, t)
			err := a.sign(t, a.signer(t, c.config))
			if err == nil || !strings.HasPrefix(err.Error(), "cannot get AWS credentials: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Error(err)
			}
		})
	}
}

func TestRegionOf(t *testing.T) {
	for host, want := range map[string]string{
		"search-logs-abc.eu-west-1.es.amazonaws.com":    "eu-west-1 es",
		"vpc-logs-abc.us-gov-east-1.es.amazonaws.com":   "us-gov-east-1 es",
		"abc.eu-central-1.aoss.amazonaws.com":           "eu-central-1 aoss",
		"Logs.cn-north-1.amazonaws.com.cn.":             "cn-north-1 logs",
		"x.execute-api.eu-west-1.amazonaws.com":         "eu-west-1 execute-api",
		"logs.example.com":                              " ",
		"es.amazonaws.com":                              " ",
		"search.eu-west-1.es.amazonaws.com.example.org": " ",
	} {
		region, service := RegionOf(host)
		if got := region + " " + service; got != want {
			t.Errorf("%s: %s", host, got)
		}
	}
}
