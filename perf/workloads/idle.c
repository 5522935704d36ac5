/* idle.c - what a pool costs that has nothing to do, from the moment that its work is done. */
#include <sys/resource.h>

#include "../samples.h"
#include "workloads.h"

#define IDLE INT64_C(2000000000)

static const bench_case cases[] = {
    {"64", 64, 0},
    {NULL, 0, 0},
};

/* Below 5 ms, and fewer than 20. */
static const bench_bound bounds[] = {
    {.in = "64", .limit = 5},
    {.in = "64", .column = 1, .limit = 19},
    {.in = NULL},
};

static double milliseconds(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_trivial, .n = which->n};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    samples s;
    samples_init(&s);
    peer->start(&job);
    samples_of_calls(&s, peer, &job, seconds, 100);
    samples_free(&s);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    bench_sleep_until(bench_now() + IDLE);
    getrusage(RUSAGE_SELF, &after);
    figures[0] = milliseconds(after.ru_utime) + milliseconds(after.ru_stime) -
                 milliseconds(before.ru_utime) - milliseconds(before.ru_stime);
    figures[1] = (double)(after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw);
    return true;
}

const bench_workload workload_idle = {
    .name = "idle",
    .title = "2 s without work after calls of n tasks; ms of CPU time, context switches",
    .columns = {{"cpu", 2, false}, {"switches", 0, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.1,
    .quick_seconds = 0.1,
    .extra_seconds = 2,
    .measure = measure,
};
