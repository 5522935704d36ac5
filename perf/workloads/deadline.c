/* deadline.c - how long after its deadline a call returns whose tasks take much longer. */
#include "../samples.h"
#include "workloads.h"

enum { TIMEOUT = 5000000, SLEEP = 60000000, MARGIN = 10000000 };

static const bench_case cases[] = {
    {"3", 3, true},
    {NULL, 0, false},
};

static const bench_bound bounds[] = {
    {"3", 0, "futex", 3},
    {NULL, 0, NULL, 0},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_COLUMNS])
{
    bench_job job = {.task = bench_sleeping, .n = which->n, .timeout = TIMEOUT, .outlast = true};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    for (size_t i = 0; i < job.n; i++)
        job.in[i] = SLEEP;
    samples s;
    samples_init(&s);
    peer->start(&job);
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
    .columns = {{"p50", 1}, {"p99", 1}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 2.8,
    .quick_seconds = 0.7,
    .extra_seconds = 0.1,
    .measure = measure,
};
