/* deadline.c - how long after its deadline a call returns whose tasks take much longer, or do not
 * begin, since others have all workers. */
#include "../background.h"
#include "../samples.h"
#include "workloads.h"

enum { TIMEOUT = 5000000, SLEEP = 60000000, MARGIN = 10000000, BLOCKED = 32 };

/* What the workers do meanwhile. */
enum { NOTHING, BLOCK, COMPUTE };

static const bench_case cases[] = {
    {"3", 3, NOTHING},
    {"3, workers block", 3, BLOCK},
    {"3, workers compute", 3, COMPUTE},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "3", .peer = "futex", .limit = 3},
    {.in = "3, workers block", .peer = "futex", .limit = 100, .above = true},
    {.in = "3, workers block", .column = 1, .peer = "futex", .limit = 1000, .above = true},
    {.in = "3, workers compute", .peer = "futex", .limit = 100, .above = true},
    {.in = "3, workers compute", .column = 1, .peer = "futex", .limit = 1000, .above = true},
    {.in = NULL},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_sleeping, .n = which->n, .timeout = TIMEOUT, .outlast = true};
    if (!peer->can(&job) || (which->kind != NOTHING && peer->behind == NULL))
        return false;
    bench_calibrate();
    job_arrays(&job);
    for (size_t i = 0; i < job.n; i++)
        job.in[i] = SLEEP;
    samples s;
    samples_init(&s);
    peer->start(&job);
    if (which->kind == BLOCK)
        background_start(peer, bench_sleeping, BLOCKED);
    else if (which->kind == COMPUTE)
        background_start(peer, bench_computing, bench_cpus());
    int64_t until = bench_now() + (int64_t)(seconds * 1e9);
    do {
        int64_t began = bench_now();
        peer->run(&job);
        int64_t overrun = bench_now() - (began + TIMEOUT);
        if (overrun < 0)
            bench_die("back %lld ns before the deadline", (long long)-overrun);
        samples_add(&s, (double)overrun);
        bench_sleep_until(began + SLEEP + MARGIN); /* the tasks have ended */
    } while (bench_now() < until);
    figures[0] = samples_quantile(&s, 0.5) / 1e3;
    figures[1] = samples_quantile(&s, 0.99) / 1e3;
    samples_free(&s);
    return true;
}

const bench_workload workload_deadline = {
    .name = "deadline",
    .title = "n tasks that sleep 60 ms, timeout 5 ms; microseconds that the call returns late",
    .columns = {{"p50", 1, false}, {"p99", 1, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 1.6,
    .quick_seconds = 0.5,
    .extra_seconds = 0.2,
    .quick_rounds = 1,
    .peers = 3,
    .measure = measure,
};
