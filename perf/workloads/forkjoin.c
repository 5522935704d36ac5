/* forkjoin.c - programs whose every step is a task, with one and with two workers; in turn with the
 * same in serial. */
#include "../forking.h"
#include "../samples.h"
#include "workloads.h"

/* With less time than that they are smaller. */
#define ENOUGH 0.3

/* n is the number of workers. */
static const bench_case cases[] = {
    {"fib, 1", 1, FORKING_FIB},
    {"fib, 2", 2, FORKING_FIB},
    {"nqueens, 1", 1, FORKING_NQUEENS},
    {"nqueens, 2", 2, FORKING_NQUEENS},
    {"tree, 1", 1, FORKING_TREE},
    {"tree, 2", 2, FORKING_TREE},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "fib, 1", .peer = "serial", .limit = 1.7},
    {.in = "nqueens, 1", .peer = "serial", .limit = 1.2},
    {.in = "nqueens, 2", .column = 2, .limit = 1.63, .least = true},
    {.in = "tree, 1", .peer = "serial", .limit = 1.2},
    {.in = "tree, 2", .column = 2, .limit = 1.65, .least = true},
    {.in = NULL},
};

/* Threads beyond the CPUs take no time of their own. */
static double workers_that_run(const bench_peer *peer, size_t workers)
{
    unsigned cpus = bench_cpus();
    return peer->forks == &forks_serial ? 1 : (double)(workers < cpus ? workers : cpus);
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_trivial, .n = 1};
    if (peer->forks == NULL || !peer->can(&job))
        return false;
    forking_program program = (forking_program)which->kind;
    size_t size = forking_size(program, seconds < ENOUGH);
    double spawns = forking_spawns(program, size);
    samples s, serial;
    samples_init(&s);
    samples_init(&serial);
    peer->forks->start((unsigned)which->n);
    int64_t until = bench_now() + (int64_t)(seconds * 1e9);
    do {
        samples_add(&serial, (double)forking_run(&forks_serial, program, size));
        samples_add(&s, (double)forking_run(peer->forks, program, size));
    } while (bench_now() < until);
    double took = samples_quantile(&s, 0.5), alone = samples_quantile(&serial, 0.5);
    figures[0] = took / 1e6;
    figures[1] = (took * workers_that_run(peer, which->n) - alone) / spawns;
    figures[2] = alone / took;
    samples_free(&s);
    samples_free(&serial);
    return true;
}

const bench_workload workload_forkjoin = {
    .name = "forkjoin",
    .title = "fork-join programs by n workers; milliseconds, nanoseconds of all workers a task "
             "beyond what\n"
             "  it takes in serial, and how many times as fast as that",
    .columns = {{"ms", 2, false}, {"a task", 1, true}, {"speed-up", 3, true}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.6,
    .quick_seconds = 0.05,
    .extra_seconds = 0.5,
    .quick_rounds = 1,
    .peers = 5,
    .measure = measure,
};
