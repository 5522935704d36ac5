/* fanout.c - a few trivial tasks, from outside the pool, back to back. */
#include "../samples.h"
#include "workloads.h"

/* So far away that nothing comes near it. */
#define TIMEOUT INT64_C(10000000000)

static const bench_case cases[] = {
    {"3", 3, false},           {"1", 1, false},
    {"8", 8, false},           {"64", 64, false},
    {"1000", 1000, false},     {"3, timeout", 3, true},
    {"1, timeout", 1, true},   {"8, timeout", 8, true},
    {"64, timeout", 64, true}, {"1000, timeout", 1000, true},
    {NULL, 0, false},
};

static const bench_bound bounds[] = {
    {"3", 0, "glib", 0.25},
    {"3, timeout", 0, "glib", 0.5},
    {NULL, 0, NULL, 0},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_COLUMNS])
{
    bench_job job = {.task = bench_trivial, .n = which->n, .timeout = which->timed ? TIMEOUT : 0};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    samples s;
    samples_init(&s);
    peer->start(&job);
    samples_of_calls(&s, peer, &job, seconds, 3);
    figures[0] = samples_quantile(&s, 0.5) / 1e3;
    figures[1] = samples_quantile(&s, 0.99) / 1e3;
    samples_free(&s);
    return true;
}

const bench_workload workload_fanout = {
    .name = "fanout",
    .title = "calls of n trivial tasks back to back, the results read; microseconds a call",
    .columns = {{"p50", 2}, {"p99", 2}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.25,
    .quick_seconds = 0.05,
    .extra_seconds = 0.02,
    .measure = measure,
};
