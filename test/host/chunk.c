/* test-host is not Fluent Bit: this file packs records as its tail input does.
 * A record is [[EventTime, {}], {…}], and both maps have the 5-byte header of
 * map32 however small they are. */
#include "host.h"

#include <string.h>
#include <time.h>

/* A chunk that has grown beyond this takes no further records. */
#define FULL 2048000

/* chunk_open returns the chunk of the input that takes the tag's next records. */
struct chunk *chunk_open(struct input *in, const char *tag)
{
    static unsigned opened;
    struct chunk **last = &in->chunks;
    for (; *last; last = &(*last)->next)
        if ((*last)->size <= FULL && !strcmp((*last)->tag, tag))
            return *last;
    struct chunk *c = *last = must(calloc(1, sizeof *c));
    c->input = in;
    c->tag = must(strdup(tag));
    c->id = ++opened;
    return c;
}

static void append(struct chunk *c, const void *bytes, size_t n)
{
    if (c->size + n > c->room) {
        c->room = 2 * (c->size + n) + 4096;
        c->data = must(realloc(c->data, c->room));
    }
    memcpy(c->data + c->size, bytes, n);
    c->size += n;
}

/* header appends a type byte and a number of so many bytes, big-endian. */
static void header(struct chunk *c, uint8_t type, uint64_t number, int bytes)
{
    uint8_t h[9] = {type};
    for (int i = bytes; i > 0; i--, number >>= 8)
        h[i] = number;
    append(c, h, 1 + bytes);
}

static void string(struct chunk *c, const char *text, size_t n)
{
    if (n < 32)
        header(c, 0xa0 | n, 0, 0);
    else if (n < 1 << 8)
        header(c, 0xd9, n, 1);
    else if (n < 1 << 16)
        header(c, 0xda, n, 2);
    else
        header(c, 0xdb, n, 4);
    append(c, text, n);
}

static const uint8_t start[] = {0x92, 0x92, 0xd7, 0x00}; /* of every record */

void chunk_record(struct chunk *c, const char *path, off_t offset, const char *line, size_t length)
{
    struct input *in = c->input;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    append(c, start, 3);
    header(c, start[3], (uint64_t)t.tv_sec << 32 | t.tv_nsec, 8);
    header(c, 0xdf, 0, 4);
    header(c, 0xdf, 1 + !!in->path_key + !!in->offset_key, 4);
    if (in->path_key) {
        string(c, in->path_key, strlen(in->path_key));
        string(c, path, strlen(path));
    }
    if (in->offset_key) {
        string(c, in->offset_key, strlen(in->offset_key));
        header(c, 0xcf, offset, 8);
    }
    string(c, in->key, strlen(in->key));
    string(c, line, length);
}

/* chunk_release is called once for each user, and frees with the last. */
void chunk_release(struct chunk *c)
{
    if (--c->users > 0)
        return;
    free(c->tag);
    free(c->data);
    free(c);
}
