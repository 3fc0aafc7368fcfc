package command

import (
	"errors"
	"fmt"
	"io"

	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/hostlog"
	"github.com/k8slog/k8slog/plugin/options"
)

// checkSet refuses names that are no options, and values that the plugin would refuse, also
// when nothing is sent.
func (r *replaying) checkSet() error {
	for name := range r.set {
		if !isOption(name) {
			return fmt.Errorf("there is no option %s%s", name, similar(name))
		}
	}
	if len(r.set) == 0 {
		return nil
	}
	host, err := r.host("")
	if err != nil {
		return err
	}
	_, _, err = plugin.Backends.Parse(host.Property)
	var invalid *options.Error
	if errors.As(err, &invalid) {
		if _, set := r.set[invalid.Option]; set {
			return err
		}
	}
	return nil // the configuration's own errors are those of the start
}

// host is what the plugin gets its options from, and logs to.
func (r *replaying) host(path string) (*commandHost, error) {
	h := &commandHost{options: map[string]string{}, errs: r.errs}
	if r.conf != "" {
		section, err := outputOf(r.conf, r.output)
		if err != nil {
			return nil, err
		}
		h.section = *section
	}
	for name, value := range r.set {
		h.options[name] = value
	}
	// One batch is sent after the other: none can wait for another.
	h.options["join_wait"] = "0s"
	// These belong to the agent, which may run. And what was dead-lettered has an outcome in
	// the ledger of the disk.
	for _, name := range []string{"disk_ledger_path", "park_path", "status_listen"} {
		if _, set := r.set[name]; !set {
			h.options[name] = ""
		}
	}
	// Nobody asks the API server of pods that may be gone. What the agent knew of them counts.
	if _, set := r.set["metadata"]; !set && h.Property("metadata") == "api" {
		h.options["metadata"] = "file"
		if h.Property("metadata_path") == "" {
			h.options["metadata"] = "off"
		}
		h.options["metadata_token_file"], h.options["metadata_ca_file"] = "", ""
	}
	// What is refused once more must not go where it is being read from.
	if _, set := r.set["dead_letter_path"]; !set {
		h.options["dead_letter_path"] = path + ".refused"
	}
	// Events of log files carry these; those of dead letters as they did before.
	if r.as != "" || h.Property("path_key") == "" {
		h.options["path_key"] = pathKey
	}
	if h.Property("offset_key") == "" {
		h.options["offset_key"] = offsetKey
	}
	return h, nil
}

// commandHost implements plugin.Host.
type commandHost struct {
	section section
	options map[string]string
	errs    io.Writer
}

// IsGuest implements plugin.Guest: the agent may run.
func (h *commandHost) IsGuest() bool { return true }

// Stopping implements plugin.Host.
func (h *commandHost) Stopping() bool { return false }

func (h *commandHost) Property(name string) string {
	if value, ok := h.options[name]; ok {
		return value
	}
	return h.section.get(name)
}

// Log writes warnings and errors.
func (h *commandHost) Log(level hostlog.Level, message string) {
	if level == hostlog.LevelError || level == hostlog.LevelWarn {
		fmt.Fprintln(h.errs, message)
	}
}
