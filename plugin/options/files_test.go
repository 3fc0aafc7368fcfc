package options

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTokenProblem(t *testing.T) {
	for _, c := range []struct{ content, scheme, want string }{
		{"token", "Bearer", ""},
		{" token\r\n", "Bearer", ""},
		{"", "Bearer", "is empty"},
		{" \n", "Bearer", "is empty"},
		{"one\ntwo", "Bearer", "holds several lines"},
		{"one\rtwo", "Bearer", "holds several lines"},
		{"Bearer token", "Bearer", "begins with the word Bearer, which belongs in authorization_type (now Bearer)"},
		{"bearer\ttoken", "Splunk", "begins with the word bearer, which belongs in authorization_type (now Splunk)"},
		{"Splunk token", "Bearer", "begins with the word Splunk, which belongs in authorization_type (now Bearer)"},
		{"Basic dTpw\n", "Bearer", "begins with the word Basic, which belongs in authorization_type (now Bearer)"},
		{"Own token", "own", "begins with the word Own, which belongs in authorization_type (now own)"},
		{"Own token", "Bearer", ""},
		{"Bearer", "Bearer", ""},
		{"bearer-token", "Bearer", ""},
	} {
		if got := TokenProblem(c.content, c.scheme); got != c.want {
			t.Errorf("%q, %s: %q", c.content, c.scheme, got)
		}
	}
}

// secured is a backend with files.
type secured struct{ scheme, file, key, headers, out string }

func (s *secured) Options() []Option {
	return []Option{
		{Name: "authorization_file", Aliases: []string{"token_file"}, Type: "path", Example: "/x", Set: Text(&s.file)},
		{Name: "authorization_type", Type: "name", Default: "Bearer", Example: "x", Set: Text(&s.scheme)},
		{Name: "key_file", Type: "path", Example: "/x", Set: Text(&s.key)},
		{Name: "header_files", Type: "headers", Example: "X: /x", Set: Text(&s.headers)},
		{Name: "out_path", Type: "path", Example: "/x", Set: Text(&s.out)},
	}
}

// A start opens the files that it reads, and none of them is shown.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"token": "s3cret\n", "bearer": "Bearer s3cret", "letters": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ set, files, problem string }{
		{"", "", ""},
		{"authorization_file=DIR/token key_file=DIR/bearer", "authorization_file:DIR/token key_file:DIR/bearer", ""},
		{"header_files=A:DIR/token|B:DIR/bearer", "header_files:DIR/token header_files:DIR/bearer", ""},
		{"out_path=DIR/token/x", "out_path:DIR/token/x:w", ""}, // the start itself opens it
		{"authorization_file=DIR/bearer", "authorization_file:DIR/bearer", `option authorization_file: "DIR/bearer" begins with the word Bearer, which belongs in authorization_type (now Bearer); allowed: the token alone, in one line`},
		{"token_file=DIR/bearer", "token_file:DIR/bearer", `option token_file: "DIR/bearer" begins with the word Bearer, which belongs in authorization_type (now Bearer); allowed: the token alone, in one line`},
		{"key_file=DIR/none", "key_file:DIR/none", `option key_file: "DIR/none" cannot be read: no such file or directory; allowed: a file that can be read`},
		{"key_file=DIR", "key_file:DIR", `option key_file: "DIR" is not a regular file; allowed: a file that can be read`},
	} {
		values := map[string]string{"backend": "secured", "dead_letter_path": filepath.Join(dir, "letters")}
		for pair := range strings.FieldsSeq(strings.ReplaceAll(c.set, "DIR", dir)) {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = value
		}
		config, _, err := Schema{{"secured", func() Group { return &secured{} }}}.Parse(func(name string) string { return values[name] })
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range config.Files() {
			name := f.Option + ":" + strings.Replace(f.Path, dir, "DIR", 1)
			if f.Write {
				name += ":w"
			}
			names = append(names, name)
		}
		want := append(strings.Fields(c.files), "dead_letter_path:DIR/letters:w")
		problem := ""
		if err := config.CheckFiles(); err != nil {
			problem = strings.Replace(err.Error(), dir, "DIR", 1)
		}
		if !slices.Equal(names, want) || problem != c.problem || strings.Contains(problem, "s3cret") {
			t.Errorf("%s: %q, %s", c.set, names, problem)
		}
	}
}
