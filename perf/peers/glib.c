/* glib.c - GLib's GThreadPool. It has no way to wait for some tasks, so that every program writes
 * its own: a counter, and a condition for the caller. */
#include <glib.h>

#include "../bench.h"

static GThreadPool *pool;
static gint left;
static GMutex mutex;
static GCond all_done;

static bool can(const bench_job *job)
{
    return !job->outlast;
}

static void work(gpointer element, gpointer data)
{
    const bench_job *job = data;
    size_t i = (size_t)((uint64_t *)element - job->in);
    job->out[i] = job->task(job->in[i]);
    if (g_atomic_int_dec_and_test(&left)) {
        g_mutex_lock(&mutex);
        g_cond_signal(&all_done);
        g_mutex_unlock(&mutex);
    }
}

static void start(const bench_job *job)
{
    gint threads = (gint)(job->width != 0 ? job->width : bench_cpus());
    pool = g_thread_pool_new(work, (gpointer)job, threads, TRUE, NULL);
    if (pool == NULL)
        bench_die("GLib cannot start its threads");
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
    for (size_t i = 0; i < job->n; i++)
        g_thread_pool_push(pool, &job->in[i], NULL);
    g_mutex_lock(&mutex);
    while (g_atomic_int_get(&left) != 0) {
        if (!wait_once(job, deadline))
            bench_die("GLib: out of time");
    }
    g_mutex_unlock(&mutex);
}

const bench_peer bench_this_peer = {can, start, run, NULL};
