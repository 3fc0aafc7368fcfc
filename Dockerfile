# A Fluent Bit with k8slog inside, configured as a node logging agent.
# Build: make image, or docker build -t k8slog .

# Debian 12, though Fluent Bit's image is on 13: what is built against its older
# glibc loads in the images of Fluent Bit 3 and 4 as well.
ARG BUILD_IMAGE=golang:1.26-bookworm
ARG FLUENT_BIT_IMAGE=fluent/fluent-bit:5.1.1

# The build runs on the machine that builds, and compiles for the platform of the
# image (docker buildx build --platform linux/amd64,linux/arm64). Docker's former
# builder does not know the variable.
FROM --platform=${BUILDPLATFORM:-linux/amd64} ${BUILD_IMAGE} AS build
ARG GOPROXY
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
ARG TARGETARCH
RUN case "$(go env GOARCH) ${TARGETARCH:-$(go env GOARCH)}" in \
      "amd64 arm64") tools="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;; \
      "arm64 amd64") tools="gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;; \
      *) exit 0 ;; \
    esac; apt-get update && apt-get install -y --no-install-recommends $tools
COPY . .
ARG VERSION=devel
ARG REVISION
ARG PLUGIN=/fluent-bit/plugins/out_k8slog.so
RUN arch="${TARGETARCH:-$(go env GOARCH)}" \
    && make build/"$arch"/out_k8slog.so build/"$arch"/launcher VERSION="${VERSION}" REVISION="${REVISION}" PLUGIN="${PLUGIN}" \
    && mv build/"$arch" build/image
RUN find conf -type f -exec sed -i "s|/fluent-bit/plugins/out_k8slog.so|${PLUGIN}|" {} +

FROM ${FLUENT_BIT_IMAGE}
ARG PLUGIN=/fluent-bit/plugins/out_k8slog.so
COPY --from=build /src/build/image/out_k8slog.so ${PLUGIN}
COPY --from=build /src/build/image/launcher /usr/local/bin/k8slog
COPY --from=build /src/conf/ /fluent-bit/etc/
# What conf/sidecar.yaml reads unless the pod says otherwise.
ENV K8SLOG_FILES=/var/log/app/*.log
# The status page and metrics, for this container and its pod.
ENV K8SLOG_STATUS=127.0.0.1:2021
# The command looks for the node's journal, and becomes Fluent Bit.
ENTRYPOINT ["/usr/local/bin/k8slog", "run", "/fluent-bit/bin/fluent-bit"]
CMD ["-c", "/fluent-bit/etc/fluent-bit.yaml"]
ARG VERSION=devel
ARG REVISION
LABEL org.opencontainers.image.title="k8slog" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
