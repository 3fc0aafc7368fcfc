/* test-host is not Fluent Bit: this file reads the classic configuration format.
 * It is as strict as Fluent Bit where a file that passes here would stop there. */
#include "host.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static struct pair *variables; /* of @SET; the last set stands first */
static const char *main_file;  /* what @INCLUDE is relative to */
static struct section **end;   /* where the next section is linked */
static ino_t done[100];        /* a file that includes itself would never end */
static size_t files;

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

static void command(const char *path, int number, const char *line)
{
    const char *equals = strchr(line, '=');
    if (!strncasecmp(line, "@INCLUDE ", 9) && line[9]) {
        include(line + 9);
    } else if (!strncasecmp(line, "@SET ", 5) && equals) {
        /* Blanks beside the equals sign belong to the name and to the value. */
        struct pair *p = must(calloc(1, sizeof *p));
        const char *name = line + 5 + strspn(line + 5, BLANK);
        p->key = must(strndup(name, equals - name));
        p->value = must(strdup(equals + 1));
        for (size_t n = strlen(p->value); n && strchr(BLANK, p->value[n - 1]);)
            p->value[--n] = 0;
        p->next = variables;
        variables = p;
    } else {
        say(LOG_WARN, "[config] %s:%d: unknown command %s: ignored", path, number, line);
    }
}

/* The first indented line of a file sets its indentation; the others must have
 * the same, or twice as much, or Fluent Bit refuses the file. */
static const char *unindented(char **indent, const char *line)
{
    size_t blanks = strspn(line, " \t"), level;
    if (!*indent)
        *indent = must(strndup(line, blanks));
    level = strlen(*indent);
    if (!level || strncmp(line, *indent, level) || (blanks != level && blanks != 2 * level))
        return NULL;
    return line + blanks;
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
    struct stat st;
    FILE *f = fopen(path, "re");
    if (!f || fstat(fileno(f), &st))
        die("[config] cannot open %s: %s", path, strerror(errno));
    for (size_t i = 0; i < files; i++)
        if (done[i] == st.st_ino)
            die("[config] %s is read twice", path);
    if (files == sizeof done / sizeof *done)
        die("[config] too many files");
    done[files++] = st.st_ino;

    struct section *section = NULL;
    char *line = NULL, *indent = NULL;
    size_t room = 0;
    ssize_t length;
    for (int number = 1; (length = getline(&line, &room, f)) >= 0; number++) {
        if (length && line[length - 1] == '\n')
            line[--length] = 0;
        if (length && line[length - 1] == '\r')
            line[--length] = 0;
        if (!*line || *line == '#')
            continue;
        if (*line == '@') {
            command(path, number, line);
        } else if (*line == '[') {
            section = header(path, number, line);
        } else {
            const char *rest = unindented(&indent, line);
            if (!rest)
                die("[config] error in %s:%d: invalid indentation level", path, number);
            if (*rest && *rest != '#')
                key_value(path, number, section, rest);
        }
    }
    free(line);
    free(indent);
    fclose(f);
}

/* conf_read reads a file and what it includes, without expanding ${…}. */
struct section *conf_read(const char *path)
{
    struct section *sections = NULL;
    main_file = path;
    end = &sections;
    files = 0;
    read_file(path);
    return sections;
}

/* variable returns NULL for one that is unset, and for an empty one of the
 * environment. */
static const char *variable(const char *name)
{
    for (struct pair *p = variables; p; p = p->next)
        if (!strcmp(p->key, name))
            return p->value;
    static char host[HOST_NAME_MAX + 1];
    const char *value = getenv(name);
    /* Shells know HOSTNAME without exporting it, and so does Fluent Bit. */
    if (!value && !strcmp(name, "HOSTNAME") && !gethostname(host, sizeof host))
        value = host;
    return value && *value ? value : NULL;
}

static char *expanded(const char *value)
{
    char *text;
    size_t size;
    const char *start, *stop;
    FILE *out = must(open_memstream(&text, &size));
    while ((start = strstr(value, "${")) && (stop = strchr(value, '}')) > start) {
        char *name = must(strndup(start + 2, stop - start - 2)), *otherwise = strstr(name, ":-");
        if (otherwise) {
            *otherwise = 0;
            otherwise += 2;
        }
        const char *found = variable(name);
        if (otherwise && (!found || !*found))
            found = otherwise;
        if (!found)
            say(LOG_WARN, "[env] variable ${%s} is not set", name);
        fwrite(value, 1, start - value, out);
        fputs(found ? found : "", out);
        free(name);
        value = stop + 1;
    }
    fputs(value, out);
    fclose(out);
    return must(text);
}

/* conf_expand comes after the whole configuration: a @SET at its end counts. */
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
