/* support.h - for tests of whole calls: pools of every size, meeting points for tasks, deadlines
 * that a hang runs into, child processes. Functions that tasks call do not use cmocka's assertions,
 * which belong to the thread of the test: they have ENSURE(). */
#ifndef PAR_TESTS_SUPPORT_H
#define PAR_TESTS_SUPPORT_H

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../api/par.h"
#include "sanitizers.h"

/* What takes this long has hung. */
#define LONG 60.0

#define ENSURE(condition) \
    ((condition)          \
         ? (void)0        \
         : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), abort()))

static inline double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline void nap(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) == EINTR)
        ;
}

/* Pools: each test takes the pool it runs on from *state, NULL for the default one. */

static inline int open_pool(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    par_pool *pool = NULL;
    int rc = workers != 0 ? par_pool_open(&pool, .workers = workers) : 0;
    *state = pool;
    return rc;
}

static inline int close_pool(void **state)
{
    return *state != NULL ? par_pool_close(*state, LONG) : 0;
}

/* The test f on pools of 1, 2 and 8 workers and on the default one. SETUP_ON_POOLS: after a setup
 * of its own, which ends with open_pool(). */
#define ON_WORKERS(f, setup, n)                                    \
    {                                                              \
#f " on " #n, f, setup, close_pool, (void *)(uintptr_t)(n) \
    }
#define SETUP_ON_POOLS(f, setup)                                               \
    ON_WORKERS(f, setup, 1), ON_WORKERS(f, setup, 2), ON_WORKERS(f, setup, 8), \
        ON_WORKERS(f, setup, 0)
#define ON_POOLS(f)   SETUP_ON_POOLS(f, open_pool)
#define ON_DEFAULT(f) ON_WORKERS(f, open_pool, 0)

/* A gate: threads arrive, and those that wait pass when it is opened or when enough have arrived.
 */
typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned arrived;
    bool open;
} gate;

#define GATE                                                          \
    {                                                                 \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false \
    }

static inline void gate_arrive(gate *g)
{
    pthread_mutex_lock(&g->mutex);
    g->arrived++;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->mutex);
}

static inline void gate_open(gate *g)
{
    pthread_mutex_lock(&g->mutex);
    g->open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->mutex);
}

static inline void gate_reset(gate *g)
{
    pthread_mutex_lock(&g->mutex);
    g->open = false;
    g->arrived = 0;
    pthread_mutex_unlock(&g->mutex);
}

/* Waits until it is open, or n have arrived where n is not 0; false after `seconds`. */
static inline bool gate_wait_for(gate *g, unsigned n, double seconds)
{
    double at = now_seconds() + seconds;
    struct timespec until = {.tv_sec = (time_t)at, .tv_nsec = (long)((at - floor(at)) * 1e9)};
    int rc = 0;
    pthread_mutex_lock(&g->mutex);
    while (!g->open && (n == 0 || g->arrived < n) && rc == 0)
        rc = pthread_cond_clockwait(&g->changed, &g->mutex, CLOCK_MONOTONIC, &until);
    bool passed = g->open || (n != 0 && g->arrived >= n);
    pthread_mutex_unlock(&g->mutex);
    return passed;
}

/* A task's part: it arrives, and waits until the gate is opened. */
static inline void gate_pass(gate *g)
{
    gate_arrive(g);
    ENSURE(gate_wait_for(g, 0, LONG));
}

/* All n of them meet: nobody goes on before the last has come. */
static inline bool gate_meet(gate *g, unsigned n)
{
    gate_arrive(g);
    return gate_wait_for(g, n, LONG);
}

/* The test's part: n tasks have come to the gate. */
#define assert_arrived(g, n) assert_true(gate_wait_for(g, n, LONG))

/* Counts, as on_release and drop. */
static inline void count_release(void *counter)
{
    atomic_fetch_add((atomic_int *)counter, 1);
}

/* Waits until the counter has come to the value: for what happens on other threads after a call is
 * over. */
static inline bool comes_to(atomic_int *counter, int value)
{
    double until = now_seconds() + LONG;
    while (atomic_load(counter) != value && now_seconds() < until)
        nap(0.0002);
    return atomic_load(counter) == value;
}

/* Runs fn in a child process that an alarm ends if it hangs, and returns its wait status. */
static inline int in_child(void (*fn)(void *), void *argument)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        fn(argument);
        _exit(0);
    }
    int status = -1;
    if (child > 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    return status;
}

#define assert_child_exits(status, code)                               \
    do {                                                               \
        int exits_ = (status);                                         \
        if (WIFSIGNALED(exits_))                                       \
            fail_msg("the child died of signal %d", WTERMSIG(exits_)); \
        assert_int_equal(WEXITSTATUS(exits_), (code));                 \
    } while (0)

/* A number that /proc/self/status has behind "NAME:"; -1 when that can't be read. */
static inline long process_status(const char *name)
{
    char line[128];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && value < 0 && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtol(line + strlen(name), NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return value;
}

/* The number of threads of this process; -1 when that can't be read. */
static inline long thread_count(void)
{
    return process_status("Threads:");
}

#endif
