/* bench.h - what workloads and peers are.
 *
 * A workload says which tasks are run and what is measured; a peer runs tasks by one library. Every
 * peer is linked with all workloads into a measuring program of its own, measure_NAME, which makes
 * one measurement and ends; so the caller, the loop and the compiler's flags are the same for all,
 * and no peer's threads disturb another's measurement. The driver, bench, starts those programs in
 * turn. */
#ifndef PERF_BENCH_H
#define PERF_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forks.h"
#include "loops.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Tasks --- */

/* What tasks do; all return bench_answer(x). The second first sleeps for x nanoseconds, the third
 * computes for as long, by the rate that bench_calibrate() found. */
uint64_t bench_trivial(uint64_t x);
uint64_t bench_sleeping(uint64_t x);
uint64_t bench_computing(uint64_t x);

/* These compute for x nanoseconds while that is short; otherwise the first computes as well, and the
 * second sleeps. */
uint64_t bench_turning(uint64_t x);
uint64_t bench_dozing(uint64_t x);

/* Once, before tasks compute. Takes some 30 ms. */
void bench_calibrate(void);

/* So many steps of arithmetic, each of which waits for the one before. */
void bench_arithmetic(uint64_t steps);

static inline uint64_t bench_answer(uint64_t x)
{
    return 3 * x + 1;
}

/* The tasks of one call: out[i] = task(in[i]), for each i below n. */
typedef struct bench_job {
    uint64_t (*task)(uint64_t x);
    size_t n;
    uint64_t *in;
    uint64_t *out;
    int64_t timeout; /* nanoseconds; 0: none. With one the caller waits, and runs no task. */
    bool outlast; /* the tasks take longer than the timeout: the call returns at it, without them */
    unsigned width;   /* how many shall run at once; 0: nothing is said, the library's default */
    unsigned workers; /* threads that the library shall have, the caller among them where it helps;
                         0: its default */
    unsigned callers; /* threads that call run() at once, each with a job of its own; 0: one */
    bool ahead;       /* what can be built ahead, the tasks themselves, is built in start() */
    bool said;        /* tasks that sleep tell the library so, where it wants to know */
} bench_job;

/* --- Peers --- */

/* How one library runs a job. run() is called by as many threads as the job says, the others by the
 * first of them. Failure is bench_die(). */
typedef struct bench_peer {
    bool (*can)(const bench_job *job);   /* has the library a way to do this? */
    void (*start)(const bench_job *job); /* once, outside the measured time: threads, memory */
    void (*run)(const bench_job *job);   /* one call; when it returns out[] is complete */

    /* For par alone: makes the tasks that `what` says, so many times. NULL for the others. */
    void (*build)(const char *what, size_t times);

    const forks_by *forks; /* NULL where the library has no such thing */
    const loops_by *loops;

    /* After start(): has tasks that never end run by the same library, and does not wait. NULL
     * where there is no way. */
    void (*behind)(const bench_job *job);
} bench_peer;

/* The one that a measuring program is linked with. */
extern const bench_peer bench_this_peer;

/* --- Workloads --- */

/* At most so many columns; behind them, where the workload says so, how the calls spread. */
enum { BENCH_COLUMNS = 3, BENCH_SPREAD = 10, BENCH_FIGURES = BENCH_COLUMNS + BENCH_SPREAD };

/* The quantiles of a spread. */
extern const double bench_spread[BENCH_SPREAD];

/* A figure of a measurement, as the table shows it. Without a name: no such column. */
typedef struct bench_column {
    const char *name;
    int digits;    /* behind the point */
    bool no_times; /* par's is not shown as a multiple: more is better, or it is a ratio already */
} bench_column;

typedef struct bench_case {
    const char *name;
    size_t n; /* tasks */
    int kind; /* what else the workload tells its cases by */
} bench_case;

/* par's figure in a column is at most `limit` times the peer's, or where peer is NULL at most `limit`. */
typedef struct bench_bound {
    const char *in; /* the case */
    int column;
    const char *peer;
    const char *against; /* instead of a peer: par itself in this case, which comes before */
    double limit;
    double enough; /* not 0: it is held as well by a figure of par's that is at most this */
    bool above;    /* par's figure is at most the peer's and `limit` more */
    bool least;    /* par's figure is at least `limit` */
} bench_bound;

typedef struct bench_workload {
    const char *name;
    const char *title; /* with the unit of the figures */
    bench_column columns[BENCH_COLUMNS];
    const bench_case *cases;   /* the last one has no name */
    const bench_bound *bounds; /* the last one has no case */
    double seconds;            /* for a measurement's loop */
    double quick_seconds;      /* the same where it shall be quick */
    double extra_seconds;      /* what a measurement takes beside its loop, about */
    size_t peers;              /* that can do a case, about */
    size_t rounds;             /* no more of them; 0: as many as the driver makes */
    size_t quick_rounds;       /* the same where it shall be quick */
    bool spread;               /* behind the columns there are the quantiles of the first one */

    /* Measures and sets the figures, INFINITY where calls do not come back; false when the peer
     * can't do that. Calls bench_die() on a wrong answer. */
    bool (*measure)(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES]);
} bench_workload;

/* All of them; the last pointer is NULL. */
extern const bench_workload *const bench_workloads[];

/* Does the workload have this figure, a column or one of a spread? */
bool bench_has_figure(const bench_workload *workload, int figure);

const bench_workload *bench_find_workload(const char *name);
const bench_case *bench_find_case(const bench_workload *workload, const char *name);

/* --- For both --- */

/* Says why on stderr and ends the program, with status 1. */
__attribute__((format(printf, 1, 2), noreturn)) void bench_die(const char *format, ...);

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t bench_now(void);

/* Sleeps until then. */
void bench_sleep_until(int64_t then);

/* How many CPUs this process may use. */
unsigned bench_cpus(void);

/* How many threads a job asks a library for, with whatever it says; if it says nothing, one for each
 * of the CPUs. */
unsigned bench_threads_of(const bench_job *job);

/* Starts a thread for each task, which nobody waits for: a bench_peer's behind(). */
void bench_threads(const bench_job *job);

#ifdef __cplusplus
}
#endif
#endif
