/* test-host is not Fluent Bit: this file reads what the shipped configuration and
 * the tests need of the classic format. */
#include "host.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *main_file;  /* what @INCLUDE is relative to */
static struct section **end;   /* where the next section is linked */

static void read_file(const char *path);

/* The bytes that Fluent Bit cuts off at both ends. */
#define BLANK " \t\r\n\v\f"

static char *trimmed(const char *text, size_t length)
{
    while (length && strchr(BLANK, *text))
        text++, length--;
    while (length && strchr(BLANK, text[length - 1]))
        length--;
    return must(strndup(text, length));
}

/* conf_beside finds path, or a pattern, as Fluent Bit does: from the working
 * directory, then from the folder of the main configuration file. */
char *conf_beside(const char *conf, const char *path)
{
    char *real = realpath(conf, NULL), *slash, *found;
    if (*path == '/' || !real || access(path, F_OK) == 0) {
        free(real);
        return must(strdup(path));
    }
    slash = strrchr(real, '/');
    if (asprintf(&found, "%.*s/%s", (int)(slash - real), real, path) < 0)
        abort();
    free(real);
    return found;
}

static void include(const char *path)
{
    char *pattern = conf_beside(main_file, path);
    glob_t found;
    if (glob(pattern, 0, NULL, &found))
        die("[config] @INCLUDE %s: there is no such file", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++)
        read_file(found.gl_pathv[i]);
    globfree(&found);
    free(pattern);
}

static void key_value(const char *path, int number, struct section *s, const char *line)
{
    const char *space = strchr(line, ' ');
    if (!space || !space[strspn(space, BLANK)])
        die("[config] error in %s:%d: a key without a value", path, number);
    if (!s)
        die("[config] error in %s:%d: a key outside of a section", path, number);
    struct pair **last = &s->pairs;
    while (*last)
        last = &(*last)->next;
    *last = must(calloc(1, sizeof **last));
    (*last)->key = trimmed(line, space - line);
    (*last)->value = trimmed(space, strlen(space));
}

static struct section *header(const char *path, int number, const char *line)
{
    const char *close = strchr(line, ']');
    if (!close)
        die("[config] error in %s:%d: a section's name without ]", path, number);
    struct section *s = must(calloc(1, sizeof *s));
    s->name = must(strndup(line + 1, close - line - 1));
    *end = s;
    end = &s->next;
    return s;
}

static void read_file(const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f)
        die("[config] cannot open %s: %s", path, strerror(errno));

    struct section *section = NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    for (int number = 1; (length = getline(&line, &room, f)) >= 0; number++) {
        if (length && line[length - 1] == '\n')
            line[--length] = 0;
        if (length && line[length - 1] == '\r')
            line[--length] = 0;
        if (!*line || *line == '#')
            continue;
        if (!strncasecmp(line, "@INCLUDE ", 9)) {
            include(line + 9);
        } else if (*line == '[') {
            section = header(path, number, line);
        } else {
            const char *rest = line + strspn(line, BLANK);
            if (*rest && *rest != '#')
                key_value(path, number, section, rest);
        }
    }
    free(line);
    fclose(f);
}

/* conf_read reads a file and what it includes, without expanding ${…}. */
struct section *conf_read(const char *path)
{
    struct section *sections = NULL;
    main_file = path;
    end = &sections;
    read_file(path);
    return sections;
}

static char *expanded(const char *value)
{
    char *text;
    size_t size;
    const char *start, *stop;
    FILE *out = must(open_memstream(&text, &size));
    while ((start = strstr(value, "${")) && (stop = strchr(value, '}')) > start) {
        char *name = must(strndup(start + 2, stop - start - 2));
        char *otherwise = strstr(name, ":-");
        if (otherwise) {
            *otherwise = 0;
            otherwise += 2;
        }
        const char *found = getenv(name);
        fwrite(value, 1, start - value, out);
        fputs(found && *found ? found : otherwise ? otherwise : "", out);
        free(name);
        value = stop + 1;
    }
    fputs(value, out);
    fclose(out);
    return must(text);
}

/* conf_expand puts the environment in. */
void conf_expand(struct section *sections)
{
    for (struct section *s = sections; s; s = s->next)
        for (struct pair *p = s->pairs; p; p = p->next) {
            char *value = expanded(p->value);
            free(p->value);
            p->value = value;
        }
}

/* conf_first and conf_last return NULL for a key without a value: of keys that
 * are given twice, plugins see the first, the core uses the last. */
const char *conf_first(const struct section *s, const char *key)
{
    for (struct pair *p = s->pairs; p; p = p->next)
        if (!strcasecmp(p->key, key))
            return *p->value ? p->value : NULL;
    return NULL;
}

const char *conf_last(const struct section *s, const char *key)
{
    const char *value = NULL;
    for (struct pair *p = s->pairs; p; p = p->next)
        if (!strcasecmp(p->key, key))
            value = *p->value ? p->value : NULL;
    return value;
}

bool conf_bool(const struct section *s, const char *key)
{
    const char *v = conf_last(s, key);
    return v && (!strcasecmp(v, "on") || !strcasecmp(v, "true") || !strcasecmp(v, "yes"));
}

double conf_number(const struct section *s, const char *key, double otherwise)
{
    const char *v = conf_last(s, key);
    return v ? atof(v) : otherwise;
}

/* Sizes are decimal: Fluent Bit's 1M are 1,000,000 bytes. */
size_t conf_size(const struct section *s, const char *key, size_t otherwise)
{
    const char *v = conf_last(s, key);
    char *unit;
    if (!v)
        return otherwise;
    double n = strtod(v, &unit);
    const char *scale = *unit ? strchr("kKmMgG", *unit) : NULL;
    const double factors[] = {1e3, 1e6, 1e9};
    if (n < 0 || (*unit && !scale))
        die("[config] %s: %s is no size", key, v);
    return scale ? n * factors[(scale - "kKmMgG") / 2] : n;
}

int conf_level(const char *name)
{
    static const char *const names[] = {"off", "error", "warn", "info", "debug", "trace"};
    for (int i = LOG_OFF; i <= LOG_TRACE; i++)
        if (!strcasecmp(name, names[i]))
            return i;
    if (strcasecmp(name, "warning"))
        die("[config] unknown log_level %s", name);
    return LOG_WARN;
}
