/* loop.c - a sum over very short iterations, by each library's own loop. */
#include <stdlib.h>

#include "../samples.h"
#include "workloads.h"

enum { WARM_UP = 3 };

static const bench_case cases[] = {
    {"1000", 1000, 0},
    {"1000000", 1000000, 0},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "1000", .peer = "serial", .limit = 1.7},
    {.in = "1000000", .peer = "serial", .limit = 0.5},
    {.in = NULL},
};

static uint32_t *numbers(size_t n)
{
    uint32_t *values = malloc(n * sizeof(uint32_t));
    if (values == NULL)
        bench_die("not enough memory");
    for (size_t i = 0; i < n; i++)
        values[i] = (uint32_t)i;
    return values;
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_trivial, .n = which->n};
    if (peer->loops == NULL || !peer->can(&job))
        return false;
    uint32_t *values = numbers(which->n);
    uint64_t right = loops_serial.sum(values, which->n);
    samples s;
    samples_init(&s);
    int64_t warm = bench_now() + (int64_t)(seconds * 1e9 / 5);
    for (int i = 0; i < WARM_UP || bench_now() < warm; i++)
        peer->loops->sum(values, which->n);
    int64_t until = bench_now() + (int64_t)(seconds * 1e9);
    while (!samples_full(&s) && bench_now() < until) {
        int64_t began = bench_now();
        uint64_t sum = peer->loops->sum(values, which->n);
        samples_add(&s, (double)(bench_now() - began));
        if (sum != right)
            bench_die("the sum is %llu", (unsigned long long)sum);
    }
    figures[0] = samples_quantile(&s, 0.5) / 1e3;
    figures[1] = samples_quantile(&s, 0.99) / 1e3;
    samples_free(&s);
    return true;
}

const bench_workload workload_loop = {
    .name = "loop",
    .title = "a sum over n numbers, of which each costs about 0.2 ns; microseconds a loop",
    .columns = {{"p50", 2, false}, {"p99", 2, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.3,
    .quick_seconds = 0.06,
    .extra_seconds = 0.02,
    .peers = 6,
    .measure = measure,
};
