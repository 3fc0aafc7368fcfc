package options

import "testing"

// Settings say where a value is from, and have no secrets.
func TestSettings(t *testing.T) {
	c := &Config{}
	for _, o := range []struct {
		option Option
		value  string
		isSet  bool
		want   Setting
	}{
		{Option{Name: "a"}, "1", true, Setting{Name: "a", Value: "1", IsSet: true}},
		{Option{Name: "b"}, "2", false, Setting{Name: "b", Value: "2"}},
		{Option{Name: "c", Secret: true}, "s", true, Setting{Name: "c", IsSet: true, Secret: true}},
		{Option{Name: "record_headers", Type: "headers"}, "X: s", true, Setting{Name: "record_headers", IsSet: true, Secret: true}},
		{Option{Name: "header_files", Type: "headers"}, "X: /s", true, Setting{Name: "header_files", Value: "X: /s", IsSet: true}},
		{Option{Name: "params", Type: "query"}, "k=s", true, Setting{Name: "params", IsSet: true, Secret: true}},
		{Option{Name: "url", Type: "URL"}, "https://a?k=s", true, Setting{Name: "url", IsSet: true, Secret: true}},
		{Option{Name: "url", Type: "URL"}, "https://a", true, Setting{Name: "url", Value: "https://a", IsSet: true}},
	} {
		c.settings = nil
		c.note(&o.option, o.value, o.isSet)
		if got := c.Settings()[0]; got != o.want {
			t.Errorf("%+v, not %+v", got, o.want)
		}
	}
	common, err := parse(map[string]string{"backend": "stdout", "flush_deadline": "1s"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range common.Settings() {
		if s.Name == "join_wait" && (s.Value != common.JoinWait.String() || s.Adapted != "flush_deadline" || s.IsSet) {
			t.Errorf("%+v", s)
		}
	}
}
