/* test-host is not Fluent Bit: what its files share. See host.c. */
#ifndef HOST_H
#define HOST_H
#define _GNU_SOURCE

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The levels of Fluent Bit's log. */
enum { LOG_OFF, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

/* What a flush returns; any other number counts as VERDICT_ERROR. */
enum { VERDICT_ERROR, VERDICT_OK, VERDICT_RETRY };

enum { RETRY_NONE = -2, RETRY_FOREVER = -1 };

/* A pair is one line of a section; its value may be empty, never NULL. */
struct pair {
    char *key;
    char *value;
    struct pair *next;
};

struct section {
    char *name;
    struct pair *pairs;
    struct section *next;
};

/* An input tails the files of one [INPUT]. All of it belongs to the engine thread. */
struct input {
    char name[32];
    const char *tag, *key, *path_key, *offset_key, *db;
    char **paths, **excluded; /* patterns, each list ends with NULL */
    size_t buffer_chunk, buffer_max;
    double rotate_wait;
    bool skip_long_lines;

    struct file *files;
    struct saved *saved;   /* the offsets that an earlier run left in db */
    struct chunk *chunks;  /* not dispatched yet, in the order in which they were begun */
    unsigned scans;
    struct input *next;
};

/* A file is one that an input follows. */
struct file {
    dev_t dev;
    ino_t ino;
    int fd;
    char *path, *tag;   /* as it was found; a rename changes neither */
    char *buffer;       /* the beginning of a line whose end is not there yet */
    size_t length, room;
    off_t offset, size; /* of the next read; of the file when last looked at */
    double gone;        /* since when path is not this file any more, or 0 */
    unsigned seen;      /* the last scan that found it, under any name */
    bool skipping;      /* the rest of a line that is too long */
    bool given_up;
    struct file *next;
};

/* A chunk holds records of one tag. It lives until every output has settled it. */
struct chunk {
    struct input *input;
    char *tag;
    uint8_t *data;
    size_t size, room;
    unsigned id;
    int users;
    struct chunk *next;
};

/* What Fluent Bit sets aside for an instance: the plugin writes remote. */
struct proxy_context {
    void *remote;
    void *proxy;
};

/* An output is one [OUTPUT]: the instance that the plugin gets a pointer to. */
struct output {
    char name[64];
    struct section *section;
    const char *match; /* NULL: nothing */
    int workers, retry_limit, log_level;
    struct plugin *plugin;
    struct proxy_context *context;
    struct worker *pool; /* of size workers */
    unsigned dealt;
    struct output *next;
};

/* conf.c */
struct section *conf_read(const char *path);
void conf_expand(struct section *sections);
const char *conf_first(const struct section *s, const char *key);
const char *conf_last(const struct section *s, const char *key);
bool conf_bool(const struct section *s, const char *key);
double conf_number(const struct section *s, const char *key, double otherwise);
size_t conf_size(const struct section *s, const char *key, size_t otherwise);
char *conf_beside(const char *conf, const char *path);
int conf_level(const char *name);

/* tail.c */
struct input *tail_new(const struct section *s, unsigned number);
void tail_poll(struct input *in);

/* file.c */
struct file *file_open(const char *path, const struct stat *st, size_t room);
void file_close(struct file *f);
uint64_t file_marker(const struct file *f, off_t offset);
size_t file_read(struct input *in, struct file *f);
bool file_look(struct input *in, struct file *f);

/* chunk.c */
struct chunk *chunk_open(struct input *in, const char *tag);
void chunk_record(struct chunk *c, const char *path, off_t offset, const char *line, size_t length);
void chunk_release(struct chunk *c);

/* proxy.c */
void proxy_load(const char *path);
struct plugin *proxy_find(const char *name);
const char *proxy_name(const struct plugin *p);
void proxy_init(struct output *o);
int proxy_flush(struct output *o, const struct chunk *c);
void proxy_exit(struct output *o);
void proxy_unload(void);

/* engine.c */
struct totals {
    unsigned chunks, ok, retried, deleted, left;
};
extern double retry_base, retry_cap;
void engine_start(struct output *list);
void engine_dispatch(struct chunk *c);
double engine_run(double now);
unsigned engine_pending(void);
void engine_hurry(double now);
struct totals engine_stop(void);

/* host.c */
extern int log_level;
void log_print(int level, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void wake(void);
double now_seconds(void);

#define say(level, ...)                                       \
    do {                                                      \
        if ((level) <= log_level)                             \
            log_print(level, NULL, 0, __VA_ARGS__); \
    } while (0)
#define die(...)                      \
    do {                              \
        say(LOG_ERROR, __VA_ARGS__);  \
        exit(EXIT_FAILURE);           \
    } while (0)

/* A test tool that is out of memory has nothing left to test. */
static inline void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

#endif
