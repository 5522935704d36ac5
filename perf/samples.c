/* samples.c - the loop that measures calls, and statistics. */
#include "samples.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 18, WARM_UP_PART = 5 };

/* A call that takes so many times the loop's time is long. */
enum { LONG = 3 };

const double bench_spread[BENCH_SPREAD] = {0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};

/* What stands in out[] before a call. */
#define NO_ANSWER UINT64_MAX

void samples_init(samples *s)
{
    s->n = 0;
    s->in_order = false;
    s->room = ROOM;
    s->at = malloc(s->room * sizeof(double));
    if (s->at == NULL)
        bench_die("not enough memory");
    for (size_t i = 0; i < s->room; i++)
        s->at[i] = 0;
}

void samples_free(samples *s)
{
    free(s->at);
}

void samples_add(samples *s, double value)
{
    if (!samples_full(s))
        s->at[s->n++] = value;
    s->in_order = false;
}

bool samples_full(const samples *s)
{
    return s->n == s->room;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double samples_quantile(samples *s, double q)
{
    if (s->n == 0)
        bench_die("nothing was measured");
    if (!s->in_order)
        qsort(s->at, s->n, sizeof(double), ascending);
    s->in_order = true;
    size_t index = (size_t)(q * (double)s->n);
    return s->at[index < s->n ? index : s->n - 1];
}

void samples_spread(samples *s, double unit, double figures[BENCH_FIGURES])
{
    for (int i = 0; i < BENCH_SPREAD; i++)
        figures[BENCH_COLUMNS + i] = samples_quantile(s, bench_spread[i]) / unit;
}

double samples_median(const double *values, size_t n)
{
    double sorted[64];
    if (n == 0 || n > 64)
        bench_die("the median of %zu values", n);
    memcpy(sorted, values, n * sizeof(double));
    qsort(sorted, n, sizeof(double), ascending);
    return n % 2 != 0 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

void job_arrays(bench_job *job)
{
    job->in = malloc(job->n * sizeof(uint64_t));
    job->out = malloc(job->n * sizeof(uint64_t));
    if (job->in == NULL || job->out == NULL)
        bench_die("not enough memory");
    for (size_t i = 0; i < job->n; i++) {
        job->in[i] = i;
        job->out[i] = NO_ANSWER;
    }
}

void job_check(const bench_job *job)
{
    for (size_t i = 0; i < job->n; i++) {
        if (job->out[i] != bench_answer(job->in[i]))
            bench_die("task %zu of %zu gave %llu for %llu", i, job->n,
                      (unsigned long long)job->out[i], (unsigned long long)job->in[i]);
        job->out[i] = NO_ANSWER;
    }
}

static int64_t one_call(const bench_peer *peer, bench_job *job)
{
    for (size_t i = 0; i < job->n && !job->ahead && job->task == bench_trivial; i++)
        job->in[i] += job->n;
    int64_t began = bench_now();
    peer->run(job);
    int64_t took = bench_now() - began;
    job_check(job);
    return took;
}

void samples_of_calls(samples *s, const bench_peer *peer, bench_job *job, double seconds,
                      size_t least)
{
    int64_t budget = (int64_t)(seconds * 1e9);
    int64_t until = bench_now() + budget / WARM_UP_PART, took;
    do
        took = one_call(peer, job);
    while (bench_now() < until);
    if (took > LONG * budget)
        samples_add(s, (double)took);
    else
        until = bench_now() + budget;
    while (!samples_full(s) && (s->n < least || bench_now() < until))
        samples_add(s, (double)one_call(peer, job));
}

void samples_measure(const bench_peer *peer, bench_job *job, double seconds, size_t least,
                     double unit, double figures[BENCH_FIGURES])
{
    samples s;
    samples_init(&s);
    peer->start(job);
    samples_of_calls(&s, peer, job, seconds, least);
    figures[0] = samples_quantile(&s, 0.5) / unit;
    figures[1] = samples_quantile(&s, 0.99) / unit;
    samples_spread(&s, unit, figures);
    samples_free(&s);
}
