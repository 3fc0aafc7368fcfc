/* test-host is not Fluent Bit: it stands in for it where tests of the plugin run
 * on a machine without it. It loads the same .so through the same C interface and
 * reads the same configuration file, of which it knows enough to tail files into
 * this plugin: [INPUT]s named tail, and [OUTPUT]s of plugins that it has loaded.
 * There are no filters, parsers, or storage on disk, and no YAML.
 *
 * conf.c   reads the configuration      proxy.c   calls the plugin
 * tail.c   is an input of many files    engine.c  workers, retries, the end
 * file.c   follows one file             host.c    the command and its loop
 * chunk.c  packs records
 */
#include "host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* How often files are looked at, in seconds. */
#define POLL 0.1

int log_level = LOG_INFO;

static struct section *sections;
static struct input *inputs;
static struct output *outputs;
static double flush_interval, grace;
static int waker;
// Fluent Bit's name, which plugins may look up.
volatile sig_atomic_t exit_signal;

/* log_print is also what plugins call, on any thread: one write for each line.
 * Fluent Bit cuts a line off at 4 KiB, too. */
void log_print(int level, const char *file, int line, const char *format, ...)
{
    static const char *const names[] = {"", "error", " warn", " info", "debug", "trace"};
    char text[4096];
    struct timespec t;
    struct tm local;
    va_list arguments;
    (void)file, (void)line;
    clock_gettime(CLOCK_REALTIME, &t);
    localtime_r(&t.tv_sec, &local);
    size_t n = strftime(text, sizeof text, "[%Y/%m/%d %H:%M:%S", &local);
    n += snprintf(text + n, sizeof text - n, ".%03ld] [%s] ", t.tv_nsec / 1000000,
                  level >= LOG_ERROR && level <= LOG_TRACE ? names[level] : " help");
    va_start(arguments, format);
    n += vsnprintf(text + n, sizeof text - n - 1, format, arguments);
    va_end(arguments);
    if (n > sizeof text - 2)
        n = sizeof text - 2;
    text[n++] = '\n';
    if (write(STDERR_FILENO, text, n) < 0)
        return; /* nobody is left to be told */
}

double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* wake makes the loop go round; signal handlers may call it. */
void wake(void)
{
    int saved = errno;
    ssize_t ignored = write(waker, &(uint64_t){1}, 8);
    (void)ignored;
    errno = saved;
}

static void on_signal(int number)
{
    (void)number;
    exit_signal = SIGTERM;
    wake();
}

static void wait_until(double when)
{
    double seconds = when - now_seconds();
    struct pollfd p = {.fd = waker, .events = POLLIN};
    uint64_t count;
    if (seconds > 0 && poll(&p, 1, (int)(seconds * 1000) + 1) > 0 && read(waker, &count, 8) < 0)
        die("[engine] cannot read an eventfd: %s", strerror(errno));
}

static int retry_limit(const struct section *s)
{
    const char *v = conf_last(s, "retry_limit");
    if (v && (!strcasecmp(v, "no_limits") || !strcasecmp(v, "false") || !strcasecmp(v, "off")))
        return RETRY_FOREVER;
    if (v && !strcasecmp(v, "no_retries"))
        return RETRY_NONE;
    return v && atoi(v) > 0 ? atoi(v) : 1;
}

static struct output *new_output(struct section *s, struct plugin *plugin)
{
    struct output *o = must(calloc(1, sizeof *o));
    const char *level = conf_last(s, "log_level"), *alias = conf_last(s, "alias");
    unsigned number = 0;
    for (struct output *other = outputs; other; other = other->next)
        number += other->plugin == plugin;
    if (alias)
        snprintf(o->name, sizeof o->name, "%s", alias);
    else
        snprintf(o->name, sizeof o->name, "%s.%u", proxy_name(plugin), number);
    o->plugin = plugin;
    o->section = s;
    o->match = conf_last(s, "match");
    o->workers = conf_number(s, "workers", 0) > 0 ? (int)conf_number(s, "workers", 0) : 0;
    o->retry_limit = retry_limit(s);
    o->log_level = level ? conf_level(level) : log_level;
    if (conf_last(s, "match_regex"))
        die("[output:%s] test-host cannot do match_regex", o->name);
    return o;
}

static void read_service(const struct section *s, const char *conf)
{
    const char *level = getenv("FLB_LOG_LEVEL"), *file = conf_last(s, "plugins_file");
    if (!level)
        level = conf_last(s, "log_level");
    if (level)
        log_level = conf_level(level);
    flush_interval = conf_number(s, "flush", flush_interval);
    grace = conf_number(s, "grace", grace);
    retry_base = conf_number(s, "scheduler.base", retry_base);
    retry_cap = conf_number(s, "scheduler.cap", retry_cap);
    if (flush_interval <= 0)
        die("[config] flush must be above 0");
    if (!file)
        return;
    char *path = conf_beside(conf, file);
    for (const struct section *p = conf_read(path); p; p = p->next)
        for (const struct pair *line = p->pairs; line; line = line->next)
            if (!strcasecmp(p->name, "PLUGINS") && !strcasecmp(line->key, "path"))
                proxy_load(line->value);
    free(path);
}

static void configure(const char *conf)
{
    struct input **last_input = &inputs;
    struct output **last_output = &outputs;
    unsigned all_inputs = 0, all_outputs = 0, tails = 0;
    flush_interval = 1;
    grace = 5;
    sections = conf_read(conf);
    conf_expand(sections);
    for (struct section *s = sections; s; s = s->next)
        if (!strcasecmp(s->name, "SERVICE"))
            read_service(s, conf);
    for (struct section *s = sections; s; s = s->next) {
        const char *name = conf_first(s, "name");
        bool input = !strcasecmp(s->name, "INPUT"), output = !strcasecmp(s->name, "OUTPUT");
        struct plugin *plugin = output && name ? proxy_find(name) : NULL;
        all_inputs += input;
        all_outputs += output;
        if ((input || output) && !name)
            die("[config] a section [%s] has no name", s->name);
        if (plugin) {
            *last_output = new_output(s, plugin);
            last_output = &(*last_output)->next;
        } else if (input && !strcasecmp(name, "tail")) {
            *last_input = tail_new(s, tails++);
            last_input = &(*last_input)->next;
        } else if (strcasecmp(s->name, "SERVICE")) {
            say(LOG_WARN, "[config] test-host skips [%s] %s", s->name, name ? name : "");
        }
    }
    if (!outputs)
        die("[config] no [OUTPUT] of a plugin that is loaded");
    for (struct output *o = outputs; o; o = o->next) {
        /* Fluent Bit lets the match be left out only where there is no choice. */
        if (!o->match && all_inputs == 1 && all_outputs == 1)
            o->match = "*";
        if (!o->match)
            say(LOG_WARN, "[router] %s has no match and gets nothing", o->name);
    }
}

/* dispatch_all sends every chunk on its way, however small. */
static void dispatch_all(void)
{
    for (struct input *in = inputs; in; in = in->next)
        for (struct chunk *c; (c = in->chunks);) {
            in->chunks = c->next;
            engine_dispatch(c);
        }
}

static void run(void)
{
    double polled = now_seconds(), flushed = polled;
    while (!exit_signal) {
        double now = now_seconds();
        if (now >= polled) {
            for (struct input *in = inputs; in; in = in->next)
                tail_poll(in);
            polled = now + POLL;
        }
        if (now >= flushed) {
            dispatch_all();
            flushed = now + flush_interval;
        }
        double next = engine_run(now);
        next = polled < next ? polled : next;
        wait_until(flushed < next ? flushed : next);
    }
}

/* finish flushes what was read, for as long as Grace allows; -1 is without end. */
static void finish(void)
{
    double begun = now_seconds();
    say(LOG_INFO, "[engine] stopping, with %g s for what is pending", grace);
    dispatch_all();
    engine_hurry(begun);
    for (double now = begun; grace < 0 || now < begun + grace; now = now_seconds()) {
        double next = engine_run(now);
        if (!engine_pending())
            return;
        wait_until(grace >= 0 && begun + grace < next ? begun + grace : next);
    }
}

static void usage(void)
{
    fputs("usage: test-host [-e plugin.so] -c fluent-bit.conf\n"
          "  -e  the plugin, unless plugins_file of [SERVICE] names it\n",
          stderr);
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    const char *conf = NULL;
    for (int o; (o = getopt(argc, argv, "e:c:")) != -1;)
        switch (o) {
        case 'e': proxy_load(optarg); break;
        case 'c': conf = optarg; break;
        default: usage();
        }
    if (!conf || optind < argc)
        usage();
    waker = eventfd(0, EFD_CLOEXEC);
    /* A signal may arrive on a thread of Go's, which runs on a small stack. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    srand48(time(NULL) ^ getpid());

    configure(conf);
    engine_start(outputs);
    run();
    finish();
    struct totals t = engine_stop();
    proxy_unload();
    fprintf(stderr, "test-host: %u chunks, %u ok, %u retried, %u deleted, %u left\n", t.chunks,
            t.ok, t.retried, t.deleted, t.left);
}
