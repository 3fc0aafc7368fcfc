package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// AWSCredentials gives out credentials as AWS does: the Security Token Service (POST /), the
// endpoint of EKS Pod Identity (/v1/credentials), and an instance's metadata with IMDSv2
// (/latest/…). SigV4 must have the keys that they are for.
type AWSCredentials struct {
	// Keys learn every key that is given out. STS is the verifier of the requests to
	// the Security Token Service, which may be the same.
	Keys, STS *SigV4
	// Life is how long credentials are good; an hour when zero.
	Life time.Duration
	// WebToken and PodToken are the only valid tokens, Role the only role, and ExternalID
	// what it asks for, empty for nothing.
	WebToken, PodToken, Role, ExternalID string
	// Down answers 503 to all.
	Down func() bool

	mu    sync.Mutex
	given []string
}

// Given returns the sources that were asked, one for each time that credentials were given
// out.
func (a *AWSCredentials) Given() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.given...)
}

type awsSession struct {
	ID, Secret, Token string
	End               time.Time
}

func (a *AWSCredentials) give(source string) awsSession {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.given = append(a.given, source)
	n := strconv.Itoa(len(a.given))
	life := a.Life
	if life == 0 {
		life = time.Hour
	}
	s := awsSession{"ASIA" + source + n, "secret/" + source + "+" + n, "token/" + source + "==" + n, time.Now().Add(life).UTC().Truncate(time.Second)}
	a.Keys.Allow(s.ID, AWSKey{s.Secret, s.Token, s.End})
	a.STS.Allow(s.ID, AWSKey{s.Secret, s.Token, s.End})
	return s
}

const metadataToken = "imds-token-imds-token"

// ServeHTTP implements http.Handler.
func (a *AWSCredentials) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if a.Down != nil && a.Down() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	const role = "/latest/meta-data/iam/security-credentials/"
	hasToken := r.Header.Get("X-Aws-Ec2-Metadata-Token") == metadataToken
	switch {
	case r.URL.Path == "/" && r.Method == http.MethodPost:
		a.sts(w, r, body)
	case r.URL.Path == "/v1/credentials" && r.Header.Get("Authorization") == a.PodToken:
		a.answerJSON(w, a.give("Pod"), false)
	case r.URL.Path == "/latest/api/token" && r.Method == http.MethodPut && r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") != "":
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
		_, _ = io.WriteString(w, metadataToken)
	case r.URL.Path == role && hasToken:
		_, _ = io.WriteString(w, "node-role")
	case r.URL.Path == role+"node-role" && hasToken:
		a.answerJSON(w, a.give("Instance"), true)
	default:
		w.WriteHeader(http.StatusUnauthorized) // as IMDS answers without a token of version 2
	}
}

func (a *AWSCredentials) answerJSON(w http.ResponseWriter, s awsSession, instance bool) {
	answer := map[string]any{"AccessKeyId": s.ID, "SecretAccessKey": s.Secret, "Token": s.Token, "Expiration": s.End.Format(time.RFC3339)}
	if instance {
		answer["Code"], answer["Type"], answer["LastUpdated"] = "Success", "AWS-HMAC", s.End.Add(-time.Hour).Format(time.RFC3339)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func (a *AWSCredentials) sts(w http.ResponseWriter, r *http.Request, body []byte) {
	form, err := url.ParseQuery(string(body))
	refuse := func(code, message string) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code, message)
	}
	action := form.Get("Action")
	switch {
	case err != nil || form.Get("Version") != "2011-06-15" || form.Get("RoleSessionName") == "":
		refuse("ValidationError", "the form is not valid")
		return
	case form.Get("RoleArn") != a.Role:
		refuse("AccessDenied", "Not authorized to perform sts:"+action)
		return
	case action == "AssumeRoleWithWebIdentity":
		if form.Get("WebIdentityToken") != a.WebToken {
			refuse("InvalidIdentityToken", "The web identity token that was passed is not valid")
			return
		}
	case action == "AssumeRole":
		if refused := a.STS.Verify(r, body); refused != nil {
			refuse(refused.Code, refused.Message)
			return
		}
		if form.Get("ExternalId") != a.ExternalID {
			refuse("AccessDenied", "is not authorized to perform: sts:AssumeRole")
			return
		}
	default:
		refuse("InvalidAction", "Could not find operation")
		return
	}
	source := map[string]string{"AssumeRoleWithWebIdentity": "Web", "AssumeRole": "Role"}[action]
	s := a.give(source)
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><AssumedRoleUser><Arn>%[6]s</Arn><AssumedRoleId>A:%[1]s</AssumedRoleId></AssumedRoleUser>`+
		`<Credentials><AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>%[3]s</SecretAccessKey><SessionToken>%[4]s</SessionToken><Expiration>%[5]s</Expiration></Credentials>`+
		`</%[1]sResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%[1]sResponse>`,
		action, s.ID, s.Secret, s.Token, s.End.Format(time.RFC3339), a.Role)
}
