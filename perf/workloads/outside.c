/* outside.c - two threads that are none of the library's call at once, each for itself. */
#include <pthread.h>

#include "../samples.h"
#include "workloads.h"

enum { MOST_CALLERS = 2 };

static const bench_case cases[] = {
    {"64", 64, 0},
    {"10000", 10000, 0},
    {NULL, 0, 0},
};

/* Two get at least as many tasks done as one. */
static const bench_bound bounds[] = {
    {.in = "64", .column = 2, .limit = 1},
    {.in = "10000", .column = 2, .limit = 1},
    {.in = NULL},
};

typedef struct caller {
    const bench_peer *peer;
    bench_job job;
    int64_t until;
    size_t calls;
    pthread_t thread;
} caller;

static void *main_of_caller(void *argument)
{
    caller *self = argument;
    while (bench_now() < self->until) {
        self->peer->run(&self->job);
        job_check(&self->job);
        self->calls++;
    }
    return NULL;
}

/* Nanoseconds a task, with so many callers. */
static double task_time(caller *callers, size_t n, double seconds)
{
    int64_t began = bench_now();
    size_t calls = 0;
    for (size_t i = 0; i < n; i++) {
        callers[i].until = began + (int64_t)(seconds * 1e9);
        callers[i].calls = 0;
    }
    for (size_t i = 1; i < n; i++) {
        if (pthread_create(&callers[i].thread, NULL, main_of_caller, &callers[i]) != 0)
            bench_die("a thread cannot be started");
    }
    main_of_caller(&callers[0]);
    for (size_t i = 1; i < n; i++)
        pthread_join(callers[i].thread, NULL);
    int64_t took = bench_now() - began;
    for (size_t i = 0; i < n; i++)
        calls += callers[i].calls;
    return (double)took / (double)(calls * callers[0].job.n);
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    static caller callers[MOST_CALLERS];
    for (size_t i = 0; i < MOST_CALLERS; i++) {
        bench_job job = {
            .task = bench_trivial, .n = which->n, .ahead = true, .callers = MOST_CALLERS};
        if (!peer->can(&job))
            return false;
        job_arrays(&job);
        callers[i] = (caller){.peer = peer, .job = job};
    }
    peer->start(&callers[0].job);
    task_time(callers, MOST_CALLERS, seconds / 5);
    figures[0] = task_time(callers, 1, seconds);
    figures[1] = task_time(callers, 2, seconds);
    figures[2] = figures[1] / figures[0];
    return true;
}

const bench_workload workload_outside = {
    .name = "outside",
    .title =
        "calls of n trivial tasks by one outside thread, and by two at once; nanoseconds a task",
    .columns = {{"one", 1, false}, {"two", 1, false}, {"two/one", 3, true}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.2,
    .quick_seconds = 0.05,
    .extra_seconds = 0.3,
    .peers = 10,
    .measure = measure,
};
