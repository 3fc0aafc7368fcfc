package command

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/internal/regular"
	"github.com/k8slog/k8slog/test/chunktest"
)

const routesFile = `destinations:
  errors: {backend: http, endpoint: 'http://localhost:1'}
routes:
  - {match: {}, to: default}
  - {match: {namespace: shop}, when: {severity: error or above}, to: errors}
`

// rules test says where a record goes.
func TestRulesTestShowsDestinations(t *testing.T) {
	code, out, errs := runRulesCommand(t, routesFile, "hello\n{\"level\":\"error\"}\n", "test", "-namespace", "shop", "rules.yaml")
	if code != done || errs != "" || !strings.Contains(out, "line 1: delivered\n  to default\n") || !strings.Contains(out, "line 2: delivered\n  to default, errors\n") {
		t.Errorf("%d %s%s", code, out, errs)
	}
}

// check looks at every destination as it looks at the output.
func TestCheckReadsDestinations(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "rules.yaml")
	conf := filepath.Join(dir, "a.conf")
	if err := os.WriteFile(conf, []byte("[OUTPUT]\n    name k8slog\n    match *\n    workers 2\n    retry_limit no_limits\n    storage.total_limit_size 1G\n    backend stdout\n    dead_letter_path "+dir+"/dead\n    rules_file "+file+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ options, want string }{
		{"backend: http, endpoint: 'http://localhost:1'", ""},
		{"backend: http, endpont: x", "2: destination a: option endpont is unknown; did you mean endpoint?"},
		{"backend: http", "2: destination a: option endpoint: must be set for backend http"},
		{"backend: http, endpoint: 'http://localhost:1', authorization_file: /none", `2: destination a: option authorization_file: "/none" cannot be read: no such file or directory`},
		{"backend: file, file_path: " + dir + "/records", ""},
	} {
		text := "destinations:\n  a: {" + c.options + "}\nroutes:\n  - {match: {}, to: a}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		n := checkConf(conf, true, &out)
		if c.want == "" && n > 0 || c.want != "" && (n != 1 || !strings.HasPrefix(out.String(), file+":"+c.want)) {
			t.Errorf("%s: %d problems\n%s\nwant %s", c.options, n, out.String(), c.want)
		}
	}
	if _, err := os.Stat(dir + "/records"); err == nil {
		t.Error("the check has made a file")
	}
}

// Dead letters of a destination are sent to it alone.
func TestReplayToDestination(t *testing.T) {
	own, errors := start(t), start(t)
	file := write(t, "rules.yaml", "destinations:\n  errors: {backend: http, endpoint: '"+errors.URL+"'}\nroutes:\n  - {match: {}, to: [default, errors]}\n")
	events := chunktest.File{Path: podPath}
	letters := ""
	for i, to := range []string{"errors", "default", "", "errors"} {
		raw := events.Append(nil, fmt.Sprintf("2026-11-22T10:00:00Z stdout F text %d", i))
		destination := ""
		if to != "" {
			destination = `"destination":"` + to + `",`
		}
		letters += `{"time":"2026-11-22T10:00:00Z","tag":"containers","reason":"rejected","answer":"no",` + destination + `"raw":"` + base64.StdEncoding.EncodeToString(raw) + "\"}\n"
	}
	dead := write(t, "dead", letters)
	args := []string{"replay", "-set", "backend=http", "-set", "endpoint=" + own.URL, "-set", "path_key=path", "-set", "offset_key=offset"}
	if code, out, errs := command(append(args, "-set", "rules_file="+file, dead)...); code != done {
		t.Fatalf("code %d, %q %q", code, out, errs)
	}
	if got := own.texts; !slices.Equal(got, []string{"text 1", "text 2"}) {
		t.Errorf("default has %q", got)
	}
	if got := errors.texts; !slices.Equal(got, []string{"text 0", "text 2", "text 3"}) {
		t.Errorf("errors has %q", got)
	}
	other := write(t, "dead2", letters)
	if code, _, errs := command(append(args, other)...); code != failed || !strings.Contains(errs, "are for the destination errors, which the output has not") {
		t.Errorf("code %d, %q", code, errs)
	}
}

// While the agent runs, the folder of a destination s3 is in use. What is for the others is
// sent, and what may be for it waits.
func TestReplayBesideTheAgentsFolder(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "key")
	errors, dir := start(t), t.TempDir()
	lock, err := regular.Lock(dir + "/spool")
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, "rules.yaml", "destinations:\n  errors: {backend: http, endpoint: '"+errors.URL+"'}\n  archive: {backend: s3, endpoint: 'http://127.0.0.1:1'"+
		", bucket: archive, store_dir: "+dir+"}\nroutes:\n  - {match: {}, to: [errors, archive]}\n")
	letters := ""
	for i, destination := range []string{`"destination":"errors",`, ""} {
		raw := (&chunktest.File{Path: podPath}).Append(nil, fmt.Sprintf("2026-11-22T10:00:00Z stdout F text %d", i))
		letters += `{"time":"2026-11-22T10:00:00Z","tag":"containers","reason":"rejected","answer":"no",` + destination + `"raw":"` + base64.StdEncoding.EncodeToString(raw) + "\"}\n"
	}
	args := []string{"replay", "-set", "backend=http", "-set", "endpoint=" + errors.URL, "-set", "path_key=path", "-set", "offset_key=offset", "-set", "rules_file=" + file, write(t, "dead", letters)}
	code, _, errs := command(args...)
	if code != failed || !strings.Contains(errs, "cannot be sent while the agent runs: destination archive: ") || !strings.Contains(errs, "another process has "+dir+"/spool open") {
		t.Errorf("code %d, %q", code, errs)
	}
	if got := errors.texts; !slices.Equal(got, []string{"text 0"}) {
		t.Errorf("errors has %q", got)
	}
	lock.Close()
	if code, _, errs := command(args...); code != done {
		t.Errorf("code %d, %q", code, errs)
	}
	if got := errors.texts; !slices.Contains(got, "text 1") {
		t.Errorf("errors has %q", got)
	}
}

// Two outputs cannot have one folder of backend s3, whether it is an option of theirs, also
// by a link, or of a destination.
func TestCheckSharedStores(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	output := func(options string) string {
		return "[OUTPUT]\n    name k8slog\n    match *\n    workers 2\n    retry_limit no_limits\n    storage.total_limit_size 1G\n    dead_letter_path " + filepath.Join(t.TempDir(), "dead") + "\n" + options
	}
	s3 := "    backend s3\n    bucket logs\n    endpoint http://minio:9000\n    store_dir "
	_, out, _ := command("check", write(t, "two.conf", output(s3+dir+"\n")+output(s3+link+"\n")))
	if want := `option store_dir: "` + link + `" is that of another k8slog output`; !strings.Contains(out, want) {
		t.Errorf("%s\nwanted %s", out, want)
	}
	file := write(t, "rules.yaml", "destinations:\n  archive: {backend: s3, endpoint: 'http://minio:9000', bucket: logs, store_dir: "+dir+"}\nroutes: [{match: {}, to: archive}]\n")
	own := "    backend stdout\n    rules_file " + file + "\n"
	_, out, _ = command("check", write(t, "rules.conf", output(own)+output(own)))
	if want := "option rules_file: destination archive has the store_dir"; strings.Count(out, want) != 1 {
		t.Errorf("%s\nwanted %s", out, want)
	}
}

// A secret that stands in the configuration is noted, in the output and in its destinations.
// One that is in a variable or a file is not.
func TestCheckNotesSecretsInHeaders(t *testing.T) {
	for headers, want := range map[string]string{
		"Authorization: Bearer abcdef123456":            "has the secret of Authorization in this file, for all who read the file: write it into a file of its own, and set authorization_file",
		"X-Source: k8slog | DD-API-KEY: abcdef123456":   "has the secret of DD-API-KEY in this file, for all who read the file: write it into a file of its own, and set header_files DD-API-KEY: /path/of/it",
		"X-Source: k8slog | X-Scope-OrgID: a":           "",
		"X-Monkey: a | X-Keyboard: b | Authorization: ": "",
	} {
		dir := t.TempDir()
		file, conf := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "a.conf")
		rules := "destinations:\n  a: {backend: http, endpoint: 'http://localhost:1', headers: '" + headers + "'}\nroutes:\n  - {match: {}, to: a}\n"
		output := "[OUTPUT]\n    name k8slog\n    match *\n    workers 2\n    retry_limit no_limits\n    storage.total_limit_size 1G\n    backend http\n    endpoint http://localhost:1\n    dead_letter_path " + dir + "/dead\n"
		for path, text := range map[string]string{file: rules, conf: output + "    rules_file " + file + "\n    headers " + headers + "\n"} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		n := checkConf(conf, true, &out)
		wantNotes := 0
		for _, begin := range []string{conf + ":11: note: option headers ", file + ":2: note: destination a: option headers "} {
			if want != "" {
				wantNotes = 2
				if !strings.Contains(out.String(), begin+want+"\n") {
					t.Errorf("%s:\n%s", headers, out.String())
				}
			}
		}
		if n != 0 || strings.Count(out.String(), "note: ") != wantNotes || strings.Contains(out.String(), "abcdef") {
			t.Errorf("%s: %d problems\n%s", headers, n, out.String())
		}
		if want == "" {
			continue
		}
		t.Setenv("MY_HEADERS", headers)
		name, _, _ := strings.Cut(headers[strings.LastIndex(headers, "|")+1:], ":")
		if err := os.WriteFile(conf, []byte(output+"    headers "+strings.TrimSpace(name)+": ${MY_HEADERS}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		if n := checkConf(conf, true, &out); n != 0 || strings.Contains(out.String(), "note: ") {
			t.Errorf("a variable:\n%s", out.String())
		}
	}
}
