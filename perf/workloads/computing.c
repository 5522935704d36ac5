/* computing.c - tasks that need a core each and no more threads than that. */
#include "../samples.h"
#include "workloads.h"

enum { WORK = 5000000 };

static const bench_case cases[] = {
    {"200", 200, 0},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "200", .peer = "par_fixed", .limit = 1.03},
    {.in = NULL},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_computing, .n = which->n};
    if (!peer->can(&job))
        return false;
    bench_calibrate();
    job_arrays(&job);
    for (size_t i = 0; i < job.n; i++)
        job.in[i] = WORK;
    samples_measure(peer, &job, seconds, 1, 1e6, figures);
    return true;
}

const bench_workload workload_computing = {
    .name = "computing",
    .title = "n tasks that compute for 5 ms; milliseconds a call",
    .columns = {{"p50", 2, false}, {"p99", 2, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 1,
    .quick_seconds = 0.1,
    .extra_seconds = 0.6,
    .rounds = 3,
    .quick_rounds = 1,
    .peers = 13,
    .measure = measure,
};
