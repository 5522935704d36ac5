/* samples.h - the times of many calls, and what lies in their middle and near their end. */
#ifndef PERF_SAMPLES_H
#define PERF_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include "bench.h"

typedef struct samples {
    double *at;
    size_t n, room;
    bool in_order;
} samples;

/* All memory is there, and has been touched, before the first sample. */
void samples_init(samples *s);
void samples_free(samples *s);

/* Full samples take no more. */
void samples_add(samples *s, double value);
bool samples_full(const samples *s);

/* Puts the samples in order: the value that the part q of them does not exceed. */
double samples_quantile(samples *s, double q);

/* The quantiles of bench_spread, each divided by `unit`, for the figures behind the columns. */
void samples_spread(samples *s, double unit, double figures[BENCH_FIGURES]);

/* The median of n values, which stay as they are. */
double samples_median(const double *values, size_t n);

/* Calls peer->run(job) for so many seconds, and at least `least` times, after having warmed up for
 * a fifth of that; checks each answer. A call that takes several times as long as all that is both
 * at once. Each sample is the nanoseconds that a call took. Between the
 * calls, unmeasured, the input is changed, unless the job is built ahead. */
void samples_of_calls(samples *s, const bench_peer *peer, bench_job *job, double seconds,
                      size_t least);

/* What most workloads measure: starts the peer, calls it as above, and puts the p50 and p99 in figures[0]
 * and [1], divided by `unit`, and the spread behind them. */
void samples_measure(const bench_peer *peer, bench_job *job, double seconds, size_t least,
                     double unit, double figures[BENCH_FIGURES]);

/* The arrays of a job, in use and filled with numbers. For as long as the program runs. */
void job_arrays(bench_job *job);

/* bench_die() unless all answers are right; forgets them. */
void job_check(const bench_job *job);

#endif
