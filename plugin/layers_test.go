package plugin

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/k8slog/k8slog/"

// layers are the packages of the product, from the bottom up. A package imports
// those of lower layers, and of its own where the layer says that it may. A
// folder stands for itself, and with /... for all below it as well.
var layers = []struct {
	folders []string
	among   bool // packages of the layer may import each other
}{
	{folders: []string{"internal/..."}, among: true},
	{folders: []string{"filters"}},
	{folders: []string{"filters/..."}, among: true}, // formats and rules, but for those below
	{folders: []string{"filters/source/..."}, among: true},
	{folders: []string{"filters/header", "filters/merge", "filters/rules"}},
	{folders: []string{"plugin/chunk", "plugin/hostlog", "plugin/ledger", "plugin/quota"}},
	{folders: []string{"plugin/options"}},
	{folders: []string{"plugin/backend"}},
	{folders: []string{"plugin/backend/aws", "plugin/backend/httpclient", "plugin/backend/logsdata", "plugin/backend/ndjson", "plugin/backend/spool"}},
	{folders: []string{"plugin/backend/httpbackend", "plugin/tap"}},
	{folders: []string{"plugin/backend/..."}},
	{folders: []string{"plugin/deadletter", "plugin/delivery", "plugin/disk", "plugin/metadata", "plugin/parking", "plugin/reassemble", "plugin/status"}},
	{folders: []string{"plugin/pipeline"}},
	{folders: []string{"plugin"}},
	{folders: []string{"command"}},
	{folders: []string{".", "cmd/..."}},
}

// layerOf returns the layer of a folder. The most exact entry counts.
func layerOf(folder string) (layer int, ok bool) {
	longest := -1
	for i, l := range layers {
		for _, entry := range l.folders {
			prefix, all := strings.CutSuffix(entry, "/...")
			if folder != prefix && !(all && strings.HasPrefix(folder, prefix+"/")) {
				continue
			}
			exactness := 2 * len(prefix)
			if !all {
				exactness++
			}
			if exactness > longest {
				longest, layer, ok = exactness, i, true
			}
		}
	}
	return layer, ok
}

// Imports run downwards only.
func TestImportsRunDownwards(t *testing.T) {
	root := ".."
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, p)
		if d.IsDir() {
			if name == "test" || name == "build" || strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := path.Dir(filepath.ToSlash(name))
		if strings.HasSuffix(folder, "test") { // helpers of tests
			return nil
		}
		from, ok := layerOf(folder)
		if !ok {
			t.Errorf("%s is in no layer", folder)
		}
		for _, i := range file.Imports {
			imported, _ := strconv.Unquote(i.Path.Value)
			imported, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			to, _ := layerOf(imported)
			if to > from || to == from && !layers[from].among {
				t.Errorf("%s imports %s, which is not below it", name, imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
