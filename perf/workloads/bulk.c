/* bulk.c - very many trivial tasks in one call. */
#include "../samples.h"
#include "workloads.h"

static const bench_case cases[] = {
    {"100000", 100000, 0},
    {"1000000", 1000000, 0},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "100000", .peer = "tbb", .limit = 0.5},
    {.in = "1000000", .peer = "openmp", .limit = 1, .enough = 26},
    {.in = NULL},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_trivial, .n = which->n, .ahead = true};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    samples s;
    samples_init(&s);
    peer->start(&job);
    samples_of_calls(&s, peer, &job, seconds, 3);
    figures[0] = samples_quantile(&s, 0.5) / (double)which->n;
    figures[1] = samples_quantile(&s, 0.99) / (double)which->n;
    samples_free(&s);
    return true;
}

const bench_workload workload_bulk = {
    .name = "bulk",
    .title = "one call of n trivial tasks, the results read; nanoseconds a task",
    .columns = {{"p50", 1, false}, {"p99", 1, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.3,
    .quick_seconds = 0.2,
    .extra_seconds = 0.1,
    .quick_rounds = 1,
    .peers = 11,
    .measure = measure,
};
