package options

import (
	"slices"
	"strconv"
	"strings"
)

// victoriaLogsOptions are for the backend victorialogs only.
var victoriaLogsOptions = []Option{
	{
		Name: "stream_fields", Type: "names", Default: "cluster,namespace,pod,container,component,stream", Example: "cluster, namespace, container",
		Backends: []string{VictoriaLogs},
		Range:    "names separated by commas, of " + strings.Join(recordFields, ", "),
		Doc:      "The fields of VictoriaLogs' streams. Keep them few: every combination of values is a stream; but keep pod and container, because VictoriaLogs drops records of streams whose fields have too many names, which is counted for each container. No field of a text can be one.",
		set:      setStreamFields,
	},
}

func setStreamFields(c *Config, value string) string {
	c.StreamFields = nil
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		switch {
		case !slices.Contains(recordFields, name):
			return "has the unknown field " + strconv.Quote(name)
		case slices.Contains(c.StreamFields, name):
			return "has the field " + name + " twice"
		}
		c.StreamFields = append(c.StreamFields, name)
	}
	return ""
}

// isTenantNumber says whether a template is a tenant of VictoriaLogs, whatever
// the source. Names of Kubernetes, which may be digits by chance, make none.
func isTenantNumber(t Template) bool {
	account, project, both := strings.Cut(t.text, ":")
	isNumber := func(s string) bool {
		_, err := strconv.ParseUint(s, 10, 32)
		return err == nil
	}
	return isNumber(account) && (!both || isNumber(project))
}
