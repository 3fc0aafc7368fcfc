package aws

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/k8slog/k8slog/internal/regular"
)

// maxFile is the largest shared file or token that is read.
const maxFile = 1 << 20

// maxProfiles is how many profiles may name one another.
const maxProfiles = 8

var errNoProfile = errors.New("no such profile")

// profile returns the credentials of a profile of the shared files
// (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html): keys, a role with a
// source_profile or a credential_source, or a role with a web identity. The error is
// errNoProfile when there is none.
func (c *chain) profile(ctx context.Context, name string) (sdk.Credentials, error) {
	settings, err := c.env.profiles()
	if err != nil {
		return sdk.Credentials{}, err
	}
	return c.profileOf(ctx, settings, name, maxProfiles)
}

func (c *chain) profileOf(ctx context.Context, all map[string]map[string]string, name string, depth int) (sdk.Credentials, error) {
	p, ok := all[name]
	if !ok || len(p) == 0 {
		return sdk.Credentials{}, fmt.Errorf("profile %q: %w", name, errNoProfile)
	}
	role, source := p["role_arn"], p["source_profile"]
	session := cmp.Or(p["role_session_name"], sessionName)
	keys := sdk.Credentials{AccessKeyID: p["aws_access_key_id"], SecretAccessKey: p["aws_secret_access_key"], SessionToken: p["aws_session_token"], Source: "shared files"}
	switch {
	case depth == 0:
		return sdk.Credentials{}, fmt.Errorf("profile %q: its source_profile leads back to itself", name)
	case role != "" && p["web_identity_token_file"] != "":
		return c.webIdentity(ctx, role, session, p["web_identity_token_file"])
	case role != "" && source != "":
		base, err := keys, error(nil)
		if source != name || !keys.HasKeys() {
			base, err = c.profileOf(ctx, all, source, depth-1)
		}
		if err != nil {
			return base, err
		}
		return c.assume(ctx, base, role, p["external_id"], session)
	case role != "":
		base, err := c.sourceOf(ctx, name, p["credential_source"])
		if err != nil {
			return base, err
		}
		return c.assume(ctx, base, role, p["external_id"], session)
	case keys.HasKeys():
		return keys, nil
	}
	for _, other := range []string{"credential_process", "sso_session", "sso_start_url"} {
		if p[other] != "" {
			return keys, fmt.Errorf("profile %q: %s is not supported", name, other)
		}
	}
	return keys, fmt.Errorf("profile %q has no keys: %w", name, errNoProfile)
}

// sourceOf returns the credentials that a role is assumed with, by the name of their source.
func (c *chain) sourceOf(ctx context.Context, profile, source string) (sdk.Credentials, error) {
	switch source {
	case "Environment":
		return sdk.Credentials{
			AccessKeyID: c.env.get("AWS_ACCESS_KEY_ID"), SecretAccessKey: c.env.get("AWS_SECRET_ACCESS_KEY"), SessionToken: c.env.get("AWS_SESSION_TOKEN"),
		}, nil
	case "Ec2InstanceMetadata":
		return c.instance.Retrieve(ctx)
	case "EcsContainer":
		if c.container != nil {
			return c.container.Retrieve(ctx)
		}
		return sdk.Credentials{}, cmp.Or(c.noContainer, errors.New("the environment names no endpoint of a container"))
	}
	return sdk.Credentials{}, fmt.Errorf("profile %q has a role, but neither source_profile nor credential_source nor web_identity_token_file", profile)
}

// profiles reads the shared files. What the credentials file says comes first. A file that
// is not there is empty.
func (e environment) profiles() (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	config, credentials := e.files()
	for i, path := range []string{config, credentials} {
		if path == "" {
			continue
		}
		content, err := regular.Read(path, maxFile)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read the shared file: %w", err)
		}
		readProfiles(content, i == 0, all)
	}
	return all, nil
}

// readProfiles adds the profiles of a file. In the config file the names of all but
// default have the word profile before them.
func readProfiles(content []byte, isConfig bool, all map[string]map[string]string) {
	var p map[string]string
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, maxFile)
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		text := strings.TrimSpace(line)
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
		case text[0] == '[':
			name, _, _ := strings.Cut(text[1:], "]")
			name = strings.TrimSpace(name)
			if bare, found := strings.CutPrefix(name, "profile "); found && isConfig {
				name = strings.TrimSpace(bare)
			} else if isConfig && name != "default" {
				p = nil // a section of another kind
				continue
			}
			if p = all[name]; p == nil {
				p = map[string]string{}
				all[name] = p
			}
		case line[0] == ' ' || line[0] == '\t': // a setting inside of another
		case p != nil:
			key, value, _ := strings.Cut(text, "=")
			for _, comment := range []string{" #", " ;"} {
				value, _, _ = strings.Cut(value, comment)
			}
			p[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
}
