/* test-host is not Fluent Bit: this file brings chunks to outputs, on the
 * engine thread or dealt to workers in turn, and presents them again as often as
 * the output's retry_limit allows. Nothing is kept on disk. */
#include "host.h"

#include <pthread.h>
#include <string.h>

double retry_base = 5, retry_cap = 2000;

/* A task is one chunk for one output. */
struct task {
    struct chunk *chunk;
    struct output *output;
    int retries, verdict;
    double due; /* of the next retry */
    struct task *next;
};

struct queue {
    struct task *first, **last;
};

/* A worker makes one call at a time. What is dealt to it waits for it, even if
 * another worker has nothing to do. */
struct worker {
    struct output *output;
    int number;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct queue queue;
    bool stop;
};

static struct output *outputs;
static struct task *waiting; /* for their retry */
static struct totals totals;
static unsigned pending; /* tasks that are not settled, wherever they are */
static bool hurried;

static struct queue done = {.last = &done.first}; /* with a verdict */
static pthread_mutex_t done_mutex = PTHREAD_MUTEX_INITIALIZER;

static void push(struct queue *q, struct task *t)
{
    t->next = NULL;
    *q->last = t;
    q->last = &t->next;
}

static struct task *pop(struct queue *q)
{
    struct task *t = q->first;
    if (t && !(q->first = t->next))
        q->last = &q->first;
    return t;
}

static void perform(struct task *t)
{
    t->verdict = proxy_flush(t->output, t->chunk);
    pthread_mutex_lock(&done_mutex);
    push(&done, t);
    pthread_mutex_unlock(&done_mutex);
    wake();
}

static void *work(void *argument)
{
    struct worker *w = argument;
    struct task *t;
    say(LOG_INFO, "[output:%s:%s] worker #%d started", proxy_name(w->output->plugin),
        w->output->name, w->number);
    pthread_mutex_lock(&w->mutex);
    while (!w->stop) {
        if (!(t = pop(&w->queue))) {
            pthread_cond_wait(&w->changed, &w->mutex);
            continue;
        }
        pthread_mutex_unlock(&w->mutex);
        perform(t);
        pthread_mutex_lock(&w->mutex);
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

/* engine_start initializes the instances and starts their workers. */
void engine_start(struct output *list)
{
    outputs = list;
    for (struct output *o = list; o; o = o->next) {
        proxy_init(o);
        o->pool = must(calloc(o->workers + 1, sizeof *o->pool));
        for (int i = 0; i < o->workers; i++) {
            struct worker *w = &o->pool[i];
            *w = (struct worker){.output = o, .number = i};
            w->queue.last = &w->queue.first;
            pthread_mutex_init(&w->mutex, NULL);
            pthread_cond_init(&w->changed, NULL);
            if (pthread_create(&w->thread, NULL, work, w))
                die("[output:%s] cannot start a worker", o->name);
        }
    }
}

static void present(struct task *t)
{
    struct output *o = t->output;
    if (!o->workers) {
        perform(t);
        return;
    }
    struct worker *w = &o->pool[o->dealt++ % o->workers];
    pthread_mutex_lock(&w->mutex);
    push(&w->queue, t);
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->mutex);
}

/* matches compares a tag with a pattern in which a star stands for any text. */
static bool matches(const char *pattern, const char *tag)
{
    for (; *pattern != '*'; pattern++, tag++) {
        if (*pattern != *tag)
            return false;
        if (!*tag)
            return true;
    }
    while (*pattern == '*')
        pattern++;
    if (!*pattern)
        return true;
    for (; *tag; tag++)
        if (matches(pattern, tag))
            return true;
    return false;
}

/* engine_dispatch gives a chunk to every output that its tag matches. */
void engine_dispatch(struct chunk *c)
{
    struct queue tasks = {.last = &tasks.first};
    struct task *t;
    c->users = 1; /* until all of its tasks are counted */
    for (struct output *o = outputs; o; o = o->next)
        if (o->match && matches(o->match, c->tag)) {
            t = must(calloc(1, sizeof *t));
            t->chunk = c;
            t->output = o;
            push(&tasks, t);
            c->users++;
            totals.chunks++;
            pending++;
        }
    chunk_release(c);
    while ((t = pop(&tasks)))
        present(t);
}

static void settle(struct task *t, unsigned *counter)
{
    (*counter)++;
    pending--;
    chunk_release(t->chunk);
    free(t);
}

static void retry(struct task *t, double now)
{
    struct output *o = t->output;
    if (o->retry_limit == RETRY_NONE || (o->retry_limit >= 0 && t->retries >= o->retry_limit)) {
        say(LOG_ERROR, "[engine] chunk %u is deleted after %d retries: %s > %s", t->chunk->id,
            t->retries, t->chunk->input->name, o->name);
        settle(t, &totals.deleted);
        return;
    }
    double longest = retry_base, wait = 1;
    for (int i = 0; i <= t->retries && longest < retry_cap; i++)
        longest *= 2;
    if (longest > retry_cap)
        longest = retry_cap;
    if (!hurried)
        wait = retry_base + (longest > retry_base ? drand48() * (longest - retry_base) : 0);
    t->retries++;
    t->due = now + wait;
    totals.retried++;
    t->next = waiting;
    waiting = t;
    say(LOG_WARN, "[engine] chunk %u: retry %d in %.1f s: %s > %s", t->chunk->id, t->retries, wait,
        t->chunk->input->name, o->name);
}

static void judge(struct task *t, double now)
{
    if (t->verdict == VERDICT_RETRY) {
        retry(t, now);
    } else if (t->verdict != VERDICT_OK) {
        say(LOG_ERROR, "[engine] chunk %u is deleted, the plugin refuses it: %s > %s",
            t->chunk->id, t->chunk->input->name, t->output->name);
        settle(t, &totals.deleted);
    } else {
        if (t->retries)
            say(LOG_INFO, "[engine] chunk %u is delivered at retry %d: %s > %s", t->chunk->id,
                t->retries, t->chunk->input->name, t->output->name);
        settle(t, &totals.ok);
    }
}

static struct task *next_done(void)
{
    pthread_mutex_lock(&done_mutex);
    struct task *t = pop(&done);
    pthread_mutex_unlock(&done_mutex);
    return t;
}

/* engine_run acts on verdicts and presents again what is due. It returns when the
 * next retry is, at the latest a minute from now. */
double engine_run(double now)
{
    struct task *t;
    double next = now + 60;
    for (struct task **p = &waiting; (t = *p);)
        if (t->due <= now) {
            *p = t->next;
            present(t);
        } else {
            p = &t->next;
        }
    while ((t = next_done()))
        judge(t, now_seconds());
    for (t = waiting; t; t = t->next)
        next = t->due < next ? t->due : next;
    return next;
}

unsigned engine_pending(void) { return pending; }

/* engine_hurry begins the end: every retry is a second away from now on. */
void engine_hurry(double now)
{
    hurried = true;
    for (struct task *t = waiting; t; t = t->next)
        t->due = now + 1;
}

/* engine_stop joins the workers, for as long as their calls take, and only then
 * tells the instances. */
struct totals engine_stop(void)
{
    struct task *t;
    for (struct output *o = outputs; o; o = o->next) {
        for (int i = 0; i < o->workers; i++) {
            struct worker *w = &o->pool[i];
            pthread_mutex_lock(&w->mutex);
            w->stop = true;
            pthread_cond_signal(&w->changed);
            pthread_mutex_unlock(&w->mutex);
            pthread_join(w->thread, NULL);
            while ((t = pop(&w->queue)))
                settle(t, &totals.left);
        }
        free(o->pool);
        proxy_exit(o);
    }
    while ((t = next_done()))
        if (t->verdict == VERDICT_RETRY)
            settle(t, &totals.left);
        else
            judge(t, now_seconds());
    while ((t = waiting)) {
        waiting = t->next;
        settle(t, &totals.left);
    }
    return totals;
}
