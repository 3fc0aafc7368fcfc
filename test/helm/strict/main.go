// Command strict reads manifests from its standard input as a strict API server does:
// an unknown or doubled field, or a value of the wrong type, is an error. Kinds that
// are not Kubernetes' own are not read.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	if err := read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(r io.Reader) (all error) {
	codec := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, json.SerializerOptions{Yaml: true, Strict: true})
	for documents := yaml.NewYAMLReader(bufio.NewReader(r)); ; {
		text, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			return err
		}
		_, kind, err := codec.Decode(text, nil, nil)
		switch {
		case runtime.IsMissingKind(err): // comments only
		case runtime.IsNotRegisteredError(err):
			fmt.Println("not read:", kind)
		case err != nil:
			all = errors.Join(all, fmt.Errorf("%v: %w", kind, err))
		default:
			fmt.Println("read:", kind)
		}
	}
}
