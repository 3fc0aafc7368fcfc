/* test-host is not Fluent Bit: this file calls a plugin through the C interface
 * that Fluent Bit offers to Go plugins, with the same structures. A plugin that
 * breaks the rules of a flush crashes here: the chunk cannot be written, ends at
 * a page without access, and is gone after the call, and so is the tag. */
#include "host.h"

#include <dlfcn.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define TYPE_OUTPUT 2
#define PROXY_GOLANG 11

/* Fluent Bit flushes on a coroutine with a stack of this size. */
#define STACK 65536

/* The sanitizers take a second stack for an error. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COROUTINE false
#else
#define COROUTINE true
#endif

/* definition is what FLBPluginRegister fills in. */
struct definition {
    int type, proxy, flags;
    char *name, *description;
    int event_type;
    void *config_map;
};

/* api is the table of functions that a plugin may call. An output has no business
 * with those of inputs and of custom plugins, nor Go with metrics: they are NULL. */
struct api {
    const char *(*output_get_property)(const char *key, struct output *o);
    void (*input_get_property)(void), (*output_get_cmt)(void), (*input_get_cmt)(void);
    void (*log_print)(int level, const char *file, int line, const char *format, ...);
    void (*input_log_check)(void);
    int (*output_log_check)(struct output *o, int level);
    void (*custom_get_property)(void), (*custom_log_check)(void);
};

/* passed is the argument of FLBPluginInit. There is one for each .so: the second
 * instance finds another instance and context in the same place. */
struct passed {
    const char *name;
    const struct api *api;
    struct output *instance;
    struct proxy_context *context;
    void *callbacks[5];
};

struct plugin {
    void *handle;
    struct definition definition;
    struct passed passed;
    int (*init)(struct passed *p);
    int (*flush)(void *context, const void *data, size_t size, char *tag);
    int (*exit)(void *context);
    struct plugin *next;
};

static struct plugin *plugins;

/* Properties are answered during FLBPluginInit only. */
static struct output *initializing;

/* hidden says whether Fluent Bit's core keeps the key to itself. */
static bool hidden(const char *key)
{
    static const char *const keys[] = {
        "name", "match", "match_regex", "alias", "log_level", "log_suppress_interval", "host",
        "port", "ipv6", "retry_limit", "tls", "storage.total_limit_size", "workers", "routes"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcasecmp(key, keys[i]))
            return true;
    return !strncasecmp(key, "net.", 4) || !strncasecmp(key, "oauth2", 6) ||
           !strncasecmp(key, "tls.", 4);
}

static const char *output_property(const char *key, struct output *o)
{
    if (o != initializing)
        die("[output:%s] the plugin asks for %s outside of FLBPluginInit", o->name, key);
    return hidden(key) ? NULL : conf_first(o->section, key);
}

static int output_logs(struct output *o, int level) { return level <= o->log_level; }

static const struct api api = {
    .output_get_property = output_property,
    .log_print = log_print,
    .output_log_check = output_logs,
};

/* proxy_load loads a plugin and lets it register. */
void proxy_load(const char *path)
{
    struct plugin *p = must(calloc(1, sizeof *p));
    p->handle = dlopen(path, RTLD_LAZY);
    if (!p->handle)
        die("[proxy] cannot load %s: %s", path, dlerror());
    int (*reg)(struct definition *) = dlsym(p->handle, "FLBPluginRegister");
    if (!reg || reg(&p->definition) == -1)
        die("[proxy] %s does not register", path);
    if (p->definition.type != TYPE_OUTPUT || p->definition.proxy != PROXY_GOLANG)
        die("[proxy] %s is not an output plugin in Go", path);
    p->init = dlsym(p->handle, "FLBPluginInit");
    p->flush = dlsym(p->handle, "FLBPluginFlushCtx");
    p->exit = dlsym(p->handle, "FLBPluginExitCtx");
    if (!p->init || !p->flush || !p->exit)
        die("[proxy] %s lacks one of FLBPluginInit, FLBPluginFlushCtx, FLBPluginExitCtx", path);
    p->passed.name = p->definition.name;
    p->passed.api = &api;
    p->next = plugins;
    plugins = p;
}

struct plugin *proxy_find(const char *name)
{
    struct plugin *p = plugins;
    while (p && strcasecmp(p->definition.name, name))
        p = p->next;
    return p;
}

const char *proxy_name(const struct plugin *p) { return p->definition.name; }

void proxy_init(struct output *o)
{
    struct plugin *p = o->plugin;
    o->context = must(calloc(1, sizeof *o->context));
    o->context->proxy = p;
    p->passed.instance = initializing = o;
    p->passed.context = o->context;
    if (p->init(&p->passed) <= 0)
        die("[go proxy]: plugin '%s' failed to initialize", p->definition.name);
    initializing = NULL;
    int (*prepare)(int) = dlsym(p->handle, "FLBPluginOutputPreRun");
    if (prepare && prepare(0) < 0)
        die("[output:%s] FLBPluginOutputPreRun failed", o->name);
}

struct call {
    struct plugin *plugin;
    void *context, *data;
    size_t size;
    char *tag;
    int verdict;
};

static _Thread_local struct call *current;

static void flush(void)
{
    struct call *c = current;
    c->verdict = c->plugin->flush(c->context, c->data, c->size, c->tag);
}

static uint8_t *pages(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        abort();
    return p;
}

static void flush_on_coroutine(size_t page)
{
    ucontext_t caller, coroutine;
    uint8_t *stack = pages(page + STACK);
    mprotect(stack, page, PROT_NONE); /* an overflow crashes, and nothing else breaks */
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = stack + page;
    coroutine.uc_stack.ss_size = STACK;
    coroutine.uc_link = &caller;
    makecontext(&coroutine, flush, 0);
    swapcontext(&caller, &coroutine);
    munmap(stack, page + STACK);
}

/* proxy_flush presents a chunk to an instance and returns its verdict. */
int proxy_flush(struct output *o, const struct chunk *c)
{
    size_t page = sysconf(_SC_PAGESIZE), whole = (c->size + page - 1) / page * page;
    uint8_t *copy = pages(whole + page), *data = copy + whole - c->size;
    memcpy(data, c->data, c->size);
    mprotect(copy, whole, PROT_READ);
    mprotect(copy + whole, page, PROT_NONE);
    struct call call = {o->plugin, o->context->remote, data, c->size,
                        must(strdup(c->tag)), VERDICT_ERROR};
    current = &call;
    if (COROUTINE)
        flush_on_coroutine(page);
    else
        flush();
    memset(call.tag, '#', strlen(call.tag));
    free(call.tag);
    munmap(copy, whole + page);
    return call.verdict;
}

void proxy_exit(struct output *o)
{
    struct plugin *p = o->plugin;
    void (*prepare)(int) = dlsym(p->handle, "FLBPluginOutputPreExit");
    if (prepare)
        prepare(0);
    p->exit(o->context->remote);
    free(o->context);
}

/* proxy_unload comes last. A .so written in Go stays loaded whatever is closed. */
void proxy_unload(void)
{
    for (struct plugin *p = plugins, *next; p; p = next) {
        void (*unregister)(struct definition *) = dlsym(p->handle, "FLBPluginUnregister");
        next = p->next;
        if (unregister)
            unregister(&p->definition);
        dlclose(p->handle);
        free(p);
    }
    plugins = NULL;
}
