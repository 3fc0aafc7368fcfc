# k8slog: the Fluent Bit output plugin and all that tests it. `make help` lists
# the targets.

GO      ?= go
CC      ?= cc
MVN     ?= mvn
JAVAC   ?= javac
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

# The resolver and the user database in pure Go: those of the C library want
# more stack than Fluent Bit's threads have.
TAGS    := netgo,osusergo
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
STAMP   := -X github.com/k8slog/k8slog/internal/version.Version=$(VERSION) -X github.com/k8slog/k8slog/internal/version.revision=$(REVISION)
SO      := build/out_k8slog.so
HOST    := build/test-host
VLOGS   := build/victoria-logs
VERSITY := build/versitygw
COLLECTOR := build/collector
OPENSEARCH := build/opensearch
KAFKA   := build/kafka
HELM    := build/helm
SOURCES := $(shell find . -name '*.go' -not -path './test/*' -not -name '*_test.go') go.mod go.sum

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

.PHONY: build
build: $(SO) build/k8slog ## build build/out_k8slog.so, the plugin, and build/k8slog, the command

$(SO): $(SOURCES)
	@echo "building $@ (the first time takes a minute)"
	@mkdir -p build
	$(GO) build -buildmode=c-shared -trimpath -tags $(TAGS) -ldflags "-s -w $(STAMP)" -o $@ .

build/k8slog: $(SOURCES)
	@mkdir -p build
	CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -ldflags "-s -w $(STAMP)" -o $@ ./cmd/k8slog

# The architecture that cross is for, and the C compilers of Debian for the one that
# this machine does not have.
ARCH      ?= $(shell $(GO) env GOARCH)
CC_amd64  ?= x86_64-linux-gnu-gcc
CC_arm64  ?= aarch64-linux-gnu-gcc

.PHONY: cross
cross: build/$(ARCH)/out_k8slog.so build/$(ARCH)/k8slog ## build both for ARCH=amd64 or arm64, in build/ARCH

build/%/out_k8slog.so: $(SOURCES)
	@mkdir -p $(@D)
	GOARCH=$* CGO_ENABLED=1 CC=$(if $(filter $*,$(shell $(GO) env GOARCH)),$(CC),$(CC_$*)) \
		$(GO) build -buildmode=c-shared -trimpath -tags $(TAGS) -ldflags "-s -w $(STAMP)" -o $@ .

build/%/k8slog: $(SOURCES)
	@mkdir -p $(@D)
	GOARCH=$* CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -ldflags "-s -w $(STAMP)" -o $@ ./cmd/k8slog

# The command of the image, for PLUGIN, the path of the plugin there.
PLUGIN ?= /fluent-bit/plugins/out_k8slog.so
build/%/launcher: cmd/launcher/main.c
	@mkdir -p $(@D)
	$(if $(filter $*,$(shell $(GO) env GOARCH)),$(CC),$(CC_$*)) -O2 -Wall -Wextra -s '-DPLUGIN="$(PLUGIN)"' -o $@ $< -ldl

HOST_C := $(wildcard test/host/*.c)
$(HOST): $(HOST_C) test/host/host.h
	@echo "building $@"
	@mkdir -p build
	$(CC) -std=gnu11 -O2 -Wall -Wextra -pthread -rdynamic -o $@ $(HOST_C) -ldl

build/arm64/test-host: $(HOST_C) test/host/host.h
	@mkdir -p $(@D)
	$(CC_arm64) -std=gnu11 -O2 -pthread -rdynamic -o $@ $(HOST_C) -ldl

.PHONY: demo
demo: build $(HOST) ## show the main job on a sample node (PAGE=127.0.0.1:2021: and the status page, until Ctrl-C)
	@$(GO) run ./test/demo $(if $(PAGE),-page $(PAGE))

.PHONY: test
test: $(SO) $(HOST) build/k8slog ## run all tests: unit, race detector, end-to-end
	$(GO) test -race -parallel 8 -timeout 20m $$($(GO) list ./... | grep -v -e /test/e2e -e /test/faults)
	@# Verbose, because each test says which agent it ran in.
	$(GO) test -race -parallel 8 -timeout 20m -v ./test/e2e

.PHONY: test-faults
test-faults: $(SO) $(HOST) build/k8slog ## outages, kills and stops, while lines are written (minutes; FAULTS=-short: over one protocol)
	$(GO) test -count=1 -timeout 15m -parallel 8 -v $(FAULTS) ./test/faults

SOAK ?= 1h
.PHONY: soak
soak: $(SO) $(HOST) ## random faults and kills for an hour (SOAK=10m), and figures
	$(GO) test -count=1 -timeout 0 -v -run TestSoak ./test/faults -soak $(SOAK)

.PHONY: soak-partition
soak-partition: $(SO) $(HOST) ## one refused stream, then one refused index, for an hour each (SOAK=10m), and figures
	$(GO) test -count=1 -timeout 0 -v -run TestSoakPartition ./test/faults -soak-partition $(SOAK)

$(VLOGS): test/victorialogs/go.mod test/victorialogs/go.sum
	@echo "building $@ (the first time takes two minutes)"
	@mkdir -p build
	cd test/victorialogs && $(GO) build -o ../../$@ github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs

.PHONY: test-victorialogs
test-victorialogs: $(SO) $(HOST) $(VLOGS) ## end-to-end against a real VictoriaLogs: its protocol, Loki's and OTLP
	$(GO) test -count=1 -parallel 8 -v -run '^TestServer' ./test/e2e -victorialogs $(CURDIR)/$(VLOGS)

$(VERSITY): test/versitygw/go.mod test/versitygw/go.sum
	@echo "building $@ (the first time takes two minutes)"
	@mkdir -p build
	cd test/versitygw && $(GO) build -trimpath -ldflags "-s -w" -o ../../$@ github.com/versity/versitygw/cmd/versitygw

.PHONY: test-s3
test-s3: $(SO) $(HOST) $(VERSITY) ## end-to-end against a real S3 server, with kills of it and of the agent
	$(GO) test -count=1 -parallel 2 -v -run '^TestServerS3' ./test/e2e -versitygw $(CURDIR)/$(VERSITY)

$(COLLECTOR): $(wildcard test/collector/*.go) test/collector/go.mod test/collector/go.sum
	@echo "building $@ (the first time takes two minutes)"
	@mkdir -p build
	cd test/collector && $(GO) build -trimpath -ldflags "-s -w" -o ../../$@ .

.PHONY: test-collector
test-collector: $(SO) $(HOST) $(COLLECTOR) ## end-to-end against a real OpenTelemetry Collector, over HTTP and gRPC, with kills of it
	$(GO) test -count=1 -parallel 2 -v -run '^TestServerCollector' ./test/e2e -collector $(CURDIR)/$(COLLECTOR)

$(OPENSEARCH)/classes/Server.class: test/opensearch/pom.xml test/opensearch/Server.java
	@echo "building $(OPENSEARCH) (the first time its parts are fetched)"
	@rm -rf $(OPENSEARCH)
	$(MVN) -q -B -f test/opensearch/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(OPENSEARCH)/lib
	$(JAVAC) -cp '$(OPENSEARCH)/lib/*' -d $(OPENSEARCH)/classes test/opensearch/Server.java

.PHONY: test-opensearch
test-opensearch: $(SO) $(HOST) $(OPENSEARCH)/classes/Server.class ## end-to-end against a real OpenSearch; needs Java 17 and Maven
	$(GO) test -count=1 -parallel 2 -v -run '^TestServerOpenSearch' ./test/e2e -opensearch $(CURDIR)/$(OPENSEARCH)

$(KAFKA)/fetched: test/kafka/pom.xml
	@echo "fetching Kafka into $(KAFKA)"
	@rm -rf $(KAFKA)
	$(MVN) -q -B -f test/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(KAFKA)/lib
	@touch $@

.PHONY: test-kafka
test-kafka: $(SO) $(HOST) $(KAFKA)/fetched ## end-to-end against a real Kafka, with kills of it; needs Java 17 and Maven
	$(GO) test -count=1 -parallel 2 -v -run '^TestServerKafka' ./test/e2e -kafka $(CURDIR)/$(KAFKA)

# The servers one after the other. What a machine cannot have is named, and the rest is
# tested. With SERVERS=all that is an error.
.PHONY: test-servers
test-servers: $(SO) $(HOST) ## end-to-end against every real server, each killed in between (SERVERS=all: fail when one cannot be had)
	@MAKE="$(MAKE)" GO="$(GO)" MVN="$(MVN)" JAVAC="$(JAVAC)" test/servers.sh $(SERVERS)

.PHONY: test-node
test-node: $(SO) build/k8slog ## a real node: Docker and containerd write and rotate the files (root; apt-get install docker.io containerd runc)
	cd test/node && $(GO) vet ./... && $(GO) test -count=1 -timeout 10m -v ./...

STORM ?= -storm 10m -containers 20 -size 4000000 -speed 60000
.PHONY: storm
storm: $(SO) build/k8slog ## rotations faster than tail, while the agent is killed at random for 10 minutes (STORM=-seed 2)
	cd test/node && $(GO) test -count=1 -timeout 0 -v -run TestStorm . $(STORM)

IMAGE       ?= k8slog
TAG         ?= $(VERSION)
DOCKER      ?= docker
# Arguments of docker build, as in IMAGE_FLAGS='--build-arg FLUENT_BIT_IMAGE=fluent/fluent-bit:4.2.8'.
IMAGE_FLAGS ?=
.PHONY: image
image: ## build the image $(IMAGE):$(TAG) (IMAGE=registry.example.com/k8slog TAG=0.1.0)
	$(DOCKER) build $(IMAGE_FLAGS) --build-arg VERSION=$(VERSION) --build-arg REVISION=$(shell git rev-parse HEAD 2>/dev/null) -t $(IMAGE):$(TAG) .

.PHONY: test-image
test-image: build/arm64/out_k8slog.so build/arm64/test-host ## build the image on stand-ins, and run it and the sidecars as the manifests do; load the plugin for arm64 (root; apt-get install docker.io mmdebstrap busybox-static gcc-aarch64-linux-gnu qemu-user-static)
	$(GO) test -count=1 -timeout 60m -v ./test/image -docker $(CURDIR)/build/_docker -arm64 $(CURDIR)/build/arm64

$(HELM): test/helm/go.mod test/helm/go.sum
	@echo "building $@ (the first time takes some minutes)"
	@mkdir -p build
	cd test/helm && $(GO) build -trimpath -ldflags "-s -w" -o ../../$@ helm.sh/helm/v4/cmd/helm

build/strict: $(wildcard test/helm/strict/*.go) test/helm/go.mod test/helm/go.sum
	cd test/helm && $(GO) build -trimpath -ldflags "-s -w" -o ../../$@ ./strict

.PHONY: test-chart
test-chart: $(SO) build/k8slog $(HELM) build/strict ## the Helm chart: its values, the generated manifests, and its configurations in a real Fluent Bit (TEST_KUBECONFIG=file: install it as well)
	$(GO) test -count=1 -v ./test/chart -helm $(CURDIR)/$(HELM) -strict $(CURDIR)/build/strict $(if $(TEST_KUBECONFIG),-kubeconfig $(TEST_KUBECONFIG))

.PHONY: manifests
manifests: $(HELM) ## write what is generated from the chart and for it: deploy/*.yaml, deploy/helm/k8slog/files
	$(GO) test -count=1 ./test/chart -helm $(CURDIR)/$(HELM) -run TestGeneratedManifests -update

CLUSTER := build/cluster
$(CLUSTER)/built: $(wildcard test/cluster/*/go.mod) $(HELM)
	@echo "building etcd and Kubernetes (the first time takes a quarter of an hour)"
	@mkdir -p $(CLUSTER)
	cd test/cluster/etcd && CGO_ENABLED=0 $(GO) build -p 1 -trimpath -o ../../../$(CLUSTER)/etcd go.etcd.io/etcd/server/v3
	cp $(HELM) $(CLUSTER)/helm
	cd test/cluster/kubernetes && CGO_ENABLED=0 $(GO) build -p 1 -trimpath -o ../../../$(CLUSTER)/ tool
	@touch $@

.PHONY: test-cluster
test-cluster: $(SO) build/k8slog $(CLUSTER)/built ## a whole Kubernetes cluster on this machine, which compares each line and identity (root; apt-get install containerd runc containernetworking-plugins iproute2)
	cd test/cluster && $(GO) vet ./... && $(GO) test -count=1 -timeout 20m -v ./...

.PHONY: test-page
test-page: $(VLOGS) ## the status page, and records in VictoriaLogs' own, in a real Chromium; screenshots in build/screenshots (apt-get install chromium)
	@mkdir -p build/screenshots
	cd test/page && $(GO) vet ./... && $(GO) test -count=1 -v ./... -screenshots $(CURDIR)/build/screenshots -victorialogs $(CURDIR)/$(VLOGS)

.PHONY: test-monitoring
test-monitoring: ## metrics, alert rules and dashboard in a real Prometheus (apt-get install prometheus)
	$(GO) test -count=1 -v ./test/monitoring

.PHONY: bench
bench: $(SO) ## benchmarks of each stage, and of whole processes where Fluent Bit is
	$(GO) test -run '^$$' -bench . -benchmem ./internal/... ./filters/... ./plugin/...
	for b in http elasticsearch loki otlp; do for c in none gzip; do \
		$(GO) run ./test/bench -case throughput -backend $$b -compression $$c -records 400000 || exit 1; done; done
	$(GO) run ./test/bench -case node

VLAGENT := build/vlagent
OTELCOL := build/otelcol

$(VLAGENT): test/peers/go.mod test/peers/go.sum
	@echo "building $@ (the first time takes two minutes)"
	@mkdir -p build
	cd test/peers && CGO_ENABLED=1 $(GO) build -p 1 -trimpath -ldflags "-s -w" -o ../../$@ github.com/VictoriaMetrics/VictoriaLogs/app/vlagent

$(OTELCOL): test/peers/otelcol/main.go test/peers/go.mod test/peers/go.sum
	@echo "building $@ (the first time takes five minutes)"
	@mkdir -p build
	cd test/peers && $(GO) build -p 1 -trimpath -ldflags "-s -w" -o ../../$@ ./otelcol

PEERS ?=
.PHONY: bench-peers
bench-peers: $(SO) $(VLAGENT) $(OTELCOL) ## against the collectors that users would pick instead, in a few minutes (PEERS="-full -write docs": the tables and the plot of docs/performance.md)
	$(GO) run ./test/peerbench $(PEERS)

DIST ?= dist
.PHONY: release
release: ## VERSION=0.1.0: write a release to dist/: plugin and command for amd64 and arm64, chart, SBOM, checksums; the image where Docker is (apt-get install gcc-aarch64-linux-gnu)
	@test "$(origin VERSION)" = "command line" || { echo "release: name the version: make release VERSION=0.1.0"; exit 2; }
	deploy/release/release.sh '$(VERSION)' '$(DIST)'

.PHONY: test-release
test-release: ## build a release twice, in two folders, and compare and inspect it (minutes; COLD=-cold: with empty caches); lint the workflows
	cd deploy/release && $(GO) vet ./... && $(GO) test -count=1 -timeout 60m -v ./... $(COLD)

.PHONY: lint
lint: ## vet, format and static analysis
	@go=$$(find . -path ./build -prune -o -name "*.go" -print); test -z "$$(gofmt -l $$go)" || { gofmt -d $$go; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod verify
	@# A module that replaces this one gets its requirements.
	@for mod in $$(grep -l "=> \.\./\.\." test/*/go.mod); do echo "$(GO) mod tidy -diff in $${mod%/go.mod}"; (cd "$${mod%/go.mod}" && $(GO) mod tidy -diff) || exit 1; done

.PHONY: docs
docs: ## write what is generated: docs/options.md, docs/sources.md
	$(GO) test ./plugin -run 'TestGeneratedDocuments|TestGoldenRecords' -update

.PHONY: clean
clean: ## remove build/
	rm -rf build
