// Command k8slog is what goes with the plugin on the command line: see package command.
package main

import (
	"os"

	"github.com/k8slog/k8slog/command"
)

func main() { os.Exit(command.Main(os.Args[1:])) }
