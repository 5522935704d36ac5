/* misjudged.c - a function that has taken 100 ns a thousand times takes 5 ms: what a library loses that
 * has learnt to expect little of it. Beside it, in turn, a function that has never taken less. */
#include "../samples.h"
#include "workloads.h"

enum { CALLS = 1000, LITTLE = 100, MUCH = 5000000 };

enum { COMPUTES, SLEEPS };

static const bench_case cases[] = {
    {"3, compute", 3, COMPUTES},
    {"3, sleep", 3, SLEEPS},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "3, compute", .column = 1, .limit = 1},
    {.in = "3, sleep", .column = 1, .limit = 1},
    {.in = NULL},
};

static double one_call(const bench_peer *peer, bench_job *job, uint64_t x)
{
    for (size_t i = 0; i < job->n; i++)
        job->in[i] = x;
    int64_t began = bench_now();
    peer->run(job);
    int64_t took = bench_now() - began;
    job_check(job);
    return (double)took;
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bool computes = which->kind == COMPUTES;
    bench_job job = {.task = computes ? bench_turning : bench_dozing, .n = which->n};
    bench_job known = {.task = computes ? bench_computing : bench_sleeping, .n = which->n};
    if (!peer->can(&job) || !peer->can(&known))
        return false;
    bench_calibrate();
    job_arrays(&job);
    job_arrays(&known);
    samples s, t;
    samples_init(&s);
    samples_init(&t);
    peer->start(&job);
    one_call(peer, &known, MUCH);
    int64_t until = bench_now() + (int64_t)(seconds * 1e9);
    do {
        for (int i = 0; i < CALLS; i++)
            one_call(peer, &job, LITTLE);
        samples_add(&s, one_call(peer, &job, MUCH));
        samples_add(&t, one_call(peer, &known, MUCH));
    } while (bench_now() < until);
    figures[0] = samples_quantile(&s, 0.5) / 1e6;
    figures[1] = (samples_quantile(&s, 0.5) - samples_quantile(&t, 0.5)) / 1e6;
    samples_free(&s);
    samples_free(&t);
    return true;
}

const bench_workload workload_misjudged = {
    .name = "misjudged",
    .title =
        "3 tasks of 5 ms, by a function that took 100 ns in the 1000 calls before; milliseconds,\n"
        "  and how many more than by a function that has always taken 5 ms",
    .columns = {{"p50", 2, false}, {"more", 2, true}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.25,
    .quick_seconds = 0.1,
    .extra_seconds = 0.1,
    .quick_rounds = 1,
    .peers = 10,
    .measure = measure,
};
