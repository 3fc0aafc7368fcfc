package filters

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestObject(t *testing.T) {
	var o ObjectWriter
	o.Begin([]byte("x"))
	if dst, object := o.End(); string(dst) != "x" || object != nil {
		t.Errorf("no members became %s, %s", dst, object)
	}
	o.Begin([]byte("x"))
	o.Add([]byte("a\"\xff"), PlainText([]byte("1\n")))
	o.Add([]byte("b"), QuotedText([]byte(`\x41`)))
	o.Add([]byte("b"), PlainText([]byte("again")))
	o.Add([]byte("c"), EscapedText([]byte(`\u003c`)))
	if o.Open([]byte("d")) {
		o.Write(PlainText([]byte("1")))
		o.Write(PlainText([]byte("2")))
		o.Close()
	}
	o.Add(nil, PlainText([]byte{}))
	const want = `{"a\"` + "\ufffd" + `":"1\n","b":"A","c":"\u003c","d":"12","":""}`
	if dst, object := o.End(); string(dst) != "x"+want || string(object) != want {
		t.Errorf("got  %s\nwant %s", object, want)
	}
}

func TestObjectIsBounded(t *testing.T) {
	var o ObjectWriter
	o.Begin(nil)
	for i := range 2 * maxMembers {
		o.Add(fmt.Append(nil, i), PlainText([]byte("v")))
	}
	_, object := o.End()
	var got map[string]string
	if err := json.Unmarshal(object, &got); err != nil || len(got) != maxMembers || got["0"] != "v" || got[fmt.Sprint(maxMembers)] != "" {
		t.Errorf("%d members, %v", len(got), err)
	}
}
