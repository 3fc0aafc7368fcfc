package fake

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// vectors are of the test suite that AWS publishes for Signature Version 4.
var vectors = []struct{ name, method, target, headers, body, signed, signature string }{
	{"get-vanilla", "GET", "/", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", "", "", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	{"get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "", "host;x-amz-date", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	{"post-vanilla", "POST", "/", "", "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	{"post-x-www-form-urlencoded", "POST", "/", "Content-Type: application/x-www-form-urlencoded", "Param1=value1", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
	{"post-sts-header-before", "POST", "/", "X-Amz-Security-Token: AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==", "", "host;x-amz-date;x-amz-security-token", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
}

func TestSigV4TakesWhatAWSPublishes(t *testing.T) {
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for _, c := range vectors {
		v := &SigV4{Region: "us-east-1", Service: "service", Now: func() time.Time { return at }}
		r := httptest.NewRequest(c.method, "http://example.amazonaws.com"+c.target, strings.NewReader(c.body))
		r.Header.Set("X-Amz-Date", "20150830T123600Z")
		key := AWSKey{Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
		if name, value, found := strings.Cut(c.headers, ": "); found {
			r.Header.Set(name, value)
		}
		key.Token = r.Header.Get("X-Amz-Security-Token")
		v.Allow("AKIDEXAMPLE", key)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="+c.signed+", Signature="+c.signature)
		if err := v.Verify(r, []byte(c.body)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if v.Verify(r, []byte(c.body+"x")) == nil {
			t.Errorf("%s: another body was taken", c.name)
		}
		for _, late := range []time.Duration{6 * time.Minute, -6 * time.Minute} {
			v.Now = func() time.Time { return at.Add(late) }
			if v.Verify(r, []byte(c.body)) == nil {
				t.Errorf("%s: a signature %v old was taken", c.name, late)
			}
		}
		v.Now = func() time.Time { return at }
		v.Revoke("AKIDEXAMPLE")
		if v.Verify(r, []byte(c.body)) == nil {
			t.Errorf("%s: an unknown key was taken", c.name)
		}
	}
}
