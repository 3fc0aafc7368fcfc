package command

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// maxAgentLog is how much of the end of a log is read.
const maxAgentLog = 256 << 10

// ofFluentBit matches a line of Fluent Bit's log, behind what a container runtime writes before
// it. What else the container writes, as the backend stdout does, is the text of logs.
var ofFluentBit = regexp.MustCompile(`^(?:\S+ stderr [FP] |\{"log":")?(\[\d{4}/\d\d/\d\d [\d:.]+\] \[ ?(?:error|warn|info|debug|trace|help)\] .*)`)

// agentLog returns the last lines of Fluent Bit's log: of the file, or without a name of the
// agent's own pod, which the environment names.
func agentLog(path string) ([]byte, error) {
	paths := []string{path}
	if path == "" {
		pod, namespace := os.Getenv("POD_NAME"), os.Getenv("POD_NAMESPACE")
		if pod == "" || namespace == "" {
			return nil, errors.New("POD_NAME and POD_NAMESPACE are not set; name the file with -log")
		}
		var err error
		pattern := filepath.Join(cmp.Or(os.Getenv("K8SLOG_NODE_ROOT"), "/"), "var/log/containers", pod+"_"+namespace+"_*.log")
		if paths, err = filepath.Glob(pattern); err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, errors.New("there is no " + pattern)
		}
	}
	var all []byte
	for _, path := range paths {
		text, err := endOf(path)
		if err != nil {
			return nil, err
		}
		all = append(all, "==== "+path+"\n"...)
		for line := range bytes.Lines(text) {
			if found := ofFluentBit.FindSubmatch(bytes.TrimRight(line, "\r\n")); found != nil {
				all = append(append(all, found[1]...), '\n')
			}
		}
	}
	return all, nil
}

// endOf returns the last lines of a file.
func endOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := max(info.Size()-maxAgentLog, 0)
	text, err := io.ReadAll(io.NewSectionReader(f, from, maxAgentLog))
	if err != nil {
		return nil, err
	}
	if from > 0 { // the first line may have lost its beginning
		_, text, _ = bytes.Cut(text, []byte{'\n'})
	}
	return text, nil
}
