package status

import (
	"reflect"
	"strings"

	"github.com/k8slog/k8slog/internal/oneline"
)

// maxText is the length in bytes above which a text is cut.
const maxText = 1000

// Clean makes every text of a snapshot one line of visible characters (see oneline.Visible),
// and shortens long ones. Names come from files, answers from servers, samples from logs: any
// of them may try to drive a terminal, or to turn the direction of what is beside it.
func (s *Snapshot) Clean() { clean(reflect.ValueOf(s).Elem()) }

func clean(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(cleanText(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			clean(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			clean(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Field(i).CanSet() {
				clean(v.Field(i))
			}
		}
	case reflect.Map: // Container.Severities
		if counts, ok := v.Interface().(map[string]int64); ok {
			for name, n := range counts {
				delete(counts, name)
				counts[cleanText(name)] = n
			}
		}
	}
}

func cleanText(text string) string {
	text = oneline.Visible(text)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}
