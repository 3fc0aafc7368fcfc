#!/bin/sh
# Prints what CHANGELOG.md says of a version, without its heading: notes.sh VERSION.
set -eu

notes=$(awk -v heading="## [${1#v}]" '
	index($0, "## ") == 1 { found = index($0, heading) == 1; next }
	found
' "$(dirname "$0")/../../CHANGELOG.md")
if [ -z "$notes" ]; then
	echo "release: CHANGELOG.md has no section ## [${1#v}]" >&2
	exit 1
fi
printf '%s\n' "$notes"
