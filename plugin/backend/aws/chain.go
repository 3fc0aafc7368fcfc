package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/k8slog/k8slog/internal/regular"
)

// chain finds credentials in the order of the AWS SDKs
// (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html): a
// profile that is named; the environment; a web identity, as EKS gives it to a service
// account with a role (IRSA); the shared files; the endpoint of a container, as EKS Pod
// Identity and ECS have it; the instance's metadata (IMDSv2). Then a role is assumed, if one is set.
// Everything is looked up anew each time, because files change.
type chain struct {
	config Config
	env    environment
	// container and instance are the providers of the machine; container is nil where the
	// environment names no endpoint.
	container, instance sdk.CredentialsProvider
	noContainer         error // why the endpoint is not used
}

// sessionName is what CloudTrail calls the session of a role.
const sessionName = "k8slog"

func newChain(c Config, env environment) *chain {
	ch := &chain{config: c, env: env}
	ch.instance = ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.New(imds.Options{HTTPClient: env.direct, EnableFallback: sdk.FalseTernary})
	})
	endpoint := env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if relative := env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); relative != "" {
		endpoint = "http://169.254.170.2" + relative
	}
	if endpoint == "" {
		return ch
	}
	if ch.noContainer = checkContainer(endpoint); ch.noContainer == nil {
		ch.container = endpointcreds.New(endpoint, func(o *endpointcreds.Options) {
			o.HTTPClient = env.direct
			o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(ch.containerToken)
		})
	}
	return ch
}

// containerToken is read each time: the file is rotated.
func (c *chain) containerToken() (string, error) {
	path := c.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
	if path == "" {
		return c.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"), nil
	}
	token, err := regular.Read(path, maxFile)
	if err != nil {
		return "", fmt.Errorf("cannot read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %w", err)
	}
	return strings.TrimSpace(string(token)), nil
}

// checkContainer refuses endpoints that would send the token of the container anywhere in
// clear text, as the SDKs do.
func checkContainer(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" {
		return errors.New("AWS_CONTAINER_CREDENTIALS_FULL_URI is not a URL")
	}
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return nil
	}
	ip := net.ParseIP(u.Hostname())
	for _, known := range []string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"} {
		if ip != nil && (ip.IsLoopback() || ip.Equal(net.ParseIP(known))) {
			return nil
		}
	}
	return errors.New("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor an address of the machine")
}

// Retrieve implements sdk.CredentialsProvider.
func (c *chain) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	found, err := c.base(ctx)
	if err != nil || c.config.RoleARN == "" {
		return found, err
	}
	return c.assume(ctx, found, c.config.RoleARN, c.config.ExternalID, sessionName)
}

func (c *chain) base(ctx context.Context) (sdk.Credentials, error) {
	if c.config.Profile != "" {
		return c.profile(ctx, c.config.Profile)
	}
	if key, secret := c.env.get("AWS_ACCESS_KEY_ID"), c.env.get("AWS_SECRET_ACCESS_KEY"); key != "" && secret != "" {
		return sdk.Credentials{AccessKeyID: key, SecretAccessKey: secret, SessionToken: c.env.get("AWS_SESSION_TOKEN"), Source: "environment"}, nil
	}
	if token := c.env.get("AWS_WEB_IDENTITY_TOKEN_FILE"); token != "" {
		return c.webIdentity(ctx, c.env.get("AWS_ROLE_ARN"), cmp.Or(c.env.get("AWS_ROLE_SESSION_NAME"), sessionName), token)
	}
	name := c.env.get("AWS_PROFILE")
	found, err := c.profile(ctx, cmp.Or(name, "default"))
	if name != "" || !errors.Is(err, errNoProfile) {
		return found, err
	}
	return c.machine(ctx)
}

// machine asks the container's endpoint, or the instance.
func (c *chain) machine(ctx context.Context) (sdk.Credentials, error) {
	if c.noContainer != nil {
		return sdk.Credentials{}, c.noContainer
	}
	if c.container != nil {
		return c.container.Retrieve(ctx)
	}
	found, err := c.instance.Retrieve(ctx)
	if err != nil {
		return found, fmt.Errorf("neither the environment, nor the shared files, nor a container's endpoint has any, and the instance's metadata gives none: %w", err)
	}
	return found, nil
}

func (c *chain) webIdentity(ctx context.Context, role, session, tokenFile string) (sdk.Credentials, error) {
	if role == "" {
		return sdk.Credentials{}, errors.New("there is a web identity's token, but no role: set AWS_ROLE_ARN")
	}
	return stscreds.NewWebIdentityRoleProvider(c.sts(nil), role, identityToken(tokenFile), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = session
	}).Retrieve(ctx)
}

// identityToken is the path of a token, which is read each time.
type identityToken string

// GetIdentityToken implements stscreds.IdentityTokenRetriever.
func (path identityToken) GetIdentityToken() ([]byte, error) {
	token, err := regular.Read(string(path), maxFile)
	if err != nil {
		return nil, fmt.Errorf("cannot read the web identity's token: %w", err)
	}
	return token, nil
}

// assume returns the credentials of a role, which those of base may assume.
func (c *chain) assume(ctx context.Context, base sdk.Credentials, role, externalID, session string) (sdk.Credentials, error) {
	source := sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) { return base, nil })
	return stscreds.NewAssumeRoleProvider(c.sts(source), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = session
		if externalID != "" {
			o.ExternalID = &externalID
		}
	}).Retrieve(ctx)
}

func (c *chain) sts(source sdk.CredentialsProvider) *sts.Client {
	o := sts.Options{Region: c.config.Region, Credentials: source, HTTPClient: c.env.client, RetryMaxAttempts: 2}
	if endpoint := cmp.Or(c.config.STSEndpoint, c.env.get("AWS_ENDPOINT_URL_STS")); endpoint != "" {
		o.BaseEndpoint = &endpoint
	}
	return sts.New(o)
}
