package httpbackend

import (
	"strings"
	"testing"

	"github.com/k8slog/k8slog/plugin/options"
)

type awsGroup struct {
	Config
	p Protocol
}

func (g *awsGroup) Options() []options.Option {
	g.p = Protocol{Path: "/in", AWS: AWSUse{Offered: true, Service: "es"}}
	return g.OptionsFor(g.p)
}

type logsGroup struct{ Config }

func (g *logsGroup) Options() []options.Option {
	return g.OptionsFor(Protocol{Path: "/", AWS: AWSUse{Host: "logs", Service: "logs"}})
}

func TestOptionsOfAWS(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	search := "https://search-a.eu-west-1.es.amazonaws.com"
	for _, c := range []struct {
		set  string
		want string // region, service and endpoint, or the error
		note string
	}{
		{"aws_auth=on endpoint=" + search, "eu-west-1 es " + search, ""},
		{"aws_auth=on aws_region=US-East-1 endpoint=" + search, "us-east-1 es " + search, ""},
		{"aws_auth=on endpoint=https://a.eu-west-1.aoss.amazonaws.com", "eu-west-1 aoss https://a.eu-west-1.aoss.amazonaws.com", ""},
		{"aws_auth=on aws_service_name=osis endpoint=" + search, "eu-west-1 osis " + search, ""},
		{"aws_auth=on endpoint=https://logs.example.com", "option aws_region: must be set", "AWS_DEFAULT_REGION must be set where Fluent Bit runs"},
		{"endpoint=" + search + " aws_region=eu-west-1", "", "option aws_auth is off"},
		{"aws_auth=on endpoint=" + search + " headers=Authorization:x", "option headers: and other options set Authorization twice", ""},
		{"aws_auth=on endpoint=" + search + " authorization_file=/x", "option headers: and other options set Authorization twice", ""},
		{"aws_auth=on endpoint=" + search + " oauth_token_url=https://a/t oauth_client_id=a oauth_client_secret_file=/x", "option headers: and other options set Authorization twice", ""},
		{"aws_auth=on endpoint=" + search + " aws_role_arn=logs", `option aws_role_arn: "logs" is not the ARN of a role; allowed: the ARN of a role`, ""},
		{"aws_auth=on endpoint=" + search + " aws_sts_endpoint=sts", "option aws_sts_endpoint:", ""},
		{"aws_auth=on endpoint=" + search + " aws_region=eu_west", `option aws_region: "eu_west" is not made of`, ""},
		{"backend=logs aws_region=eu-west-1", "eu-west-1 logs https://logs.eu-west-1.amazonaws.com/", ""},
		{"backend=logs aws_region=cn-north-1", "cn-north-1 logs https://logs.cn-north-1.amazonaws.com.cn/", ""},
		{"backend=logs endpoint=https://vpce.logs.eu-west-1.vpce.amazonaws.com", "eu-west-1 logs https://vpce.logs.eu-west-1.vpce.amazonaws.com", ""},
	} {
		values := map[string]string{"backend": "aws"}
		for pair := range strings.FieldsSeq(c.set) {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = value
		}
		schema := options.Schema{{Name: "aws", New: func() options.Group { return &awsGroup{} }}, {Name: "logs", New: func() options.Group { return &logsGroup{} }}}
		common, group, err := schema.Parse(func(name string) string { return values[name] })
		got := ""
		if err == nil {
			var config *Config
			if g, ok := group.(*awsGroup); ok {
				config = &g.Config
			} else {
				config = &group.(*logsGroup).Config
			}
			signer, failed := config.signer()
			switch {
			case failed != nil:
				err = failed
			case signer != nil:
				signer.Close()
				got = config.awsRegion() + " " + config.awsService() + " " + config.endpoints()[0].String()
			}
		}
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (c.want == "" || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: %s", c.set, got)
		}
		notes := ""
		if common != nil {
			for _, n := range common.Notes() {
				notes += n.Text
			}
		}
		if !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
			t.Errorf("%s: notes %q", c.set, notes)
		}
	}
}
