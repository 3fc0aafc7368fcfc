package command

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// shipped are the configurations that exist in both formats, without the
// endings.
func shipped(t *testing.T) (names []string) {
	t.Helper()
	for _, pattern := range []string{"*.yaml", "*/*.yaml"} {
		found, err := filepath.Glob(filepath.Join("../conf", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if strings.HasSuffix(filepath.Dir(path), "/rules") {
				continue // rules files are no configuration of Fluent Bit
			}
			names = append(names, strings.TrimSuffix(path, ".yaml"))
		}
	}
	return names
}

// Every shipped configuration exists in both formats.
func TestEveryConfigurationHasATwin(t *testing.T) {
	names := shipped(t)
	for _, pattern := range []string{"*.conf", "*/*.conf"} {
		found, err := filepath.Glob(filepath.Join("../conf", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			// The classic format names plugins in a file of their own.
			if name := strings.TrimSuffix(path, ".conf"); filepath.Base(name) != "plugins" && !slices.Contains(names, name) {
				t.Errorf("%s.yaml is missing", name)
			}
		}
	}
}

// The two formats of a shipped configuration mean the same: the same sections
// in the same order, each with the same properties.
func TestTwins(t *testing.T) {
	names := shipped(t)
	if len(names) < 4 {
		t.Fatalf("only %q", names)
	}
	for _, name := range names {
		t.Run(strings.TrimPrefix(name, "../conf/"), func(t *testing.T) {
			knownOnly(t, name)
			classic, inYAML := sectionsOf(t, name+".conf"), sectionsOf(t, name+".yaml")
			plugins := ""
			for kind := range classic {
				for _, properties := range classic[kind] {
					plugins += properties["plugins_file"]
					delete(properties, "plugins_file")
				}
			}
			if got, want := pluginsOf(t, name, plugins), yamlPluginsOf(t, name); !slices.Equal(got, want) {
				t.Errorf("plugins are %q, in YAML %q", got, want)
			}
			for _, kind := range []string{"service", "input", "filter", "output"} {
				a, b := classic[kind], inYAML[kind]
				if len(a) != len(b) {
					t.Errorf("%d sections of %s, in YAML %d", len(a), kind, len(b))
					continue
				}
				for i := range a {
					for _, key := range slices.Sorted(maps.Keys(union(a[i], b[i]))) {
						if a[i][key] != b[i][key] {
							t.Errorf("%s %d: %s is %q, in YAML %q", kind, i, key, a[i][key], b[i][key])
						}
					}
				}
			}
		})
	}
}

// sectionsOf reads a configuration with all that it includes: the properties of
// each section, by its kind. The values are those before the environment is put
// in.
func sectionsOf(t *testing.T, path string) map[string][]map[string]string {
	t.Helper()
	all, err := readConf(path)
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string][]map[string]string{}
	for _, s := range all {
		properties := map[string]string{}
		for _, p := range s.pairs {
			key := strings.ToLower(p.key)
			if _, twice := properties[key]; twice || len(p.values) != 1 || p.values[0] == "" {
				t.Errorf("%s: %s stands twice, or has no value", s.where(), key)
				continue
			}
			properties[key] = p.values[0]
		}
		sections[s.kind] = append(sections[s.kind], properties)
	}
	return sections
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

var header = regexp.MustCompile(`(?m)^\[(.*)\]`)

// knownOnly fails if a configuration has parts that readConf passes over.
func knownOnly(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name + ".conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range header.FindAllStringSubmatch(string(text), -1) {
		if kinds[strings.ToLower(found[1])] == "" {
			t.Errorf("%s.conf has a section %s", name, found[0])
		}
	}
	text, err = os.ReadFile(name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Plugins  []string       `yaml:"plugins"`
		Includes []string       `yaml:"includes"`
		Service  map[string]any `yaml:"service"`
		Pipeline struct {
			Inputs  []map[string]any `yaml:"inputs"`
			Outputs []map[string]any `yaml:"outputs"`
		} `yaml:"pipeline"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&known); err != nil {
		t.Errorf("%s.yaml: %v", name, err)
	}
}

// pluginsOf returns the plugins that a plugins_file names.
func pluginsOf(t *testing.T, name, file string) (paths []string) {
	t.Helper()
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(name), file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) == 2 && strings.EqualFold(words[0], "path") {
			paths = append(paths, words[1])
		}
	}
	return paths
}

func yamlPluginsOf(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var conf struct {
		Plugins []string `yaml:"plugins"`
	}
	if err := yaml.Unmarshal(text, &conf); err != nil {
		t.Fatal(err)
	}
	return conf.Plugins
}
