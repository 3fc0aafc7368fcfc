package jsontext

import (
	"strings"
	"testing"
)

func benchmark(b *testing.B, text string, f func(dst, s []byte) []byte) {
	s := []byte(text)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = f(dst[:0], s)
	}
}

var (
	plainText   = strings.Repeat("Adding new service port at 10.59.249.194:3000/TCP ", 4)
	quotedText  = strings.Repeat(`Removing service port "default/monitoring:grafana" `, 4)
	foreignText = strings.Repeat("突然ですが、悩ましいログ。", 6)
	escapedText = strings.Repeat(`GCE config: \u0026{Project:\"blog\"}\n`, 6)
)

func BenchmarkAppendBody(b *testing.B) {
	for name, text := range map[string]string{"plain": plainText, "quotes": quotedText, "multibyte": foreignText} {
		b.Run(name, func(b *testing.B) { benchmark(b, text, AppendBody) })
	}
}

func BenchmarkAppendValidUTF8(b *testing.B) { benchmark(b, foreignText+"\xff", AppendValidUTF8) }

func BenchmarkAppendUnescaped(b *testing.B) { benchmark(b, escapedText, AppendUnescaped) }

func BenchmarkScan(b *testing.B) {
	for name, text := range map[string]string{"plain": plainText, "escaped": escapedText, "multibyte": foreignText} {
		b.Run(name, func(b *testing.B) {
			benchmark(b, text+`"`, func(dst, s []byte) []byte { Scan(s); return dst })
		})
	}
}
