package cluster

// The configuration files of the cluster's programs.

// kubeconfig takes the address of the API server and a token. The certificate of the API
// server is made by itself at its first start.
const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://%s:443", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: %q}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
`

// containerdConf takes the folder of the cluster and the image of sandboxes.
const containerdConf = `version = 2
root = "%[1]s/containerd"
state = "/run/containerd"
[grpc]
  address = "%[1]s/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "%[1]s/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %[2]q
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "%[1]s/cni"
`

// podNetwork is a bridge of the node, without a way out.
const podNetwork = `{
  "cniVersion": "1.0.0", "name": "pods",
  "plugins": [{
    "type": "bridge", "bridge": "cni0", "isGateway": true,
    "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}
  }]
}
`

// kubeletConf takes the folder of the cluster twice, and the control group of the pods. The
// logs are rotated at 4 MiB, so that a test sees rotations. What a container writes while the
// agent is rolled out anew, about half a minute, is still in the files.
const kubeletConf = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://%s/containerd.sock
staticPodPath: %s/static
cgroupRoot: /%s
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
fileCheckFrequency: 2s
containerLogMaxSize: 4Mi
containerLogMaxFiles: 10
containerLogMonitorInterval: 3s
enableServer: false
readOnlyPort: 0
healthzPort: 0
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
enforceNodeAllocatable: []
makeIPTablesUtilChains: false
evictionHard: {memory.available: "100Mi", nodefs.available: "1%%", imagefs.available: "1%%"}
imageMinimumGCAge: 24h
imageGCHighThresholdPercent: 99
imageGCLowThresholdPercent: 98
syncFrequency: 5s
crashLoopBackOff: {maxContainerRestartPeriod: 2s}
`
