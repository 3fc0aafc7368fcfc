package plugin

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/chunktest"
)

const secret = "4111111111111111"

// No spelling of a secret gets past a redaction: nothing that leaves the node has it, in the
// text, in a field, or in what a reader makes of the JSON.
func TestRedactionHoldsForEverySpelling(t *testing.T) {
	options := map[string]string{"merge_log": "on", "path_key": "path", "offset_key": "offset", "time_keys": "ts", "rules_file": rulesFile(t, `
rules:
  - {name: r, match: {}, redact: {pattern: '\d{12}(\d{4})', with: '****$1'}}
`)}
	escape := func(as string) string { return secret[:4] + as + secret[5:] } // which cuts the run of digits
	escaped := escape(`\u0031`)
	doubled := strings.ReplaceAll(escaped, `\`, `\\\`)
	for _, text := range []string{
		"card " + secret,
		"card 4111\x1b[31m1111\x1b[0m11111111",
		"\x1b]0;" + secret + "\a hidden",
		`{"card":"` + secret + `"}`,
		`{"card":` + secret + `}`,
		`{"card":"` + escaped + `"}`,
		`{"a":{"b":["` + escaped + `"]},"` + secret + `":1}`,
		`{"inner":"{\"card\":\"` + doubled + `\"}"}`,
		`{"inner":"{\"card\":\"` + strings.Replace(escaped, `\`, `\u005c`, 1) + `\"}"}`,
		`level=info card="` + escape(`\x31`) + `"`,
		`level=info card="` + escape(`\061`) + `"`,
		`I1122 10:00:00.000000       1 a.go:1] "x" card="` + escaped + `"`,
		"{\n\"card\": \"" + escaped + "\"\n}",
	} {
		for name, chunk := range map[string][]byte{
			"docker": (&chunktest.File{Path: podPath}).Append(nil, fmt.Sprintf(`{"log":%s,"stream":"stdout","time":"2026-11-22T10:00:00Z"}`, mustJSON(text+"\n"))),
			"CRI":    (&chunktest.File{Path: podPath}).Append(nil, cri("out", "P", text[:len(text)-8]), cri("out", "F", text[len(text)-8:])),
			"parser": chunktest.Append(nil, 0, "path", podPath, "log", text, "stream", "stdout", "field", text),
		} {
			if name == "CRI" && strings.Contains(text, "\n") {
				continue
			}
			for _, line := range encodeLines(t, options, "containers", chunk) {
				if strings.Contains(reread(line), secret) {
					t.Errorf("%s: %q leaves the node:\n%s", name, text, line)
				}
				if !strings.Contains(line, "****1111") && !strings.Contains(text, "hidden") {
					t.Errorf("%s: %q: nothing is redacted:\n%s", name, text, line)
				}
			}
		}
	}
	component := encodeLines(t, options, "component.kubelet", lineChunk(`{"ts":1795341600.5,"level":"info","msg":"x `+escaped+`","card":"`+escaped+`"}`))
	if strings.Contains(reread(component[0]), secret) {
		t.Errorf("a component's line leaves the node:\n%s", component[0])
	}
}

// reread returns all texts of a JSON line, those of JSON within texts as well.
func reread(line string) string {
	var all strings.Builder
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			all.WriteString(v + "\n")
			unquoted := ""
			if json.Unmarshal([]byte(`"`+v+`"`), &unquoted) == nil && unquoted != v {
				walk(unquoted)
			}
			var inner any
			if strings.HasPrefix(strings.TrimSpace(v), "{") && json.Unmarshal([]byte(v), &inner) == nil {
				walk(inner)
			}
		case json.Number:
			all.WriteString(v.String() + "\n")
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for key, one := range v {
				walk(key)
				walk(one)
			}
		case float64:
			fmt.Fprintf(&all, "%.0f\n", v)
		}
	}
	var record any
	if err := json.Unmarshal([]byte(line), &record); err != nil {
		panic(err)
	}
	walk(record)
	return all.String()
}

// A line that the runtime cut in the middle of a secret is whole when it is redacted.
func TestRedactionSeesWholeLines(t *testing.T) {
	r := receive(t, nil)
	in, _ := start(t, mergeOptions(joiningOptions(r, "10s"), "rules_file", rulesFile(t, "rules:\n  - {name: r, match: {}, redact: {pattern: '\\d{16}', with: '*'}}\n")))
	file := chunktest.File{Path: podPath}
	padding := strings.Repeat("x", 16<<10-8)
	flushAll(t, in, file.Append(nil, cri("out", "P", padding+secret[:8])), file.Append(nil, cri("out", "F", secret[8:]+" end")))
	if want := []string{padding + "* end"}; !slices.Equal(r.got(), want) {
		t.Errorf("got %.40q…", r.got())
	}
}

// A keyed hash is the same for the same text, and the key is in no error.
func TestRedactionByHash(t *testing.T) {
	file := rulesFile(t, "rules:\n  - {name: r, match: {}, redact: {pattern: 'user-\\d+', hash: {key_file: key}}}\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "key"), []byte("short-s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(&testHost{options: map[string]string{"backend": "stdout", "rules_file": file, "dead_letter_path": filepath.Join(t.TempDir(), "dead")}}, engineThread)
	if err == nil || !strings.Contains(err.Error(), "holds 12 bytes; allowed: 16 or more") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a short key: %v", err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "key"), []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := encodeLines(t, map[string]string{"rules_file": file}, podTag, dockerChunk("user-1", "user-1", "user-2"))
	// printf user-1 | openssl dgst -sha256 -hmac 0123456789abcdef
	const hash = "9671a70114c638eedd26dab7f09610ba"
	text := func(line string) string {
		var r struct{ Log string }
		_ = json.Unmarshal([]byte(line), &r)
		return r.Log
	}
	if a, b, c := text(lines[0]), text(lines[1]), text(lines[2]); a != hash || b != hash || c == hash || len(c) != len(hash) {
		t.Errorf("got %s, %s, %s", a, b, c)
	}
}
