/* blocking.c - tasks that sleep, more of them than there are cores: all at once where the call asks
 * for that, otherwise as many as the library finds right. */
#include "../samples.h"
#include "workloads.h"

enum { SLEEP = 10000000 };

enum { WIDE, UNSAID, SAID };

/* With less time than that the thousand, of which most peers run two at a time, are for par alone. */
#define ENOUGH 0.2

static const bench_case cases[] = {
    {"64", 64, WIDE},       {"64, unsaid", 64, UNSAID},
    {"64, said", 64, SAID}, {"1000, unsaid", 1000, UNSAID},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "64", .limit = 15},           {.in = "64, unsaid", .limit = 16},
    {.in = "64, said", .limit = 12},     {.in = "64, said", .peer = "pthread", .limit = 1},
    {.in = "1000, unsaid", .limit = 60}, {.in = NULL},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_sleeping, .n = which->n, .said = which->kind == SAID};
    if (which->kind == WIDE)
        job.width = (unsigned)which->n;
    bool too_long = peer->build == NULL && which->n == 1000 && seconds < ENOUGH;
    if (!peer->can(&job) || too_long)
        return false;
    job_arrays(&job);
    for (size_t i = 0; i < job.n; i++)
        job.in[i] = SLEEP;
    samples_measure(peer, &job, seconds, 1, 1e6, figures);
    return true;
}

const bench_workload workload_blocking = {
    .name = "blocking",
    .title = "n tasks that sleep 10 ms, n at once or nothing said; milliseconds a call",
    .columns = {{"p50", 2, false}, {"p99", 2, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.3,
    .quick_seconds = 0.15,
    .extra_seconds = 0.1,
    .quick_rounds = 1,
    .peers = 8,
    .measure = measure,
};
