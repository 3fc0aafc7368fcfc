// Package release tests what a release is made of.
package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var cold = flag.Bool("cold", false, "build each time with an empty build cache")

const (
	root    = "../.."
	version = "1.2.3-rc.1"
)

// copySources copies the sources to a folder.
func copySources(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	copied := exec.Command("sh", "-c", `git ls-files -z --cached --others --exclude-standard | tar -c --null --files-from - --ignore-failed-read | tar -x -C "$0"`, folder)
	copied.Dir = root
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("cannot copy the sources: %v\n%s", err, out)
	}
}

// build builds a release of the sources in a folder, and returns its files.
func build(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	dist := filepath.Join(folder, "files")
	c := exec.Command("make", "release", "VERSION="+version, "DIST="+dist, "REVISION="+strings.Repeat("ab", 20), "DOCKER=false")
	c.Dir = folder
	c.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000", "REVISION="+strings.Repeat("ab", 20), "DOCKER=false", "IMAGE=registry.example.com/k8slog", "TMPDIR="+t.TempDir())
	if *cold {
		c.Env = append(c.Env, "GOCACHE="+t.TempDir())
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("cannot build: %v\n%s", err, out)
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(dist)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dist, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// unpack returns the regular files of an archive, and checks what is the same of all.
func unpack(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.ModTime.Unix() != 1700000000 || h.Uid != 0 || h.Gid != 0 || h.Uname != "" {
			t.Errorf("%s: time %v, owner %d %q", h.Name, h.ModTime, h.Uid, h.Uname)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRelease(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "a", "longer", "path")
	copySources(t, one)
	copySources(t, two)
	files, again := build(t, one), build(t, two)
	want := []string{
		"SHA256SUMS", "k8slog-" + version + "-linux-amd64.cdx.json", "k8slog-" + version + "-linux-amd64.tar.gz",
		"k8slog-" + version + "-linux-arm64.cdx.json", "k8slog-" + version + "-linux-arm64.tar.gz", "k8slog-" + version + ".tgz",
	}
	var names []string
	for name, content := range files {
		names = append(names, name)
		if !bytes.Equal(content, again[name]) {
			t.Errorf("%s has other bytes in the second build", name)
		}
		t.Logf("%s: %d bytes", name, len(content))
	}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("files: %q", names)
	}
	checkSums(t, files)
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		name := "k8slog-" + version + "-linux-" + arch
		inside := unpack(t, files[name+".tar.gz"])
		for _, file := range []string{"LICENSE", "THIRD-PARTY-LICENSES.txt", "conf/fluent-bit.yaml", "conf/backends/loki.conf"} {
			if len(inside[name+"/"+file]) == 0 {
				t.Errorf("%s: there is no %s", name, file)
			}
		}
		plugin, command := inside[name+"/out_k8slog.so"], inside[name+"/k8slog"]
		for _, binary := range [][]byte{plugin, command} {
			for _, path := range []string{one, two} {
				if bytes.Contains(binary, []byte(path)) {
					t.Errorf("%s: the path of the build is inside", name)
				}
			}
		}
		checkPlugin(t, plugin, machine)
		checkBill(t, files[name+".cdx.json"], plugin)
		if !bytes.Contains(plugin, []byte(version)) || !bytes.Contains(command, []byte(version)) {
			t.Errorf("%s: the version is not inside", name)
		}
		if arch == runtime.GOARCH {
			checkCommand(t, command)
		}
	}
	chart := unpack(t, files["k8slog-"+version+".tgz"])
	for file, want := range map[string]string{
		"k8slog/Chart.yaml":  "\nversion: " + version + "\n",
		"k8slog/values.yaml": "\n  repository: registry.example.com/k8slog\n",
	} {
		if !strings.Contains(string(chart[file]), want) {
			t.Errorf("%s has no %q", file, want)
		}
	}
}

func checkSums(t *testing.T, files map[string][]byte) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(files["SHA256SUMS"])), "\n")
	if len(lines) != len(files)-1 {
		t.Errorf("SHA256SUMS has %d lines for %d files", len(lines), len(files)-1)
	}
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		if got := sha256.Sum256(files[name]); sum != hex.EncodeToString(got[:]) {
			t.Errorf("SHA256SUMS: %s has another sum", name)
		}
	}
}

// checkPlugin checks that Fluent Bit finds the functions of the plugin, and that the glibc of
// the images of Fluent Bit 3 to 5 has what it needs.
func checkPlugin(t *testing.T, plugin []byte, machine elf.Machine) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(plugin))
	if err != nil {
		t.Fatal(err)
	}
	if f.Machine != machine || f.Type != elf.ET_DYN {
		t.Errorf("the plugin is for %v, %v", f.Machine, f.Type)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	exported := map[string]bool{}
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			exported[s.Name] = true
		}
		if minor, ok := strings.CutPrefix(s.Version, "GLIBC_2."); ok {
			minor, _, _ = strings.Cut(minor, ".")
			if n, err := strconv.Atoi(minor); err == nil && n > 34 {
				t.Errorf("%s needs glibc 2.%d", s.Name, n)
			}
		}
	}
	for _, name := range []string{"FLBPluginRegister", "FLBPluginInit", "FLBPluginFlushCtx", "FLBPluginExitCtx", "K8slogMain"} {
		if !exported[name] {
			t.Errorf("the plugin has no function %s", name)
		}
	}
}

// checkBill checks that the bill of materials has every module in the plugin.
func checkBill(t *testing.T, bill, plugin []byte) {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(plugin))
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		Metadata struct {
			Component struct{ Name, Version string }
		}
		Components []struct {
			Name, Version string
			Evidence      struct{ Licenses []any }
		}
	}
	if err := json.Unmarshal(bill, &b); err != nil {
		t.Fatal(err)
	}
	if c := b.Metadata.Component; c.Name != info.Main.Path || c.Version != "v"+version {
		t.Errorf("the bill is of %+v", c)
	}
	listed := map[string]bool{}
	for _, c := range b.Components {
		listed[c.Name+" "+c.Version] = true
		if len(c.Evidence.Licenses) == 0 && c.Name != "std" {
			t.Errorf("the bill does not say under which licence %s is", c.Name)
		}
	}
	for _, m := range info.Deps {
		if !listed[m.Path+" "+m.Version] {
			t.Errorf("the bill does not have %s %s", m.Path, m.Version)
		}
	}
}

func checkCommand(t *testing.T, command []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "k8slog")
	if err := os.WriteFile(path, command, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "version").CombinedOutput()
	if want := "k8slog " + version + " (revision " + strings.Repeat("ab", 20) + ", go"; err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("k8slog version: %q, %v", out, err)
	}
}

// A name that is no version builds nothing.
func TestVersions(t *testing.T) {
	for _, v := range []string{"", "v", "latest", "1", "1.2", "v1.2", "1.2.3/x", "1.2.3 x", "a.b.c"} {
		dist := filepath.Join(t.TempDir(), "dist")
		if out, err := exec.Command("./release.sh", v, dist).CombinedOutput(); err == nil || !strings.Contains(string(out), "is no version") {
			t.Errorf("%q: %v, %s", v, err, out)
		}
		if _, err := os.Stat(dist); err == nil {
			t.Errorf("%q: a folder was made", v)
		}
	}
}

// The notes of a release are its section of the changelog.
func TestNotes(t *testing.T) {
	out, err := exec.Command("./notes.sh", "Unreleased").Output()
	if err != nil || !strings.HasPrefix(string(out), "\n### Added\n") && !strings.HasPrefix(string(out), "### Added\n") || strings.Contains(string(out), "\n## ") {
		t.Errorf("%v, %s", err, out)
	}
	if out, err := exec.Command("./notes.sh", "99.0.0").CombinedOutput(); err == nil || !strings.Contains(string(out), "CHANGELOG.md has no section ## [99.0.0]") {
		t.Errorf("%v, %s", err, out)
	}
}

// The workflows have no mistakes that actionlint knows.
func TestWorkflows(t *testing.T) {
	paths, err := filepath.Glob(root + "/.github/workflows/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no workflows: %v", err)
	}
	if out, err := exec.Command("go", append([]string{"tool", "actionlint", "-no-color"}, paths...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
