/* metg.c - tasks of one size or another: how much of the machine's speed they reach. From it the report
 * reads METG(50 %), the minimum effective task granularity as Task Bench defines it: the size at which
 * half of that speed is reached. */
#include <pthread.h>

#include "../samples.h"
#include "workloads.h"

enum { TASKS = 256, MOST_CPUS = 256, SHARE = 2000000, TRIES = 3 };

/* n is the size, in nanoseconds. */
static const bench_case cases[] = {
    {"30 ns", 30, 0},       {"100 ns", 100, 0},       {"300 ns", 300, 0},
    {"1000 ns", 1000, 0},   {"3000 ns", 3000, 0},     {"10000 ns", 10000, 0},
    {"30000 ns", 30000, 0}, {"100000 ns", 100000, 0}, {NULL, 0, 0},
};

static const bench_bound bounds[] = {{.in = NULL}};

static void *compute(void *unused)
{
    (void)unused;
    bench_computing(SHARE);
    return NULL;
}

/* What plain threads compute, one for each of the CPUs, against one at its best. */
static double machine_speed(void)
{
    unsigned cpus = bench_cpus() < MOST_CPUS ? bench_cpus() : MOST_CPUS;
    pthread_t threads[MOST_CPUS];
    int64_t best = INT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        int64_t began = bench_now();
        for (unsigned k = 1; k < cpus; k++) {
            if (pthread_create(&threads[k], NULL, compute, NULL) != 0)
                bench_die("a thread cannot be started");
        }
        compute(NULL);
        for (unsigned k = 1; k < cpus; k++)
            pthread_join(threads[k], NULL);
        int64_t took = bench_now() - began;
        best = took < best ? took : best;
    }
    return (double)cpus * SHARE / (double)best;
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job = {.task = bench_computing, .n = TASKS};
    if (!peer->can(&job))
        return false;
    bench_calibrate();
    double before = machine_speed();
    job_arrays(&job);
    for (size_t i = 0; i < job.n; i++)
        job.in[i] = which->n;
    samples s;
    samples_init(&s);
    peer->start(&job);
    samples_of_calls(&s, peer, &job, seconds, 1);
    double took = samples_quantile(&s, 0.5);
    double after = machine_speed(), speed = before > after ? before : after;
    figures[0] = took / 1e3;
    figures[1] = 100 * (double)TASKS * (double)which->n / (took * speed);
    samples_free(&s);
    return true;
}

const bench_workload workload_metg = {
    .name = "metg",
    .title =
        "256 tasks that compute for n ns; microseconds a call, percent of the machine's speed,\n"
        "  which is what plain threads reached just before or after",
    .columns = {{"p50", 1, false}, {"reached", 1, true}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.06,
    .quick_seconds = 0.03,
    .extra_seconds = 0.1,
    .quick_rounds = 1,
    .peers = 14,
    .measure = measure,
};
