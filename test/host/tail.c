/* test-host is not Fluent Bit: this file follows files as its tail input does,
 * by polling. What a reader would notice is alike: which lines become records,
 * what stands in them, which tag they get. Two things are kinder. New files are
 * found at once and not after refresh_interval, and a file that was renamed to a
 * name that the patterns match as well is not read a second time. */
#include "host.h"

#include <fnmatch.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* How much of an input is read before others have their turn. */
#define BATCH 50000000

/* saved is a line of the offsets file. The marker tells whether the file with
 * that inode is still the one that was read. */
struct saved {
    uintmax_t dev, ino, marker;
    intmax_t offset;
    struct saved *next;
};

/* split returns the trimmed parts of a list with commas, NULL at the end. */
static char **split(const char *list)
{
    char *copy = must(strdup(list ? list : "")), *rest = copy, *part;
    char **parts = must(calloc(strlen(copy) + 2, sizeof *parts));
    for (size_t n = 0; (part = strsep(&rest, ","));) {
        part += strspn(part, " ");
        for (size_t l = strlen(part); l && part[l - 1] == ' ';)
            part[--l] = 0;
        if (*part)
            parts[n++] = must(strdup(part));
    }
    free(copy);
    return parts;
}

static void load_offsets(struct input *in)
{
    char path[4096], *line = NULL;
    size_t room = 0;
    snprintf(path, sizeof path, "%s.test-host", in->db);
    FILE *f = fopen(path, "re");
    if (!f)
        return;
    while (getline(&line, &room, f) >= 0) {
        struct saved *s = must(calloc(1, sizeof *s));
        s->next = in->saved;
        in->saved = s;
        if (sscanf(line, "%ju %ju %jd %jx", &s->dev, &s->ino, &s->offset, &s->marker) != 4)
            die("[input:tail:%s] cannot read %s", in->name, path);
    }
    free(line);
    fclose(f);
}

/* The offsets are those of records that are in chunks, delivered or not: that is
 * when Fluent Bit commits them, too. */
static void save_offsets(const struct input *in)
{
    char path[4096], new[4096];
    snprintf(path, sizeof path, "%s.test-host", in->db);
    snprintf(new, sizeof new, "%s.test-host.new", in->db);
    FILE *out = fopen(new, "we");
    if (!out)
        die("[input:tail:%s] cannot write %s", in->name, new);
    for (const struct file *f = in->files; f; f = f->next) {
        off_t offset = f->offset - (off_t)f->length;
        fprintf(out, "%ju %ju %jd %" PRIx64 " %s\n", (uintmax_t)f->dev, (uintmax_t)f->ino,
                (intmax_t)offset, file_marker(f, offset), f->path);
    }
    if (fclose(out) || rename(new, path))
        die("[input:tail:%s] cannot write %s", in->name, path);
}

struct input *tail_new(const struct section *s, unsigned number)
{
    struct input *in = must(calloc(1, sizeof *in));
    const char *key = conf_last(s, "key"), *tag = conf_last(s, "tag");
    snprintf(in->name, sizeof in->name, "tail.%u", number);
    in->tag = tag ? tag : in->name;
    in->key = key ? key : "log";
    in->path_key = conf_last(s, "path_key");
    in->offset_key = conf_last(s, "offset_key");
    in->db = conf_first(s, "db");
    in->paths = split(conf_last(s, "path"));
    in->excluded = split(conf_last(s, "exclude_path"));
    in->buffer_chunk = conf_size(s, "buffer_chunk_size", 32768);
    in->buffer_max = conf_size(s, "buffer_max_size", 32768);
    in->rotate_wait = conf_number(s, "rotate_wait", 5);
    in->skip_long_lines = conf_bool(s, "skip_long_lines");
    if (!in->paths[0])
        die("[input:tail:%s] no path", in->name);
    if (in->buffer_chunk < 2 || in->buffer_chunk > in->buffer_max)
        die("[input:tail:%s] buffer_max_size is less than buffer_chunk_size", in->name);
    if (in->db)
        load_offsets(in);
    return in;
}

/* tag_of puts the path in place of the star. Whatever separates parts of a path
 * becomes one dot; none is left at the end, and no slash at the beginning. */
static char *tag_of(const char *pattern, const char *path)
{
    const char *star = strchr(pattern, '*');
    char *tag, *from, *to;
    if (!star)
        return must(strdup(pattern));
    if (asprintf(&tag, "%.*s%s%s", (int)(star - pattern), pattern, path, star + 1) < 0)
        abort();
    for (from = to = tag; *from; from++) {
        bool separates = strchr("/\\:", *from);
        char c = separates ? '.' : *from;
        if (c == '*' || (separates && to == tag) || (c == '.' && to > tag && to[-1] == '.'))
            continue;
        *to++ = c;
    }
    if (to > tag && to[-1] == '.')
        to--;
    *to = 0;
    return tag;
}

static void found(struct input *in, const char *path, const struct stat *st)
{
    struct file **last = &in->files, *f;
    for (; (f = *last); last = &f->next)
        if (f->dev == st->st_dev && f->ino == st->st_ino) {
            f->seen = in->scans;
            return;
        }
    f = *last = file_open(path, st, in->buffer_chunk);
    if (!f)
        return; /* the next poll tries again */
    f->seen = in->scans;
    f->tag = tag_of(in->tag, path);
    for (struct saved *s = in->saved; s; s = s->next)
        if (s->dev == f->dev && s->ino == f->ino && s->offset <= st->st_size &&
            s->marker == file_marker(f, s->offset))
            f->offset = s->offset;
    f->size = f->offset;
    say(LOG_DEBUG, "[input:tail:%s] inode=%ju offset=%jd %s", in->name, (uintmax_t)f->ino,
        (intmax_t)f->offset, path);
}

static void scan(struct input *in)
{
    in->scans++;
    for (char **p = in->paths; *p; p++) {
        glob_t names = {0};
        if (!glob(*p, GLOB_TILDE, NULL, &names))
            for (size_t i = 0; i < names.gl_pathc; i++) {
                struct stat st;
                bool excluded = false;
                for (char **x = in->excluded; *x; x++)
                    excluded |= !fnmatch(*x, names.gl_pathv[i], 0);
                if (!excluded && !stat(names.gl_pathv[i], &st) && S_ISREG(st.st_mode))
                    found(in, names.gl_pathv[i], &st);
            }
        globfree(&names);
    }
}

/* behind says whether an older file of that name is not read to its end: a record
 * may begin in it and end in the new one. */
static bool behind(const struct input *in, const struct file *f)
{
    for (const struct file *old = in->files; old != f; old = old->next)
        if (old->gone && old->offset < old->size && !old->given_up && !strcmp(old->path, f->path))
            return true;
    return false;
}

/* tail_poll reads what the files have got since the last time. */
void tail_poll(struct input *in)
{
    size_t total = 0, round;
    bool changed = false;
    scan(in);
    for (struct file **p = &in->files, *f; (f = *p);) {
        off_t offset = f->offset;
        if (file_look(in, f)) {
            changed |= f->offset != offset;
            p = &f->next;
        } else {
            *p = f->next;
            file_close(f);
            changed = true;
        }
    }
    /* Each file in turn: one that is large must not keep the others waiting. */
    do {
        round = 0;
        for (struct file *f = in->files; f; f = f->next)
            round += behind(in, f) ? 0 : file_read(in, f);
        total += round;
    } while (round && total < BATCH);
    if (in->db && (total || changed))
        save_offsets(in);
}
