package kubeapi

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadList(t *testing.T) {
	for _, test := range []struct {
		text, version string
		names         string
		fails         bool
	}{
		{`{"kind":"PodList","metadata":{"resourceVersion":"7","remainingItemCount":null},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b","labels":null}}]}`, "7", "a b ", false},
		{`{"items":null,"metadata":{"resourceVersion":"7"}}`, "7", "", false},
		{`{"items":[],"metadata":{"resourceVersion":"7"},"more":[{"a":[1]}]}`, "7", "", false},
		{`{"metadata":{},"items":[]}`, "", "", true},
		{`{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"}}`, "", "", true},
		{`{"metadata":{"resourceVersion":"7"},"items":{}}`, "", "", true},
		{`[]`, "", "", true}, {``, "", "", true}, {`<html>`, "", "", true},
		{`{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"` + strings.Repeat("x", 3*maxObject) + `"}}]}`, "", "", true},
	} {
		all, version, err := readList(strings.NewReader(test.text))
		names := ""
		for _, o := range all {
			names += o.Metadata.Name + " "
		}
		if version != test.version || names != test.names || (err != nil) != test.fails {
			t.Errorf("%.80s: %q, %.80q, %v", test.text, version, names, err)
		}
	}
	// Each object may be large, and all of them larger.
	large := fmt.Sprintf(`{"metadata":{"name":"%s"}}`, strings.Repeat("x", 3<<20))
	if all, _, err := readList(strings.NewReader(`{"metadata":{"resourceVersion":"7"},"items":[` + strings.Repeat(large+",", 9) + large + `]}`)); err != nil || len(all) != 10 {
		t.Error(len(all), err)
	}
}

func FuzzReadList(f *testing.F) {
	f.Add(`{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a","ownerReferences":[{"controller":true}]}}]}`)
	f.Add(`{"items":[null,{}],"metadata":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		all, version, err := readList(strings.NewReader(text))
		if err == nil && version == "" {
			t.Error("a list without a version")
		}
		for _, o := range all {
			o.Metadata.Controller()
		}
	})
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"a\r\n b\tc\x00d": "a b c d", "with s3cret in it": "with … in it", "": "",
		"\u009b31mred\u202e s3\u200bcret": "31mred …", strings.Repeat("ü", 400): strings.Repeat("ü", 150) + "…",
	} {
		if got := oneLine(text, "s3cret"); got != want {
			t.Errorf("%q", got)
		}
	}
}
