/* mixed.c - calls beside tasks that block for long: measured first without those, then with them,
 * in the same process. */
#include <math.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "../background.h"
#include "../samples.h"
#include "workloads.h"

enum { BLOCKED = 32, WORK = 1000000 };

/* So far away that nothing comes near it. */
#define TIMEOUT INT64_C(10000000000)

/* Seconds beyond those of the loop in which a call has to have come back. */
#define PATIENCE 0.5

/* Tasks that compute, and what a call takes in the middle; trivial ones, with a timeout, and what it
 * takes near the end. */
enum { COMPUTING, TRIVIAL };

static const bench_case cases[] = {
    {"computing", 16, COMPUTING},
    {"trivial, timeout", 3, TRIVIAL},
    {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "computing", .column = 1, .limit = 1.05},
    {.in = "trivial, timeout", .column = 1, .limit = 3},
    {.in = NULL},
};

static double call_time(const bench_peer *peer, bench_job *job, double seconds, double q)
{
    samples s;
    samples_init(&s);
    samples_of_calls(&s, peer, job, seconds, 1);
    double time = samples_quantile(&s, q);
    samples_free(&s);
    return time;
}

/* The call waits for the blocked tasks. */
static void no_end(int signal)
{
    (void)signal;
    static const char figures[] = "inf inf\n";
    _exit(write(STDOUT_FILENO, figures, sizeof(figures) - 1) < 0);
}

static void limit_patience(double seconds)
{
    double whole;
    struct itimerval limit = {.it_value.tv_usec = (suseconds_t)(modf(seconds, &whole) * 1e6)};
    limit.it_value.tv_sec = (time_t)whole;
    signal(SIGALRM, no_end);
    setitimer(ITIMER_REAL, &limit, NULL);
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bool computing = which->kind == COMPUTING;
    bench_job job = {.task = computing ? bench_computing : bench_trivial,
                     .n = which->n,
                     .timeout = computing ? 0 : TIMEOUT};
    if (!peer->can(&job) || peer->behind == NULL)
        return false;
    bench_calibrate();
    job_arrays(&job);
    for (size_t i = 0; i < job.n; i++)
        job.in[i] = WORK;
    peer->start(&job);
    double q = computing ? 0.5 : 0.99;
    double alone = call_time(peer, &job, seconds, q);
    background_start(peer, bench_sleeping, BLOCKED);
    limit_patience(1.2 * seconds + PATIENCE);
    double beside = call_time(peer, &job, seconds, q);
    figures[0] = beside / 1e3;
    figures[1] = beside / alone;
    return true;
}

const bench_workload workload_mixed = {
    .name = "mixed",
    .title = "calls while 32 tasks block (16 that compute 1 ms: p50; 3 trivial ones: p99);\n"
             "  microseconds a call, and as a multiple of the same without the 32",
    .columns = {{"blocked", 1, false}, {"times", 3, true}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 0.25,
    .quick_seconds = 0.15,
    .extra_seconds = 0.7,
    .quick_rounds = 1,
    .peers = 8,
    .measure = measure,
};
