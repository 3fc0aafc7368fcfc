/* test-host is not Fluent Bit: this file reads one file of a tail input to its end
 * and beyond: while it grows, when it is truncated, after it is renamed. */
#include "host.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* file_open returns NULL if the file cannot be read. */
struct file *file_open(const char *path, const struct stat *st, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct file *f = must(calloc(1, sizeof *f));
    f->fd = fd;
    f->dev = st->st_dev;
    f->ino = st->st_ino;
    f->path = must(strdup(path));
    f->room = room;
    f->buffer = must(malloc(room));
    return f;
}

void file_close(struct file *f)
{
    close(f->fd);
    free(f->path);
    free(f->tag);
    free(f->buffer);
    free(f);
}

/* file_marker is a hash (FNV-1a) of the bytes before an offset. */
uint64_t file_marker(const struct file *f, off_t offset)
{
    uint8_t bytes[32];
    off_t from = offset < (off_t)sizeof bytes ? 0 : offset - (off_t)sizeof bytes;
    ssize_t n = pread(f->fd, bytes, offset - from, from);
    uint64_t hash = 14695981039346656037u;
    for (ssize_t i = 0; i < n; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

/* pack makes records of the lines in the buffer that are complete. */
static void pack(struct input *in, struct file *f)
{
    char *from = f->buffer, *stop = from + f->length, *newline;
    struct chunk *c = NULL;
    /* A writer that goes on where it was after a truncation leaves zeros. */
    while (from < stop && !*from)
        from++;
    for (; (newline = memchr(from, '\n', stop - from)); from = newline + 1) {
        size_t n = newline - from;
        if (f->skipping) {
            f->skipping = false;
            continue;
        }
        /* Of a line that is a CR alone, Fluent Bit keeps it. */
        if (n > 1 && from[n - 1] == '\r')
            n--;
        if (!c)
            c = chunk_open(in, f->tag);
        chunk_record(c, f->path, f->offset - (stop - from), from, n);
    }
    f->length = stop - from;
    memmove(f->buffer, from, f->length);
}

/* file_read reads once and returns how much. A byte of the buffer stays unused,
 * so that the longest line is as long as in Fluent Bit. */
size_t file_read(struct input *in, struct file *f)
{
    if (f->given_up)
        return 0;
    if (f->room - f->length < 2) {
        if (f->room < in->buffer_max) {
            f->room += in->buffer_chunk;
            f->room = f->room < in->buffer_max ? f->room : in->buffer_max;
            f->buffer = must(realloc(f->buffer, f->room));
        } else if (in->skip_long_lines) {
            f->length = 0;
            f->skipping = true;
        } else {
            say(LOG_ERROR, "[input:tail:%s] file=%s has a line longer than buffer_max_size, "
                "the file is skipped", in->name, f->path);
            f->given_up = true;
            return 0;
        }
    }
    ssize_t n = pread(f->fd, f->buffer + f->length, f->room - f->length - 1, f->offset);
    if (n <= 0)
        return 0;
    f->offset += n;
    f->length += n;
    pack(in, f);
    return n;
}

/* file_look notices what happened to the file, and returns whether it is still of use:
 * one that was renamed or deleted is read to its end, and for a while after. */
bool file_look(struct input *in, struct file *f)
{
    struct stat st, named;
    if (fstat(f->fd, &st))
        return false;
    if (st.st_size < f->size) {
        say(LOG_INFO, "[input:tail:%s] truncated: %s", in->name, f->path);
        f->offset = f->length = 0;
    }
    f->size = st.st_size;
    if (!stat(f->path, &named) && named.st_dev == f->dev && named.st_ino == f->ino) {
        f->gone = 0;
        return true;
    }
    if (!f->gone) {
        say(LOG_INFO, "[input:tail:%s] rotated: %s", in->name, f->path);
        f->gone = now_seconds();
    }
    return f->seen == in->scans || now_seconds() - f->gone < in->rotate_wait ||
           (f->offset < f->size && !f->given_up);
}
