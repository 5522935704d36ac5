/* serial.c - a loop: the caller runs one task after the other. */
#include "../bench.h"

static bool can(const bench_job *job)
{
    return job->timeout == 0 && job->task != bench_sleeping;
}

static void start(const bench_job *job)
{
    (void)job;
}

static void run(const bench_job *job)
{
    for (size_t i = 0; i < job->n; i++)
        job->out[i] = job->task(job->in[i]);
}

const bench_peer bench_this_peer = {
    .can = can, .start = start, .run = run, .forks = &forks_serial, .loops = &loops_serial};
