/* stress.h - for stress programs: how much to do, random numbers, checks, and the watchdog.
 *
 * Nothing in a stress program is timed. A lost wake-up is a hang, and the watchdog makes it a
 * failure: when no round has ended for STRESS_STALL seconds it tells what every thread does and
 * aborts. It counts rounds, which the main thread ends, so that it puts no atomic operation into
 * what is tested. */
#ifndef PAR_TESTS_STRESS_H
#define PAR_TESTS_STRESS_H

#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../sched/atomic.h"
#include "sanitizers.h"

enum { STRESS_STALL = 20 };

/* Ends the program, with a message, if the condition does not hold. Any thread. */
#define stress_check(condition, ...) \
    ((condition) ? (void)0           \
                 : (fprintf(stderr, __VA_ARGS__), stress_fail(__FILE__, __LINE__, #condition)))

static const char *stress_name = "";
static void (*stress_dump)(void);
static _Atomic uint64_t stress_rounds;

/* What each thread of the process does, as the kernel sees it. */
static inline void stress_dump_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    while (tasks != NULL && (task = readdir(tasks)) != NULL) {
        char path[300], line[256];
        snprintf(path, sizeof(path), "/proc/self/task/%s/stat", task->d_name);
        FILE *stat = task->d_name[0] != '.' ? fopen(path, "r") : NULL;
        if (stat == NULL)
            continue;
        if (fgets(line, 60, stat) != NULL)
            fprintf(stderr, "  thread %s\n", line);
        fclose(stat);
    }
    if (tasks != NULL)
        closedir(tasks);
}

static inline void stress_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "\n%s: %s:%d: %s, in round %llu\n", stress_name, file, line, condition,
            (unsigned long long)par_load_relaxed(&stress_rounds));
    if (stress_dump != NULL)
        stress_dump();
    stress_dump_threads();
    abort();
}

static inline void *stress_watch(void *unused)
{
    (void)unused;
    uint64_t seen = par_load_relaxed(&stress_rounds);
    for (int still = 0; still < STRESS_STALL * 10; still++) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        uint64_t now = par_load_relaxed(&stress_rounds);
        still = now != seen ? -1 : still;
        seen = now;
    }
    fprintf(stderr, "%s: no progress for %d s\n", stress_name, STRESS_STALL);
    stress_fail(__FILE__, __LINE__, "no progress");
    return NULL;
}

/* Starts the watchdog. `dump`, or NULL, writes the state of what is tested to stderr. */
static inline void stress_begin(const char *name, void (*dump)(void))
{
    pthread_t watchdog;
    stress_name = name;
    stress_dump = dump;
    setvbuf(stdout, NULL, _IOLBF, 0);
    stress_check(pthread_create(&watchdog, NULL, stress_watch, NULL) == 0, "the watchdog");
    pthread_detach(watchdog);
}

/* A round has ended. */
static inline void stress_progress(void)
{
    par_add_relaxed(&stress_rounds, 1);
}

/* PAR_TEST_SCALE: a factor, 1 when unset; "large" is 100. */
static inline double stress_scale(void)
{
    const char *text = getenv("PAR_TEST_SCALE");
    if (text == NULL || *text == '\0')
        return 1;
    double scale = strcmp(text, "large") == 0 ? 100 : strtod(text, NULL);
    return scale > 0 ? scale : 1;
}

/* `n` at scale 1; at least 1. */
static inline uint64_t stress_times(uint64_t n)
{
    double times = (double)n * stress_scale();
    return times < 1 ? 1 : (uint64_t)times;
}

/* xorshift64* (Vigna 2016). The state is not 0. */
static inline uint64_t stress_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

/* A short stretch of work that the compiler cannot leave out. */
static inline void stress_busy(uint64_t turns)
{
    for (volatile uint64_t i = 0; i < turns; i = i + 1)
        ;
}

static inline void stress_start(pthread_t *thread, void *(*run)(void *), void *argument)
{
    int rc = pthread_create(thread, NULL, run, argument);
    stress_check(rc == 0, "pthread_create: %s\n", strerror(rc));
}

#endif
