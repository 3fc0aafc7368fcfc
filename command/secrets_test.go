package command

import (
	"testing"

	"github.com/k8slog/k8slog/plugin/backend/httpclient"
)

// The secrets of a destination are known like those of the output.
func TestSecretsOfDestinations(t *testing.T) {
	token := write(t, "token", "filesecret\n")
	file := write(t, "rules.yaml", "destinations:\n  a: {backend: http, endpoint: 'http://a/?key=urlsecret', headers: 'X-Key: headersecret', authorization_file: "+token+"}\nroutes: [{match: {}, to: a}]\n")
	conf := write(t, "fb.conf", "[OUTPUT]\n    name k8slog\n    match *\n    backend stdout\n    rules_file "+file+"\n    dead_letter_path /var/lib/k8slog/dead\n")
	var words httpclient.Words
	keepSecrets(&words, conf)
	for _, secret := range []string{"urlsecret", "headersecret", "filesecret"} {
		if got := words.Mask("x " + secret + " y"); got == "x "+secret+" y" {
			t.Errorf("%s is not known", secret)
		}
	}
}
