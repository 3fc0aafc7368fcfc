// Package version says which build this is.
package version

import "runtime/debug"

// Version and the revision are set by the linker: -X …/internal/version.Version=1.2.3.
var (
	// Version is that of the release, or what git describes; devel where nobody has set it.
	Version  = "devel"
	revision string
)

// Revision returns the commit in git, or "unknown".
func Revision() string {
	if revision != "" {
		return revision
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
