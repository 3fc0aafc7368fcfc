package options

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the image has no time zones of its own

	"github.com/k8slog/k8slog/filters/multiline"
)

// The makers below each return the set function of one type of option.

func str(field func(*Config) *string) func(*Config, string) string {
	return func(c *Config, value string) string {
		*field(c) = value
		return ""
	}
}

func oneOf(choices []string, field func(*Config) *string) func(*Config, string) string {
	return func(c *Config, value string) string {
		if !slices.Contains(choices, value) {
			return "is not one of the choices"
		}
		*field(c) = value
		return ""
	}
}

func onOff(field func(*Config) *bool) func(*Config, string) string {
	return func(c *Config, value string) string {
		switch strings.ToLower(value) {
		case "on", "true", "yes": // as Fluent Bit itself takes it
			*field(c) = true
		case "off", "false", "no":
			*field(c) = false
		default:
			return "is neither on nor off"
		}
		return ""
	}
}

func duration(least, most string, field func(*Config) *time.Duration) func(*Config, string) string {
	low, high := must(time.ParseDuration(least)), must(time.ParseDuration(most))
	return func(c *Config, value string) string {
		d, err := time.ParseDuration(value)
		if seconds, e := strconv.ParseUint(value, 10, 32); e == nil {
			// Fluent Bit's own options take a plain number as seconds.
			d, err = time.Duration(seconds)*time.Second, nil
		}
		if err != nil {
			return "is not a duration"
		}
		if d < low || d > high {
			return "is out of range"
		}
		*field(c) = d
		return ""
	}
}

func size(low, high int, field func(*Config) *int) func(*Config, string) string {
	return func(c *Config, value string) string {
		n, ok := parseSize(value)
		if !ok {
			return "is not a size"
		}
		if n < low || n > high {
			return "is out of range"
		}
		*field(c) = n
		return ""
	}
}

func setTextBytes(c *Config, value string) string {
	if value == "auto" {
		c.TextBytes = 0
		return ""
	}
	return size(1<<10, 64<<20, func(c *Config) *int { return &c.TextBytes })(c, value)
}

func number(low, high int, field func(*Config) *int) func(*Config, string) string {
	return func(c *Config, value string) string {
		n, err := strconv.Atoi(value)
		if err != nil {
			return "is not a number"
		}
		if n < low || n > high {
			return "is out of range"
		}
		*field(c) = n
		return ""
	}
}

// parseSize reads bytes: a number with a unit of Fluent Bit (K, KB, M, MB, G,
// GB: powers of 1000) or of IEC (KiB, MiB, GiB: powers of 1024), or none.
func parseSize(s string) (int, bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i < 0 {
		i = len(s)
	}
	n, err := strconv.ParseUint(s[:i], 10, 32)
	if err != nil {
		return 0, false
	}
	unit, ok := map[string]int{
		"": 1, "b": 1,
		"k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
	}[strings.ToLower(strings.TrimSpace(s[i:]))]
	return int(n) * unit, ok
}

func setAddress(c *Config, value string) string {
	if _, port, err := net.SplitHostPort(value); err != nil || port == "" {
		return "is not host:port"
	}
	c.StatusListen = value
	return ""
}

func setTagPrefix(c *Config, value string) string {
	if !strings.HasSuffix(value, ".") {
		return "does not end with a dot"
	}
	c.TagPrefix = value
	return ""
}

func setMultiline(c *Config, value string) string {
	c.Multiline = 0
	switch value {
	case "off":
		return ""
	case "all":
		c.Multiline = 1<<len(multiline.Languages) - 1
		return ""
	}
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		i := slices.Index(multiline.Languages, name)
		if i < 0 {
			return "has the unknown name " + strconv.Quote(name)
		}
		c.Multiline |= 1 << i
	}
	return ""
}

func setTimeZone(c *Config, value string) string {
	zone, err := time.LoadLocation(value)
	if err != nil {
		return "is not a time zone"
	}
	c.TimeZone = zone
	return ""
}

// recordFields are fields of a record of which there can be streams.
var recordFields = []string{
	"cluster", "node", "namespace", "pod", "container", "component", "stream", "severity",
}

// LabelFields are what a label can be made of: these, and the pod's workload.
var LabelFields = slices.Insert(slices.Clone(recordFields), 3, "workload")

func setLabels(c *Config, value string) string {
	c.Labels = nil
	for entry := range strings.SplitSeq(value, ",") {
		name, from, assigned := strings.Cut(strings.TrimSpace(entry), "=")
		l := Label{Name: strings.TrimSpace(name)}
		from = strings.TrimSpace(from)
		if field, ok := strings.CutPrefix(from, "$"); ok {
			l.Field = field
		} else if assigned {
			l.Value = strings.Trim(from, `"`)
		} else {
			l.Field = l.Name
		}
		switch {
		case !isLabelName(l.Name):
			return "has a label without a name of letters, digits and underscores"
		case l.Field != "" && !slices.Contains(LabelFields, l.Field):
			return "has the unknown field " + strconv.Quote(l.Field)
		case l.Field == "" && l.Value == "":
			return "has the label " + l.Name + " without a value"
		case slices.ContainsFunc(c.Labels, func(other Label) bool { return other.Name == l.Name }):
			return "has the label " + l.Name + " twice"
		}
		c.Labels = append(c.Labels, l)
	}
	if len(c.Labels) > 15 {
		return "has more than 15 labels"
	}
	return ""
}

// isLabelName follows Prometheus: [a-zA-Z_][a-zA-Z0-9_]*.
func isLabelName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
