package chart

import (
	"flag"
	"os"
	"testing"
)

var helm = flag.String("helm", "", "the program helm; without it, the tests are skipped")

func TestMain(m *testing.M) {
	flag.Parse()
	Program = *helm
	os.Exit(m.Run())
}

// needsHelm skips a test where Helm is not there.
func needsHelm(t *testing.T) {
	t.Helper()
	if Program == "" {
		t.Skip("the test needs Helm; run make test-chart")
	}
}
