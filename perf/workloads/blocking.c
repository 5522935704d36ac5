/* blocking.c - tasks that sleep, all at once: more of them than there are cores. */
#include "../samples.h"
#include "workloads.h"

enum { SLEEP = 10000000 };

static const bench_case cases[] = {
    {"64", 64, false},
    {NULL, 0, false},
};

static const bench_bound bounds[] = {
    {"64", 0, NULL, 15},
    {NULL, 0, NULL, 0},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_COLUMNS])
{
    bench_job job = {.task = bench_sleeping, .n = which->n, .width = (unsigned)which->n};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    for (size_t i = 0; i < job.n; i++)
        job.in[i] = SLEEP;
    samples s;
    samples_init(&s);
    peer->start(&job);
    samples_of_calls(&s, peer, &job, seconds, 5);
    figures[0] = samples_quantile(&s, 0.5) / 1e6;
    figures[1] = samples_quantile(&s, 0.99) / 1e6;
    samples_free(&s);
    return true;
}

const bench_workload workload_blocking = {
    .name = "blocking",
    .title = "n tasks that sleep 10 ms, n at once; milliseconds a call",
    .columns = {{"p50", 2}, {"p99", 2}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.5,
    .quick_seconds = 0.15,
    .extra_seconds = 0.1,
    .measure = measure,
};
