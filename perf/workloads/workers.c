/* workers.c - more and more workers, soon more than there are cores. */
#include "../forking.h"
#include "../samples.h"
#include "workloads.h"

/* With less time than that the program is smaller. */
#define ENOUGH 0.05

enum { TASKS = 1000 };

enum { CALLS, NQUEENS };

/* n is the number of workers. */
static const bench_case cases[] = {
    {"calls, 1", 1, CALLS},       {"calls, 2", 2, CALLS},       {"calls, 4", 4, CALLS},
    {"calls, 8", 8, CALLS},       {"calls, 16", 16, CALLS},     {"calls, 32", 32, CALLS},
    {"calls, 64", 64, CALLS},     {"nqueens, 1", 1, NQUEENS},   {"nqueens, 2", 2, NQUEENS},
    {"nqueens, 4", 4, NQUEENS},   {"nqueens, 8", 8, NQUEENS},   {"nqueens, 16", 16, NQUEENS},
    {"nqueens, 32", 32, NQUEENS}, {"nqueens, 64", 64, NQUEENS}, {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "calls, 16", .against = "calls, 2", .limit = 1.1},
    {.in = "nqueens, 16", .against = "nqueens, 2", .limit = 1.1},
    {.in = NULL},
};

static bool measure_calls(const bench_peer *peer, unsigned workers, double seconds, samples *s)
{
    bench_job job = {.task = bench_trivial, .n = TASKS, .workers = workers};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    peer->start(&job);
    samples_of_calls(s, peer, &job, seconds, 1);
    return true;
}

static bool measure_nqueens(const bench_peer *peer, unsigned workers, double seconds, samples *s,
                            size_t size)
{
    bench_job job = {.task = bench_trivial, .n = 1};
    if (peer->forks == NULL || !peer->can(&job))
        return false;
    peer->forks->start(workers);
    int64_t until = bench_now() + (int64_t)(seconds * 1e9);
    do
        samples_add(s, (double)forking_run(peer->forks, FORKING_NQUEENS, size));
    while (bench_now() < until);
    return true;
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    size_t size = forking_size(FORKING_NQUEENS, true) + (seconds < ENOUGH ? 0 : 1);
    double tasks = which->kind == CALLS ? TASKS : forking_spawns(FORKING_NQUEENS, size);
    samples s;
    samples_init(&s);
    bool can = which->kind == CALLS ? measure_calls(peer, (unsigned)which->n, seconds, &s)
                                    : measure_nqueens(peer, (unsigned)which->n, seconds, &s, size);
    if (can)
        figures[0] = samples_quantile(&s, 0.5) / tasks;
    samples_free(&s);
    return can;
}

const bench_workload workload_workers = {
    .name = "workers",
    .title = "calls of 1000 trivial tasks, and nqueens, by n workers; nanoseconds a task",
    .columns = {{"a task", 1, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.07,
    .quick_seconds = 0.03,
    .extra_seconds = 0.1,
    .quick_rounds = 1,
    .peers = 8,
    .measure = measure,
};
