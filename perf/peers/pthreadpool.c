/* pthreadpool.c - libpthreadpool: the tasks of a call are the indices of a range, which the caller and
 * the pool's threads share out. It has no way to stop waiting for them. */
#include <pthreadpool.h>

#include "../bench.h"

static pthreadpool_t pool;

static bool can(const bench_job *job)
{
    return job->timeout == 0;
}

static void start(const bench_job *job)
{
    pool = pthreadpool_create(bench_threads_of(job));
    if (pool == NULL)
        bench_die("pthreadpool cannot start its threads");
}

static void one(void *context, size_t i)
{
    const bench_job *job = context;
    job->out[i] = job->task(job->in[i]);
}

static void run(const bench_job *job)
{
    pthreadpool_parallelize_1d(pool, one, (void *)job, job->n, 0);
}

const bench_peer bench_this_peer = {
    .can = can, .start = start, .run = run, .loops = &loops_pthreadpool};
