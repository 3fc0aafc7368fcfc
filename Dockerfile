# A Fluent Bit with k8slog inside, configured as a node logging agent.
# Build: docker build -t k8slog .

# Debian 12, though Fluent Bit's image is on 13: what is built against its older
# glibc loads in the images of Fluent Bit 3 and 4 as well.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN make build VERSION=${VERSION}

FROM fluent/fluent-bit:5.1.1
COPY --from=build /src/build/out_k8slog.so /fluent-bit/plugins/out_k8slog.so
COPY --from=build /src/build/k8slog /usr/local/bin/k8slog
COPY conf/ /fluent-bit/etc/
# What conf/sidecar.yaml reads unless the pod says otherwise.
ENV K8SLOG_FILES=/var/log/app/*.log
# The command looks for the node's journal, and becomes Fluent Bit.
ENTRYPOINT ["/usr/local/bin/k8slog", "run", "/fluent-bit/bin/fluent-bit"]
CMD ["-c", "/fluent-bit/etc/fluent-bit.yaml"]
