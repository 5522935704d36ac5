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

#ifdef __cplusplus
extern "C" {
#endif

/* --- Tasks --- */

/* What tasks do; all return bench_answer(x). The second first sleeps for x nanoseconds, the third
 * computes for as long, by the rate that bench_calibrate() found. */
uint64_t bench_trivial(uint64_t x);
uint64_t bench_sleeping(uint64_t x);
uint64_t bench_computing(uint64_t x);

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
    unsigned width; /* how many shall run at once; 0: nothing is said, the library's default */
    bool ahead;     /* what can be built ahead, the tasks themselves, is built in start() */
    bool said;      /* tasks that sleep tell the library so, where it wants to know */
} bench_job;

/* --- Peers --- */

/* How one library runs a job. Called by one thread. Failure is bench_die(). */
typedef struct bench_peer {
    bool (*can)(const bench_job *job);   /* has the library a way to do this? */
    void (*start)(const bench_job *job); /* once, outside the measured time: threads, memory */
    void (*run)(const bench_job *job);   /* one call; when it returns out[] is complete */

    /* For par alone: makes the tasks that `what` says, so many times. NULL for the others. */
    void (*build)(const char *what, size_t times);

    /* After start(): has tasks that never end run by the same library, and does not wait. NULL
     * where there is no way. */
    void (*behind)(const bench_job *job);
} bench_peer;

/* The one that a measuring program is linked with. */
extern const bench_peer bench_this_peer;

/* --- Workloads --- */

enum { BENCH_COLUMNS = 2 };

/* A figure of a measurement, as the table shows it. */
typedef struct bench_column {
    const char *name;
    int digits; /* behind the point */
} bench_column;

typedef struct bench_case {
    const char *name;
    size_t n; /* tasks */
    int kind; /* what else the workload tells its cases by */
} bench_case;

/* par's figure in a column keeps to `limit` times the peer's, or where peer is NULL to `limit`. */
typedef struct bench_bound {
    const char *in; /* the case */
    int column;
    const char *peer;
    double limit;
    bool above; /* par's figure is at most the peer's and `limit` more */
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

    /* Measures and sets the figures, INFINITY where calls do not come back; false when the peer
     * can't do that. Calls bench_die() on a wrong answer. */
    bool (*measure)(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_COLUMNS]);
} bench_workload;

/* All of them; the last pointer is NULL. */
extern const bench_workload *const bench_workloads[];

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

/* Starts a thread for each task, which nobody waits for: a bench_peer's behind(). */
void bench_threads(const bench_job *job);

#ifdef __cplusplus
}
#endif
#endif
