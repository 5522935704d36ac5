/* memory.c - what the process grows by at most during a call of very many tasks, its first one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../samples.h"
#include "workloads.h"

static const bench_case cases[] = {
    {"100000", 100000, 0},
    {"1000000", 1000000, 0},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "100000", .limit = 128},
    {.in = "1000000", .limit = 128},
    {.in = NULL},
};

/* The line of /proc/self/status that begins so, in bytes. */
static double status_bytes(const char *key)
{
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL)
        bench_die("/proc/self/status cannot be read");
    char line[256];
    const char *value = NULL;
    while (value == NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0)
            value = line + strlen(key);
    }
    fclose(file);
    if (value == NULL)
        bench_die("/proc/self/status has no %s", key);
    return strtod(value, NULL) * 1024;
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    (void)seconds;
    bench_job job = {.task = bench_trivial, .n = which->n, .ahead = true};
    if (!peer->can(&job))
        return false;
    job_arrays(&job);
    peer->start(&job);
    double before = status_bytes("VmRSS:");
    peer->run(&job);
    double peak = status_bytes("VmHWM:"), after = status_bytes("VmRSS:");
    job_check(&job);
    figures[0] = (peak - before) / (double)which->n;
    figures[1] = (after - before) / (double)which->n;
    return true;
}

const bench_workload workload_memory = {
    .name = "memory",
    .title =
        "one call of n trivial tasks in a fresh process; bytes a task, the tasks' own array apart",
    .columns = {{"peak", 1, false}, {"after", 1, false}},
    .cases = cases,
    .bounds = bounds,
    .extra_seconds = 0.2,
    .quick_rounds = 1,
    .peers = 10,
    .measure = measure,
};
