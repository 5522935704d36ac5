/* glib.c - GLib's GThreadPool. It has no way to wait for some tasks, so that every program writes
 * its own: a counter, and a condition for the caller. */
#include <glib.h>

#include "../bench.h"

typedef struct call {
    gint left;
    GMutex mutex;
    GCond all_done;
} call;

typedef struct item {
    const bench_job *job;
    size_t index;
    call *of;
} item;

static GThreadPool *pool;

/* The caller's, from its first call on. They stay, since a thread of the pool may still signal when the
 * call is over. */
static _Thread_local call *current;
static _Thread_local item *items;

static bool can(const bench_job *job)
{
    return !job->outlast;
}

static void work(gpointer element, gpointer data)
{
    (void)data;
    const item *self = element;
    self->job->out[self->index] = self->job->task(self->job->in[self->index]);
    if (g_atomic_int_dec_and_test(&self->of->left)) {
        g_mutex_lock(&self->of->mutex);
        g_cond_signal(&self->of->all_done);
        g_mutex_unlock(&self->of->mutex);
    }
}

static void start(const bench_job *job)
{
    gint threads = (gint)bench_threads_of(job);
    pool = g_thread_pool_new(work, NULL, threads, TRUE, NULL);
    if (pool == NULL)
        bench_die("GLib cannot start its threads");
}

static void push(const bench_job *job, item *all, call *of)
{
    for (size_t i = 0; i < job->n; i++) {
        all[i] = (item){job, i, of};
        g_thread_pool_push(pool, &all[i], NULL);
    }
}

static void behind(const bench_job *job)
{
    push(job, g_new(item, job->n), g_new0(call, 1));
}

static bool wait_once(const bench_job *job, gint64 deadline)
{
    if (job->timeout != 0)
        return g_cond_wait_until(&current->all_done, &current->mutex, deadline);
    g_cond_wait(&current->all_done, &current->mutex);
    return true;
}

static void run(const bench_job *job)
{
    gint64 deadline = job->timeout != 0 ? g_get_monotonic_time() + job->timeout / 1000 : 0;
    if (current == NULL) {
        current = g_new0(call, 1);
        items = g_new(item, job->n);
    }
    g_atomic_int_set(&current->left, (gint)job->n);
    push(job, items, current);
    g_mutex_lock(&current->mutex);
    while (g_atomic_int_get(&current->left) != 0) {
        if (!wait_once(job, deadline))
            bench_die("GLib: out of time");
    }
    g_mutex_unlock(&current->mutex);
}

const bench_peer bench_this_peer = {.can = can, .start = start, .run = run, .behind = behind};
