/* build.c - what it takes to write tasks down, before any call is made. */
#include "../samples.h"
#include "workloads.h"

enum { TIMES = 1000 };

/* n is the number of tasks that are built at a time. */
static const bench_case cases[] = {
    {"par_list, par_future", 3, 0},
    {"par_named, par_future", 3, 0},
    {"par_list, f_future", 3, 0},
    {"par_named, f_future", 3, 0},
    {"element, f_future", 1, 0},
    {"element, par_future", 1, 0},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "par_list, par_future", .limit = 3},
    {.in = "par_named, par_future", .limit = 3},
    {.in = "par_list, f_future", .limit = 3},
    {.in = "par_named, f_future", .limit = 3},
    {.in = "element, f_future", .limit = 3},
    {.in = "element, par_future", .limit = 15},
    {.in = NULL},
};

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_trivial, .n = which->n};
    if (peer->build == NULL || !peer->can(&job))
        return false;
    samples s;
    samples_init(&s);
    int64_t until = bench_now() + (int64_t)(seconds * 1e9);
    while (!samples_full(&s) && bench_now() < until) {
        int64_t began = bench_now();
        peer->build(which->name, TIMES);
        samples_add(&s, (double)(bench_now() - began) / (double)(TIMES * which->n));
    }
    figures[0] = samples_quantile(&s, 0.5);
    figures[1] = samples_quantile(&s, 0.99);
    samples_free(&s);
    return true;
}

const bench_workload workload_build = {
    .name = "build",
    .title = "tasks of one or two arguments, written down and not run; nanoseconds a task",
    .columns = {{"p50", 2, true}, {"p99", 2, true}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.1,
    .quick_seconds = 0.03,
    .extra_seconds = 0.02,
    .peers = 1,
    .measure = measure,
};
