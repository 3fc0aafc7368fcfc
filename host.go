package main

/*
#cgo LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>

// The beginning of Fluent Bit's table of functions (include/fluent-bit/flb_api.h)
// and of what it passes to FLBPluginInit (src/proxy/go/go.h). fluent-bit-go
// declares only the first function.
struct k8slog_api {
    void *get_property[2];
    void *get_cmt_instance[2];
    void (*log_print)(int level, const char *file, int line, const char *format, ...);
    int (*input_log_check)(void *instance, int level);
    int (*output_log_check)(void *instance, int level);
};

struct k8slog_plugin {
    char *name;
    struct k8slog_api *api;
    void *instance;
};

// exit_signal is a variable of Fluent Bit's executable (src/fluent-bit.c): the
// signal that ends it, 0 before. There is no other way to hear of a stop before
// the last chunk has been presented.
static volatile sig_atomic_t *k8slog_exit_signal(void)
{
    return (volatile sig_atomic_t *) dlsym(RTLD_DEFAULT, "exit_signal");
}

static int k8slog_stopping(volatile sig_atomic_t *exit_signal)
{
    return exit_signal != NULL && *exit_signal != 0;
}

static void k8slog_log(struct k8slog_api *api, void *instance, int level, const char *message)
{
    if (api->output_log_check(instance, level)) {
        api->log_print(level, NULL, 0, "[output:k8slog] %s", message);
    }
}
*/
import "C"

import (
	"sync"
	"unsafe"

	"github.com/fluent/fluent-bit-go/output"

	"github.com/k8slog/k8slog/plugin/hostlog"
)

// maxLines bounds the lines that wait for a thread of Fluent Bit's.
const maxLines = 256

// host implements plugin.Host. Fluent Bit's log takes lines only from its own
// threads, so they are kept until one of them comes by: drain is called at the
// end of each of Fluent Bit's calls.
type host struct {
	plugin unsafe.Pointer // valid during FLBPluginInit
	api    *C.struct_k8slog_api
	output unsafe.Pointer
	// exitSignal is nil where the host has none, or had it before a stop.
	exitSignal *C.sig_atomic_t

	mu    sync.Mutex
	lines []line
}

type line struct {
	level   hostlog.Level
	message string
}

func newHost(p unsafe.Pointer) *host {
	passed := (*C.struct_k8slog_plugin)(p)
	return &host{plugin: p, api: passed.api, output: passed.instance, exitSignal: C.k8slog_exit_signal()}
}

// Stopping implements plugin.Host.
func (h *host) Stopping() bool { return C.k8slog_stopping(h.exitSignal) != 0 }

// Property implements plugin.Host. Fluent Bit answers only during FLBPluginInit.
func (h *host) Property(name string) string { return output.FLBPluginConfigKey(h.plugin, name) }

// Log implements hostlog.Logger.
func (h *host) Log(level hostlog.Level, message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.lines) < maxLines {
		h.lines = append(h.lines, line{level, message})
	}
}

func (h *host) panicked(err error) { h.Log(hostlog.LevelError, err.Error()) }

// drain prints what waits, on the calling thread.
func (h *host) drain() {
	h.mu.Lock()
	lines := h.lines
	h.lines = nil
	h.mu.Unlock()
	for _, l := range lines {
		message := C.CString(l.message)
		C.k8slog_log(h.api, h.output, C.int(l.level), message)
		C.free(unsafe.Pointer(message))
	}
}
