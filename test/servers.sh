#!/usr/bin/env bash
# Tests against each real server, one after the other. A server that cannot be had on this
# machine is named at the end; with the argument all, that is an error. What is fetched and
# built stays in build/.
set -uo pipefail
cd "$(dirname "$0")/.."
build=$PWD/build
failed=() missing=() begun=$SECONDS

# have NAME FILE NEEDS… makes a server, or notes why not. NEEDS are programs.
have() {
	local name=$1 file=$2 need
	shift 2
	for need in "$@"; do
		if ! command -v "$need" >/dev/null; then
			missing+=("$name: this machine has no $need")
			return 1
		fi
	done
	if ! "${MAKE:-make}" --no-print-directory "build/$file" >"$build/$name.log" 2>&1; then
		missing+=("$name: cannot be fetched or built, see build/$name.log: $(tail -n 1 "$build/$name.log")")
		return 1
	fi
}

# tests NAME PATTERN FLAG… runs the tests of a server.
tests() {
	local name=$1 pattern=$2 at=$SECONDS
	shift 2
	echo "== $name"
	"${GO:-go}" test -count=1 -timeout 15m -parallel 3 -v -run "$pattern" ./test/e2e "$@" || failed+=("$name")
	echo "== $name: $((SECONDS - at)) s"
}

if have victorialogs victoria-logs; then
	tests victorialogs '^TestServer(VictoriaLogsKilled|JSONLines|Loki|OTLP|OtherProtocols|TenantRefused)' -victorialogs "$build/victoria-logs"
fi
if have collector collector; then
	tests collector '^TestServerCollector' -collector "$build/collector"
fi
if have s3 versitygw; then
	tests s3 '^TestServerS3' -versitygw "$build/versitygw"
fi
if have kafka kafka/fetched java "${MVN:-mvn}"; then
	tests kafka '^TestServerKafka' -kafka "$build/kafka"
fi
if have opensearch opensearch/classes/Server.class java "${MVN:-mvn}" "${JAVAC:-javac}"; then
	tests opensearch '^TestServerOpenSearch' -opensearch "$build/opensearch"
fi
if command -v rsyslogd >/dev/null; then
	tests rsyslog '^TestServerSyslog'
else
	missing+=("rsyslog: this machine has no rsyslogd (apt-get install rsyslog)")
fi
if command -v "${FLUENT_BIT:-fluent-bit}" >/dev/null || [ -x /opt/fluent-bit/bin/fluent-bit ]; then
	tests fluent-bit '^Test(ServerFluentBit|FluentBitReceives)'
else
	missing+=("fluent-bit: this machine has no Fluent Bit (\$FLUENT_BIT, PATH, /opt/fluent-bit/bin)")
fi

echo "== all: $((SECONDS - begun)) s"
for m in "${missing[@]}"; do
	echo "== not tested: $m" >&2
done
if [ ${#failed[@]} -gt 0 ]; then
	echo "== failed: ${failed[*]}" >&2
	exit 1
fi
if [ "${1:-}" = all ] && [ ${#missing[@]} -gt 0 ]; then
	exit 1
fi
