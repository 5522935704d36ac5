/* cold.c - a few trivial tasks now and then: the caller sleeps between the calls, and so does, or does
 * not, the library. Beside it the same in serial, which is as good as a loop that only sleeps. */
#include <time.h>

#include "../samples.h"
#include "workloads.h"

enum { PAUSE = 1000000, WARM_UP = 20 };

/* So far away that nothing comes near it. */
#define TIMEOUT INT64_C(10000000000)

enum { UNTIMED, TIMED };

static const bench_case cases[] = {
    {"3", 3, UNTIMED},
    {"64", 64, UNTIMED},
    {"3, timeout", 3, TIMED},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "3", .peer = "tbb", .limit = 1},
    {.in = "3", .column = 2, .peer = "serial", .limit = 1.3},
    {.in = "3, timeout", .peer = "futex", .limit = 1.3},
    {.in = NULL},
};

static double one_call(const bench_peer *peer, bench_job *job)
{
    bench_sleep_until(bench_now() + PAUSE);
    int64_t began = bench_now();
    peer->run(job);
    int64_t took = bench_now() - began;
    job_check(job);
    return (double)took;
}

static double cpu_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {
        .task = bench_trivial, .n = which->n, .timeout = which->kind == TIMED ? TIMEOUT : 0};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    samples s;
    samples_init(&s);
    peer->start(&job);
    for (int i = 0; i < WARM_UP; i++)
        one_call(peer, &job);
    double before = cpu_time();
    int64_t until = bench_now() + (int64_t)(seconds * 1e9);
    do
        samples_add(&s, one_call(peer, &job));
    while (!samples_full(&s) && bench_now() < until);
    figures[2] = (cpu_time() - before) / (double)s.n / 1e3;
    figures[0] = samples_quantile(&s, 0.5) / 1e3;
    figures[1] = samples_quantile(&s, 0.99) / 1e3;
    samples_spread(&s, 1e3, figures);
    samples_free(&s);
    return true;
}

const bench_workload workload_cold = {
    .name = "cold",
    .title =
        "a call of n trivial tasks after each sleep of 1 ms; microseconds a call, and of CPU time\n"
        "  of all threads for the sleep and the call. serial: a bare loop of sleeps",
    .columns = {{"p50", 2, false}, {"p99", 2, false}, {"cpu", 1, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.4,
    .quick_seconds = 0.1,
    .extra_seconds = 0.02,
    .spread = true,
    .peers = 10,
    .measure = measure,
};
