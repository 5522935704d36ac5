/* glib.c - GLib's GThreadPool. It has no way to wait for some tasks, so that every program writes
 * its own: a counter, and a condition for the caller. */
#include <glib.h>

#include "../bench.h"

typedef struct item {
    const bench_job *job;
    size_t index;
} item;

static GThreadPool *pool;
static item *items;
static gint left;
static GMutex mutex;
static GCond all_done;

static bool can(const bench_job *job)
{
    return !job->outlast && job->callers <= 1;
}

static void work(gpointer element, gpointer data)
{
    (void)data;
    const item *self = element;
    self->job->out[self->index] = self->job->task(self->job->in[self->index]);
    if (g_atomic_int_dec_and_test(&left)) {
        g_mutex_lock(&mutex);
        g_cond_signal(&all_done);
        g_mutex_unlock(&mutex);
    }
}

static void start(const bench_job *job)
{
    gint threads = (gint)bench_threads_of(job);
    pool = g_thread_pool_new(work, NULL, threads, TRUE, NULL);
    if (pool == NULL)
        bench_die("GLib cannot start its threads");
    items = g_new(item, job->n);
}

static void behind(const bench_job *job)
{
    item *all = g_new(item, job->n);
    for (size_t i = 0; i < job->n; i++) {
        all[i] = (item){job, i};
        g_thread_pool_push(pool, &all[i], NULL);
    }
}

static bool wait_once(const bench_job *job, gint64 deadline)
{
    if (job->timeout != 0)
        return g_cond_wait_until(&all_done, &mutex, deadline);
    g_cond_wait(&all_done, &mutex);
    return true;
}

static void run(const bench_job *job)
{
    gint64 deadline = job->timeout != 0 ? g_get_monotonic_time() + job->timeout / 1000 : 0;
    g_atomic_int_set(&left, (gint)job->n);
    for (size_t i = 0; i < job->n; i++) {
        items[i] = (item){job, i};
        g_thread_pool_push(pool, &items[i], NULL);
    }
    g_mutex_lock(&mutex);
    while (g_atomic_int_get(&left) != 0) {
        if (!wait_once(job, deadline))
            bench_die("GLib: out of time");
    }
    g_mutex_unlock(&mutex);
}

const bench_peer bench_this_peer = {.can = can, .start = start, .run = run, .behind = behind};
