/* fanout.c - a few trivial tasks, from outside the pool, back to back. */
#include "../samples.h"
#include "workloads.h"

/* So far away that nothing comes near it. */
#define TIMEOUT INT64_C(10000000000)

enum { UNTIMED, TIMED };

static const bench_case cases[] = {
    {"3", 3, UNTIMED},
    {"1", 1, UNTIMED},
    {"8", 8, UNTIMED},
    {"64", 64, UNTIMED},
    {"1000", 1000, UNTIMED},
    {"3, timeout", 3, TIMED},
    {"1, timeout", 1, TIMED},
    {"8, timeout", 8, TIMED},
    {"64, timeout", 64, TIMED},
    {"1000, timeout", 1000, TIMED},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "3", .peer = "glib", .limit = 0.25},
    {.in = "3", .peer = "tbb", .limit = 1},
    {.in = "64", .peer = "tbb", .limit = 0.125},
    {.in = "1000", .peer = "tbb", .limit = 0.1},
    {.in = "3, timeout", .peer = "glib", .limit = 0.5},
    {.in = "3, timeout", .peer = "tbb", .limit = 1},
    {.in = "3, timeout", .column = 1, .peer = "tbb", .limit = 1},
    {.in = NULL},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {
        .task = bench_trivial, .n = which->n, .timeout = which->kind == TIMED ? TIMEOUT : 0};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    samples_measure(peer, &job, seconds, 3, 1e3, figures);
    return true;
}

const bench_workload workload_fanout = {
    .name = "fanout",
    .title = "calls of n trivial tasks back to back, the results read; microseconds a call",
    .columns = {{"p50", 2, false}, {"p99", 2, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.15,
    .quick_seconds = 0.05,
    .extra_seconds = 0.02,
    .spread = true,
    .peers = 10,
    .measure = measure,
};
