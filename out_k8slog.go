// Command out_k8slog is the Fluent Bit output plugin k8slog, built as a shared
// object (-buildmode=c-shared). It translates Fluent Bit's C interface for Go
// plugins (src/proxy/go/go.c in Fluent Bit) and holds no logic; that is in
// package plugin.
package main

import "C"

import (
	"fmt"
	"io"
	"log"
	"os"
	"runtime/debug"
	"syscall"
	"unsafe"

	"github.com/fluent/fluent-bit-go/output"

	"github.com/k8slog/k8slog/command"
	"github.com/k8slog/k8slog/internal/version"
	"github.com/k8slog/k8slog/plugin"
	"github.com/k8slog/k8slog/plugin/hostlog"
)

// hosted is an instance and the host that it runs in: what Fluent Bit holds as
// the context of an output.
type hosted struct {
	instance *plugin.Instance
	host     *host
}

// FLBPluginPreRegister refuses a hot reload: Fluent Bit 5.1.1 starts the workers
// of a Go plugin twice and ends only half of them, so that the others use what a
// reload has freed, and crash. Without the plugin the new configuration is not
// valid, and Fluent Bit goes on with the one it has.
//
//export FLBPluginPreRegister
func FLBPluginPreRegister(reloading C.int) C.int {
	if reloading == 0 {
		return 0
	}
	// There is no host yet whose log could take it.
	fmt.Fprintln(os.Stderr, "[output:k8slog] a hot reload would crash Fluent Bit: refused, restart it instead")
	return -1
}

// K8slogMain runs the command k8slog in the process of cmd/launcher, and returns its exit
// code. In the image, the plugin and the command are one file: apart, they would have
// nearly the same content twice.
//
//export K8slogMain
func K8slogMain() C.int { return C.int(command.Main(os.Args[1:])) }

//export FLBPluginRegister
func FLBPluginRegister(def unsafe.Pointer) C.int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	return C.int(output.FLBPluginRegister(def, "k8slog", "Kubernetes node logs: decoded, identified, delivered"))
}

//export FLBPluginInit
func FLBPluginInit(p unsafe.Pointer) (status C.int) {
	h := newHost(p)
	defer h.drain()
	defer recovered(h.panicked, &status, output.FLB_ERROR)
	// Libraries write to Go's own log, past the host's; what they say there
	// their errors say as well.
	log.SetOutput(io.Discard)
	h.Log(hostlog.LevelInfo, "version "+version.Version)
	instance, err := plugin.New(h, syscall.Gettid())
	if err != nil {
		h.Log(hostlog.LevelError, err.Error())
		return output.FLB_ERROR
	}
	output.FLBPluginSetContext(p, &hosted{instance: instance, host: h})
	return output.FLB_OK
}

//export FLBPluginFlushCtx
func FLBPluginFlushCtx(ctx, data unsafe.Pointer, length C.size_t, tag *C.char) (status C.int) {
	o, ok := output.FLBPluginGetContext(ctx).(*hosted)
	if !ok {
		return output.FLB_RETRY
	}
	defer o.host.drain()
	defer recovered(o.instance.Panicked, &status, output.FLB_RETRY)
	chunk := unsafe.Slice((*byte)(data), int(length))
	return C.int(o.instance.Flush(syscall.Gettid(), C.GoString(tag), chunk))
}

//export FLBPluginExitCtx
func FLBPluginExitCtx(ctx unsafe.Pointer) (status C.int) {
	o, ok := output.FLBPluginGetContext(ctx).(*hosted)
	if !ok {
		return output.FLB_OK
	}
	defer o.host.drain()
	defer recovered(o.host.panicked, &status, output.FLB_ERROR)
	if err := o.instance.Close(); err != nil {
		o.host.Log(hostlog.LevelError, err.Error())
	}
	return output.FLB_OK
}

//export FLBPluginUnregister
func FLBPluginUnregister(def unsafe.Pointer) { output.FLBPluginUnregister(def) }

// gcPercent is half of what Go has by default: records allocate nothing, so that the collector
// has little to do, and the memory of the node matters more.
const gcPercent = 50

// recovered turns a panic, which would end Fluent Bit, into a status.
func recovered(report func(error), status *C.int, instead C.int) {
	if p := recover(); p != nil {
		report(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		*status = instead
	}
}

func main() {}
