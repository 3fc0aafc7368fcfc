package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a destination sets counts for it, and all that it does not set is that of the output.
func TestDestinationInherits(t *testing.T) {
	file := rulesFile(t, `
destinations:
  a: {backend: http, endpoint: 'http://localhost:1', batch_bytes: 2KiB, request_timeout: 3s}
  b: {backend: http, endpoint: 'http://localhost:2', tenant: b}
routes: [{match: {}, to: [a, b]}]
`)
	in, _ := start(t, map[string]string{
		"backend": "http", "endpoint": "http://localhost:3", "tenant": "own", "batch_bytes": "1KiB", "node_name": "n", "rules_file": file,
		"backoff_max": "70ms",
	})
	a, b := in.destinations[0].Config, in.destinations[1].Config
	if a.BatchBytes != 2<<10 || a.RequestTimeout != 3*time.Second || a.NodeName != "n" || a.BackoffMax != 70*time.Millisecond {
		t.Errorf("%+v", a)
	}
	if b.BatchBytes != 1<<10 || b.RequestTimeout != time.Second || b.NodeName != "n" {
		t.Errorf("%+v", b)
	}
}

// An output with a destination that is not valid does not start, and says what to change.
func TestInvalidDestinations(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("s3cret\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "other")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ destination, want string }{
		{"{endpoint: 'http://a'}", "option backend: must be set"},
		{"{backend: htpp}", `option backend: "htpp" is not one of the choices`},
		{"{backend: http}", "option endpoint: must be set for backend http"},
		{"{backend: http, endpoint: 'ftp://a'}", "option endpoint"},
		{"{backend: http, endpoint: 'http://a', endpiont: x}", "option endpiont is unknown; did you mean endpoint?"},
		{"{backend: http, endpoint: 'http://a', loki_labels: x}", "option loki_labels"},
		{"{backend: http, endpoint: 'http://a', flush_deadline: 3s}", "option flush_deadline belongs to the whole output: set it in the [OUTPUT] section; of the options of all outputs, a destination may set batch_bytes, batch_wait, request_timeout, backoff_min, backoff_max, text_bytes"},
		{"{backend: http, endpoint: 'http://a', rules_file: x}", "option rules_file belongs to the whole output"},
		{"{backend: http, endpoint: 'http://a', request_timeout: 2m}", "option request_timeout"},
		{"{backend: http, endpoint: 'http://a', authorization_file: DIR/none}", "cannot be read"},
		{"{backend: http, endpoint: 'http://a', authorization_file: DIR/secret}", "holds nothing that a header can hold"},
		{"{backend: http, endpoint: 'http://me:s3cret@a'}", "option endpoint"},
		{"{backend: file, file_path: DIR/own}", "option file_path is the file of the output; allowed: a file of its own"},
		{"{backend: file, file_path: DIR/dead}", "option file_path is the file of the output; allowed: a file of its own"},
		{"{backend: file, file_path: DIR/other/own}", "option file_path is the file of the output; allowed: a file of its own"},
	} {
		file := rulesFile(t, "destinations:\n  a: "+strings.ReplaceAll(c.destination, "DIR", dir)+"\nroutes: [{match: {}, to: a}]\n")
		host := &testHost{options: map[string]string{
			"backend": "file", "file_path": dir + "/own", "rules_file": file, "dead_letter_path": dir + "/dead",
		}}
		in, err := New(host, engineThread)
		if err == nil {
			t.Errorf("%s: no error", c.destination)
			in.Close()
			continue
		}
		want := file + ":2: destination a: "
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s:\n got %v\nwant %s%s", c.destination, err, want, c.want)
		}
	}
}
