package options

import (
	"reflect"
	"strings"
	"testing"
)

func TestSwitches(t *testing.T) {
	for value, want := range map[string]bool{"": false, "on": true, "On": true, "true": true, "yes": true, "off": false, "FALSE": false, "no": false} {
		c, err := parse(map[string]string{"backend": "stdout", "merge_log": value, "strip_ansi": value})
		if err != nil || c.MergeLog != want || c.StripANSI != want {
			t.Errorf("%q: %v, %v", value, c, err)
		}
	}
	_, err := parse(map[string]string{"backend": "stdout", "merge_log": "maybe"})
	if want := `option merge_log: "maybe" is neither on nor off; allowed: on, off`; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestMergeLogKey(t *testing.T) {
	for _, key := range []string{"log_processed", "app", "App-Log2", "_x", "severityText", "fields", "pods"} {
		if c, err := parse(map[string]string{"backend": "stdout", "merge_log_key": key}); err != nil || c.MergeLogKey != key {
			t.Errorf("%q: %v", key, err)
		}
	}
	if c, err := parse(map[string]string{"backend": "stdout"}); err != nil || c.MergeLogKey != "log_processed" {
		t.Errorf("the default: %v", err)
	}
	const allowed = "; allowed: letters, digits, _ and -, and no name that the plugin writes itself (docs/sources.md)"
	bad := map[string]string{
		"a.b": "is not made of letters, digits, _ and -", "a b": "is not made of letters, digits, _ and -", `a"b`: "is not made of letters, digits, _ and -",
		"é": "is not made of letters, digits, _ and -", "\u017feverity": "is not made of letters, digits, _ and -",
		"field_x": "begins like names that are taken", "Field-x": "begins like names that are taken", "__x": "begins like names that are taken", "--x": "begins like names that are taken",
		"Scope": "is a name that the plugin writes itself", "small-name": "is a name that the plugin writes itself", "RESOURCE": "is a name that the plugin writes itself",
	}
	for _, key := range ownFields {
		bad[key] = "is a name that the plugin writes itself"
	}
	for key, problem := range bad {
		_, err := parse(map[string]string{"backend": "stdout", "merge_log_key": key})
		if err == nil || !strings.HasSuffix(err.Error(), problem+allowed) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestTimeKeys(t *testing.T) {
	for value, want := range map[string][]string{
		"": nil, "ts": {"ts"}, " ts , time,@timestamp ": {"ts", "time", "@timestamp"}, "a b": {"a b"},
	} {
		if c, err := parse(map[string]string{"backend": "stdout", "time_keys": value}); err != nil || !reflect.DeepEqual(c.TimeKeys, want) {
			t.Errorf("%q: %v, %v", value, c, err)
		}
	}
	for value, problem := range map[string]string{
		"ts,": "has an empty name", ",": "has an empty name", "a,,b": "has an empty name", strings.Repeat("a,", 16) + "a": "has more than 16 names",
	} {
		_, err := parse(map[string]string{"backend": "stdout", "time_keys": value})
		if err == nil || !strings.HasSuffix(err.Error(), problem+"; allowed: names separated by commas, best first") {
			t.Errorf("%q: %v", value, err)
		}
	}
}
