package image

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent/session"
	"github.com/k8slog/k8slog/test/chart"
)

// manifest reads a file of deploy/, in which texts are replaced.
func manifest(t *testing.T, name string, replace ...string) map[string]chart.Object {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(session.Root, "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(string(text), replace[i]) {
			t.Fatalf("%s has no %q", name, replace[i])
		}
	}
	all, err := chart.Objects(strings.NewReplacer(replace...).Replace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// pod is what docker needs of a pod in a manifest.
type pod struct {
	t    *testing.T
	all  map[string]chart.Object
	spec chart.Object
	dir  string            // stands for the node's /, and has the other volumes
	meta map[string]string // by the path of a field: the Downward API
}

// container returns the container with a name.
func (p *pod) container(name string) chart.Object {
	p.t.Helper()
	for _, kind := range []string{"initContainers", "containers"} {
		list, _ := p.spec[kind].([]any)
		for _, c := range list {
			if c := chart.Object(c.(map[string]any)); c["name"] == name {
				return c
			}
		}
	}
	p.t.Fatalf("the pod has no container %s", name)
	return nil
}

// arguments returns the arguments of "docker run" that stand for what the kubelet does
// with a container: its security context, environment, volumes and command.
func (p *pod) arguments(name, image string) (args []string) {
	p.t.Helper()
	c := p.container(name)
	for _, from := range []any{p.spec["securityContext"], c["securityContext"]} {
		context, _ := from.(map[string]any)
		args = append(args, p.security(context)...)
	}
	env, _ := c["env"].([]any)
	for _, e := range env {
		e := chart.Object(e.(map[string]any))
		value := e["value"]
		if field, ok := e.At("valueFrom", "fieldRef", "fieldPath").(string); ok {
			value = p.meta[field]
		}
		args = append(args, "--env", fmt.Sprintf("%v=%v", e["name"], value))
	}
	mounts, _ := c["volumeMounts"].([]any)
	for _, m := range mounts {
		m := m.(map[string]any)
		mode := "rw"
		if m["readOnly"] == true {
			mode = "ro"
		}
		args = append(args, "--volume", fmt.Sprintf("%s:%v:%s", p.volume(m["name"]), m["mountPath"], mode))
	}
	if memory, ok := c.At("resources", "limits", "memory").(string); ok {
		args = append(args, "--memory", strings.TrimSuffix(memory, "i"))
	}
	var words []string
	if command := texts(c["command"]); len(command) > 0 {
		args = append(args, "--entrypoint", command[0])
		words = command[1:]
	}
	return append(append(args, image), append(words, texts(c["args"])...)...)
}

// security returns the arguments for a security context. Docker's own profile of
// seccomp is the runtime's default.
func (p *pod) security(context map[string]any) (args []string) {
	p.t.Helper()
	for name, value := range context {
		switch name {
		case "runAsUser":
			user := fmt.Sprint(value)
			if group := context["runAsGroup"]; group != nil {
				user += fmt.Sprint(":", group)
			}
			args = append(args, "--user", user)
		case "allowPrivilegeEscalation":
			if value == false {
				args = append(args, "--security-opt", "no-new-privileges")
			}
		case "readOnlyRootFilesystem":
			args = append(args, fmt.Sprintf("--read-only=%v", value))
		case "capabilities":
			for _, c := range texts(chart.Object(context).At(name, "drop")) {
				args = append(args, "--cap-drop", c)
			}
			for _, c := range texts(chart.Object(context).At(name, "add")) {
				args = append(args, "--cap-add", c)
			}
		case "seccompProfile":
			if kind := chart.Object(context).At(name, "type"); kind != "RuntimeDefault" {
				p.t.Errorf("the profile of seccomp is %v", kind)
			}
		case "runAsGroup", "runAsNonRoot", "fsGroup", "seLinuxOptions": // with the user; only checked by the kubelet; not here
		default:
			p.t.Errorf("this test does not know %s of a security context", name)
		}
	}
	return args
}

// volume returns the folder of a volume.
func (p *pod) volume(name any) string {
	p.t.Helper()
	volumes, _ := p.spec["volumes"].([]any)
	for _, v := range volumes {
		v := chart.Object(v.(map[string]any))
		if v["name"] != name {
			continue
		}
		if host, ok := v.At("hostPath", "path").(string); ok {
			return filepath.Join(p.dir, host)
		}
		folder := filepath.Join(p.dir, "volumes", fmt.Sprint(name))
		mode := os.FileMode(0o777) // an emptyDir
		if err := os.MkdirAll(folder, mode); err != nil {
			p.t.Fatal(err)
		}
		if err := os.Chmod(folder, mode); err != nil {
			p.t.Fatal(err)
		}
		data, _ := p.all[fmt.Sprint("ConfigMap/", v.At("configMap", "name"))].At("data").(map[string]any)
		for file, text := range data {
			if err := os.WriteFile(filepath.Join(folder, file), []byte(text.(string)), 0o644); err != nil {
				p.t.Fatal(err)
			}
		}
		return folder
	}
	p.t.Fatalf("the pod has no volume %v", name)
	return ""
}

// texts returns a list of texts.
func texts(list any) (all []string) {
	values, _ := list.([]any)
	for _, v := range values {
		all = append(all, fmt.Sprint(v))
	}
	return all
}
