// The real node of the tests: Docker and containerd from the packages of the
// distribution, and a client of the container runtime interface that does what the
// kubelet does. It has a module of its own, because no product code needs its
// dependencies.
module github.com/k8slog/k8slog/test/node

go 1.26.5

require (
	github.com/k8slog/k8slog v0.0.0
	google.golang.org/grpc v1.84.0
	k8s.io/cri-api v0.37.2
)

require (
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261019180522-ce908d29299b // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/k8slog/k8slog => ../..
