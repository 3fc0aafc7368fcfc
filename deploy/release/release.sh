#!/bin/sh
# Builds a release: release.sh VERSION [FOLDER]. "make release" runs it.
#
# The files have the same bytes, whoever builds them where, with the same compilers: their
# times are that of the commit (SOURCE_DATE_EPOCH), and no path is in them.
#
#   IMAGE   the repository of the image that the chart names; by default that of values.yaml
set -eu

version=${1#v}
dist=${2:-dist}
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/deploy/release
case $version in
*[!0-9A-Za-z.+-]* | [!0-9]* | '') echo "release: $1 is no version: write 1.2.3 or 1.2.3-rc.1" >&2; exit 2 ;;
[0-9]*.[0-9]*.[0-9]*) ;;
*) echo "release: $1 is no version: write 1.2.3 or 1.2.3-rc.1" >&2; exit 2 ;;
esac
cd "$root"
revision=${REVISION:-$(git rev-parse HEAD)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
# What git says of the folder is not in the build: the revision is, as it is named here.
export GOFLAGS="-buildvcs=false ${GOFLAGS:-}"
export LC_ALL=C TZ=UTC

mkdir -p "$dist"
dist=$(cd "$dist" && pwd)
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

# archive FOLDER FILE makes FILE of FOLDER in the staging area.
archive() {
	find "$staging/$1" -type d -exec chmod 755 {} + -o -type f -perm -u+x -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
	tar -C "$staging" --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
		--owner=0 --group=0 --numeric-owner -cf - "$1" | gzip -9n >"$dist/$2"
	echo "$dist/$2"
}

# licences writes the licences of all modules that are linked with the plugin.
licences() {
	go list -deps -tags netgo,osusergo -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' . | sort -u |
		while read -r path release dir; do
			found=
			for file in "$dir"/LICENSE* "$dir"/LICENCE* "$dir"/COPYING* "$dir"/NOTICE*; do
				[ -f "$file" ] || continue
				found=yes
				printf '==== %s %s: %s\n\n' "$path" "$release" "$(basename "$file")"
				cat "$file"
				printf '\n'
			done
			[ -n "$found" ] || { echo "release: the module $path has no licence" >&2; return 1; }
		done
	printf '==== Go: LICENSE\n\n'
	cat "$(go env GOROOT)/LICENSE"
}

for arch in amd64 arm64; do
	# -B, because make knows the age of the sources and not the version.
	make -sB "build/$arch/out_k8slog.so" "build/$arch/k8slog" VERSION="$version" REVISION="$revision"
	name=k8slog-$version-linux-$arch
	mkdir "$staging/$name"
	cp "build/$arch/out_k8slog.so" "build/$arch/k8slog" LICENSE "$staging/$name"
	cp -r conf "$staging/$name/conf"
	licences >"$staging/$name/THIRD-PARTY-LICENSES.txt"
	archive "$name" "$name.tar.gz"
	# All modules are in the module cache by now. Without a proxy, the tool does not ask for
	# the module of k8slog itself, of which it says that it cannot find the licence.
	# Its own checksum is in what it writes, so it is built in the same way everywhere.
	(cd "$here" && go build -trimpath -o "$staging/cyclonedx-gomod" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod)
	GOPROXY=off "$staging/cyclonedx-gomod" bin -json -noserial -notimestamp -std -licenses -version "v$version" \
		-output "$dist/$name.cdx.json" "$root/build/$arch/out_k8slog.so" 2>"$staging/sbom.log" ||
		{ cat "$staging/sbom.log" >&2; exit 1; }
	echo "$dist/$name.cdx.json"
done

# The archive of the chart is what "helm package" makes, but for the times in it.
mkdir "$staging/k8slog"
cp -r deploy/helm/k8slog/. "$staging/k8slog"
rm -rf "$staging/k8slog/ci"
sed -i "s|^version: .*|version: $version|; s|^appVersion: .*|appVersion: \"$version\"|" "$staging/k8slog/Chart.yaml"
if [ -n "${IMAGE:-}" ]; then
	sed -i "s|^  repository: k8slog\$|  repository: $IMAGE|" "$staging/k8slog/values.yaml"
fi
archive k8slog "k8slog-$version.tgz"

(cd "$dist" && sha256sum "k8slog-$version.tgz" "k8slog-$version"-linux-* >SHA256SUMS)
echo "$dist/SHA256SUMS"

docker=${DOCKER:-docker}
if $docker info >/dev/null 2>&1; then
	make image VERSION="$version" REVISION="$revision" IMAGE="${IMAGE:-k8slog}" TAG="$version"
	echo "image ${IMAGE:-k8slog}:$version, for this machine's architecture"
else
	echo "no image was built: $docker does not answer" >&2
fi
