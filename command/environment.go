package command

import (
	"cmp"
	"os"
	"strings"
)

// environment is the variables of a configuration: those that the
// configuration sets come before those of the process.
type environment struct{ set map[string]string }

// get returns a variable; "" for one that is not set.
func (e *environment) get(name string) string {
	if e != nil {
		if value, ok := e.set[name]; ok {
			return value
		}
	}
	value := os.Getenv(name)
	if value == "" && name == "HOSTNAME" {
		value, _ = os.Hostname()
	}
	return value
}

// add sets a variable. A value file://path stands for what the file holds.
func (e *environment) add(name, value string) error {
	if path, ok := strings.CutPrefix(value, "file://"); ok {
		content, err := readText(path)
		if err != nil {
			return err
		}
		value = strings.TrimSuffix(string(content), "\n")
	}
	e.set[name] = value
	return nil
}

// expand puts variables in for ${NAME} and ${NAME:-default}, exactly as Fluent
// Bit does (src/flb_env.c, flb_env_var_translate): a } before the next ${ ends
// the replacing, and what stands between the last variable and that } is lost.
func (e *environment) expand(value string) string {
	var b strings.Builder
	rest, tail, found := value, "", false
	for {
		begin, end := strings.Index(rest, "${"), strings.IndexByte(rest, '}')
		if begin < 0 || end < 0 {
			if begin >= 0 {
				tail = "" // a ${ without } ends the value
			}
			break
		}
		if end < begin+3 { // before ${, or no name
			tail = rest[end+1:]
			break
		}
		name, other, _ := strings.Cut(rest[begin+2:end], ":-")
		b.WriteString(rest[:begin])
		b.WriteString(cmp.Or(e.get(name), other))
		rest, found = rest[end+1:], true
		tail = rest
	}
	if !found {
		return value
	}
	return b.String() + tail
}

// stopped says whether a variable in the value is not replaced, because a }
// stands before it.
func stopped(value string) bool {
	for {
		begin := strings.Index(value, "${")
		if begin < 0 {
			return false
		}
		end := strings.IndexByte(value, '}')
		if end < begin+3 {
			return true
		}
		value = value[end+1:]
	}
}

// unset returns the names of the variables in a value that are not set and have
// no default.
func (e *environment) unset(value string) (names []string) {
	for {
		_, behind, found := strings.Cut(value, "${")
		name, rest, closed := strings.Cut(behind, "}")
		if !found || !closed {
			return names
		}
		if !strings.Contains(name, ":-") && e.get(name) == "" {
			names = append(names, "${"+name+"}")
		}
		value = rest
	}
}
