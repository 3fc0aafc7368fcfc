package multiline

import "testing"

// Every start of a program compiles the tables.
func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		compile(tables...)
	}
}
