/* openmp_for.c - OpenMP by a loop: the tasks of a call are its iterations, handed out one by one. */
#include <omp.h>

#include "../bench.h"

static bool can(const bench_job *job)
{
    return job->timeout == 0 && job->task != bench_sleeping && job->width == 0;
}

static void start(const bench_job *job)
{
    omp_set_num_threads((int)bench_threads_of(job));
}

static void run(const bench_job *job)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < job->n; i++)
        job->out[i] = job->task(job->in[i]);
}

const bench_peer bench_this_peer = {.can = can, .start = start, .run = run};
