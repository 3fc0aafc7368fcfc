// Package chart tests the Helm chart in deploy/helm/k8slog, and the plain manifests
// that are generated from it.
package chart

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/k8slog/k8slog/test/agent/session"
)

// Namespace is where the tests install the chart.
const Namespace = "logging"

// Folder is the chart.
var Folder = filepath.Join(session.Root, "deploy/helm/k8slog")

// Program is the program helm, which make builds.
var Program string

// Helm runs Helm, and returns its output.
func Helm(args ...string) (string, error) {
	command := exec.Command(Program, args...)
	// Nothing of the user's own Helm has a say.
	none := filepath.Join(session.Root, "build/helm-home")
	command.Env = append(os.Environ(), "HELM_CONFIG_HOME="+none, "HELM_CACHE_HOME="+none, "HELM_DATA_HOME="+none)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("helm %s: %w: %s%s", strings.Join(args, " "), err, errs.String(), out.String())
	}
	return out.String(), nil
}

// Template renders the chart with flags of Helm.
func Template(flags ...string) (string, error) {
	return Helm(append([]string{"template", "k8slog", Folder, "--namespace", Namespace}, flags...)...)
}

// Object is an object of Kubernetes.
type Object map[string]any

// Kind returns the kind and the name.
func (o Object) Kind() string { return fmt.Sprint(o["kind"], "/", o.At("metadata", "name")) }

// At returns a value in maps of maps, and nil where there is none.
func (o Object) At(path ...string) any {
	var v any = map[string]any(o)
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// Objects reads manifests.
func Objects(manifests string) (map[string]Object, error) {
	all := map[string]Object{}
	for d := yaml.NewDecoder(strings.NewReader(manifests)); ; {
		var m map[string]any // and not an Object, whose maps would be Objects
		switch err := d.Decode(&m); {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("cannot read the manifests: %w", err)
		}
		if m == nil {
			continue
		}
		o := Object(m)
		if all[o.Kind()] != nil {
			return nil, fmt.Errorf("%s is there twice", o.Kind())
		}
		all[o.Kind()] = o
	}
}
