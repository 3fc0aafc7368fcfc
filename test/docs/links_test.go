// Package docs tests what the documents say of each other and of the sources.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// root is the folder of the repository.
const root = "../.."

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	inline  = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// documents returns the Markdown files of the repository, relative to root.
func documents(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "build" || name == ".git" || name == "dist") {
			return fs.SkipDir
		}
		if filepath.Ext(name) == ".md" {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			all = append(all, relative)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// anchor returns the anchor that GitHub gives a heading: small letters, no punctuation, and a
// hyphen for a blank.
func anchor(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(inline.ReplaceAllString(heading, "$1")) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}

// Every relative link leads to a file that exists, and to a heading that the file has. Every
// document can be reached from README.md.
func TestLinks(t *testing.T) {
	anchors := map[string]map[string]bool{}
	texts := map[string]string{}
	for _, name := range documents(t) {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = fence.ReplaceAllString(string(content), "")
		anchors[name] = map[string]bool{}
		for _, m := range heading.FindAllStringSubmatch(texts[name], -1) {
			anchors[name][anchor(m[1])] = true
		}
	}
	reached := map[string]bool{"README.md": true}
	todo := []string{"README.md"}
	leads := map[string][]string{}
	for name, text := range texts {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			file, section, _ := strings.Cut(m[1], "#")
			target := name
			if file != "" {
				target = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: the link %s leads to no file", name, m[1])
				continue
			}
			if section != "" && !anchors[target][section] {
				t.Errorf("%s: the link %s leads to no heading", name, m[1])
			}
			leads[name] = append(leads[name], target)
		}
	}
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		for _, target := range leads[name] {
			if !reached[target] {
				reached[target] = true
				todo = append(todo, target)
			}
		}
	}
	for name := range texts {
		if !reached[name] && !strings.HasPrefix(name, "test/") && !reached[filepath.Dir(name)] {
			t.Errorf("%s: no link leads there from README.md", name)
		}
	}
}
