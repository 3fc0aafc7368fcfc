package wildcard

import "testing"

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"*", "app.kubernetes.io/name", true}, {"app.*", "app.kubernetes.io/name", true}, {"app", "app", true},
		{"app", "apps", false}, {"a?p", "app", true}, {"a?p", "ap", false}, {"*/name", "a/b/name", true}, {"*a*b", "xaxbxb", true},
		{"*a*b", "xaxbxc", false}, {"", "", true}, {"", "a", false},
	} {
		if got := Match(test.pattern, test.name); got != test.want {
			t.Errorf("%s, %s: %v", test.pattern, test.name, got)
		}
		if got := Match(test.pattern, []byte(test.name)); got != test.want {
			t.Errorf("%s, %s as bytes: %v", test.pattern, test.name, got)
		}
	}
}
