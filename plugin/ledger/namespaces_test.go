package ledger

import (
	"fmt"
	"testing"
)

func TestManyNamespacesAreBounded(t *testing.T) {
	var a Namespaces
	for n := range 3 * maxNamespaces {
		a.Of(fmt.Sprint(n))
	}
	n := 0
	a.each(func(*Namespace) { n++ })
	if n != maxNamespaces+1 || a.Of("another").Name != otherNamespaces || a.Of("7").Name != "7" {
		t.Errorf("%d namespaces", n)
	}
}
