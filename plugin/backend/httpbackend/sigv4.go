package httpbackend

import (
	"cmp"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/k8slog/k8slog/plugin/backend/aws"
	"github.com/k8slog/k8slog/plugin/backend/httpclient"
	"github.com/k8slog/k8slog/plugin/options"
)

// AWSUse is what a protocol has to do with AWS. The zero value is nothing.
type AWSUse struct {
	// Offered protocols can have their requests signed with SigV4 (aws_auth).
	Offered bool
	// Service is the service that signatures are for, where the user names none.
	Service string
	// Host is set for a protocol that only AWS speaks: the first label of the names of its hosts, as in logs.
	// Its requests are always signed with the Service, and the endpoint follows
	// from the region.
	Host string
}

// AWS is the options that say how requests are signed. They have the names that Fluent
// Bit's own outputs give them.
type AWS struct {
	Auth bool // aws_auth
	aws.Config
}

func (c *Config) awsOptions(p Protocol) []options.Option {
	var all []options.Option
	if p.AWS.Host == "" {
		all = []options.Option{
			{
				Name: "aws_auth", Type: "switch", Default: "off", Example: "on",
				Range: "on, off",
				Doc:   "Whether requests are signed with AWS Signature Version 4, over the body as it is sent. The credentials are those of aws_profile, of the environment, of a service account's role (IRSA), of the shared files, of EKS Pod Identity or ECS, or of the instance (IMDSv2), in this order. They are fetched anew ahead of their end.",
				Set:   options.Switch(&c.AWS.Auth),
			},
			{
				Name: "aws_service_name", Type: "name", Default: p.AWS.Service, Example: "es",
				Range: "the name of a service, as in es for OpenSearch Service and aoss for OpenSearch Serverless",
				Doc:   "The service that signatures are for. A host in amazonaws.com tells it, too.",
				Set:   awsWord(&c.AWS.Service),
			},
		}
	}
	return append(all, []options.Option{
		{
			Name: "aws_region", Type: "name", Example: "eu-west-1",
			Range: "the name of a region",
			Doc:   "The region that requests are for. Without it, that of endpoint's name in amazonaws.com, or of AWS_REGION or AWS_DEFAULT_REGION in the environment.",
			Set:   awsWord(&c.AWS.Region),
		},
		{
			Name: "aws_profile", Type: "name", Example: "logs",
			Range: "the name of a profile",
			Doc:   "The profile of the shared files (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE) whose credentials are used ahead of all others.",
			Set:   options.Text(&c.AWS.Profile),
		},
		{
			Name: "aws_role_arn", Type: "name", Example: "arn:aws:iam::123456789012:role/logs",
			Range: "the ARN of a role",
			Doc:   "The role that is assumed with the credentials, as for a receiver in another account.",
			Set:   setRole(&c.AWS.RoleARN),
		},
		{
			Name: "aws_external_id", Type: "text", Example: "k8slog", Secret: true,
			Doc: "The external ID that the role's trust policy asks for.",
			Set: options.Text(&c.AWS.ExternalID),
		},
		{
			Name: "aws_sts_endpoint", Type: "URL", Example: "https://vpce-1a2b.sts.eu-west-1.vpce.amazonaws.com",
			Range: "an http:// or https:// URL without user and password",
			Doc:   "Where the Security Token Service listens, which gives out the credentials of roles. Without it, that of the region.",
			Set:   setSTS(&c.AWS.STSEndpoint),
		},
	}...)
}

func awsWord(to *string) func(string) string {
	return func(value string) string {
		if value = strings.ToLower(value); strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "is not made of letters, digits and -"
		}
		*to = value
		return ""
	}
}

func setRole(to *string) func(string) string {
	return func(value string) string {
		if !strings.HasPrefix(value, "arn:") || !strings.Contains(value, ":role/") || !httpguts.ValidHeaderFieldValue(value) {
			return "is not the ARN of a role"
		}
		*to = value
		return ""
	}
}

func setSTS(to *string) func(string) string {
	return func(value string) string {
		_, problem := Protocol{}.endpoint(value)
		*to = value
		return problem
	}
}

// signs reports whether requests are signed.
func (c *Config) signs() bool { return c.AWS.Auth || c.awsHost != "" }

// checkAWS refuses what cannot be signed. A region may also come from the environment,
// which the check need not be made in.
func (c *Config) checkAWS(common *options.Config) error {
	if !c.signs() {
		if c.AWS.Region+c.AWS.Profile+c.AWS.RoleARN+c.AWS.ExternalID+c.AWS.STSEndpoint != "" {
			common.Note("aws_auth", "option aws_auth is off, and the other options of AWS have no effect")
		}
		return nil
	}
	if c.awsService() == "" {
		return &options.Error{Option: "aws_service_name", Problem: "must be set with aws_auth on; allowed: the name of a service, as in execute-api"}
	}
	if c.awsRegion() == "" {
		common.Note("aws_region", "option aws_region is not set, and endpoint does not tell it: AWS_REGION or AWS_DEFAULT_REGION must be set where Fluent Bit runs")
	}
	return nil
}

// awsService is the service of the options, or that of the host where the option has its
// default.
func (c *Config) awsService() string {
	if c.awsHost != "" {
		return c.awsDefault
	}
	_, service := c.awsEndpoint()
	if service != "" && c.AWS.Service == c.awsDefault {
		return service
	}
	return c.AWS.Service
}

func (c *Config) awsRegion() string {
	region, _ := c.awsEndpoint()
	return cmp.Or(c.AWS.Region, region, aws.Region())
}

func (c *Config) awsEndpoint() (region, service string) {
	if len(c.Endpoints) == 0 {
		return "", ""
	}
	return aws.RegionOf(c.Endpoints[0].Hostname())
}

// signer returns what signs the requests; nil for nothing.
func (c *Config) signer() (httpclient.Signer, error) {
	if !c.signs() {
		return nil, nil
	}
	config := c.AWS.Config
	config.Region, config.Service = c.awsRegion(), c.awsService()
	if config.Region == "" {
		return nil, &options.Error{Option: "aws_region", Problem: "must be set, because neither endpoint nor AWS_REGION tells it; allowed: the name of a region, as in eu-west-1"}
	}
	return aws.New(config), nil
}

// endpoints are those of the options, or that of the region.
func (c *Config) endpoints() []*url.URL {
	if len(c.Endpoints) > 0 || c.awsHost == "" {
		return c.Endpoints
	}
	region := c.awsRegion()
	return []*url.URL{{Scheme: "https", Host: c.awsHost + "." + region + "." + aws.Domain(region), Path: "/"}}
}
