#!/usr/bin/env bash
# Makes what the test of the image builds on, where there is no image registry: root
# file systems of Debian 12 that stand in for the images of Go and of Fluent Bit, with
# this machine's Go and Fluent Bit, and one with busybox. Each is made once.
#   standins.sh FOLDER FLUENT_BIT
set -euo pipefail
folder=$1 fluent_bit=$2
mkdir -p "$folder"

# make NAME PACKAGES: a root file system of Debian in NAME.part.
debian() {
  rm -rf "$folder/$1.part" # of a run that was interrupted
  mmdebstrap --quiet --format=tar --variant=minbase --include="$2" bookworm "$folder/$1.part"
}

if [ ! -e "$folder/go.tar" ]; then
  debian go.tar gcc,libc6-dev,make,gcc-aarch64-linux-gnu,libc6-dev-arm64-cross
  # The certificates are this machine's, as it may reach the module proxy by another.
  tar --transform 's,^\(etc/ssl\),./\1,' -rhf "$folder/go.tar.part" -C / etc/ssl/certs/ca-certificates.crt
  tar --transform "s,^${GOROOT#/},usr/local/go," -rf "$folder/go.tar.part" -C / "${GOROOT#/}"
  mv "$folder/go.tar.part" "$folder/go.tar"
fi
if [ ! -e "$folder/fluent-bit.tar" ]; then
  debian fluent-bit.tar ca-certificates,libsqlite3-0,libssl3,libyaml-0-2,libsystemd0,libstdc++6
  tar --transform "s,^${fluent_bit#/},fluent-bit/bin/fluent-bit," -rhf "$folder/fluent-bit.tar.part" -C / "${fluent_bit#/}"
  mv "$folder/fluent-bit.tar.part" "$folder/fluent-bit.tar"
fi
if [ ! -e "$folder/busybox.tar" ]; then
  root=$(mktemp -d)
  mkdir -p "$root/bin"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in sh sleep tail cat mv; do ln -s busybox "$root/bin/$applet"; done
  tar -cf "$folder/busybox.tar" -C "$root" .
  rm -rf "$root"
fi
