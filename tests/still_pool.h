/* still_pool.h - for tests: a scheduler whose threads never run, so that the test can be any of its
 * workers itself, step by step, in one thread.
 *
 * Starting a thread succeeds and does nothing (or fails with still_errno); a futex wake is
 * counted. */
#ifndef PAR_TESTS_STILL_POOL_H
#define PAR_TESTS_STILL_POOL_H

#include <stdlib.h>

#include "../sched/elastic.h"
#include "../sched/pool.h"
#include "../sched/steal.h"
#include "../sched/worker.h"

static par_os still_real_os;
static int still_errno;        /* what starting a thread answers */
static unsigned still_started; /* threads "started" */
static par_worker *still_last; /* the last of them */
static unsigned still_wakes;

static inline int still_start_thread(pthread_t *thread, size_t stack, void *(*run)(void *),
                                     void *argument)
{
    (void)thread;
    (void)stack;
    (void)run;
    if (still_errno != 0)
        return still_errno;
    still_started++;
    still_last = argument;
    return 0;
}

static inline void still_wake(const _Atomic uint32_t *word, int count)
{
    (void)word;
    (void)count;
    still_wakes++;
}

static inline par_scheduler *still_start(unsigned workers, unsigned max_threads, size_t capacity)
{
    par_scheduler_options options = {.workers = workers,
                                     .max_threads = max_threads,
                                     .spin = 1000,
                                     .deque_capacity = capacity,
                                     .name = "still"};
    par_scheduler *scheduler = NULL;
    still_real_os = par_os_table;
    still_errno = 0;
    par_os_table.start_thread = still_start_thread;
    par_os_table.futex_wake = still_wake;
    if (par_scheduler_start(&scheduler, &options) != 0)
        abort();
    par_store_relaxed(&scheduler->monitor.started, 1); /* so it seems, and awake */
    still_started = still_wakes = 0;
    still_last = NULL;
    return scheduler;
}

static inline par_worker *still_worker(par_scheduler *scheduler, unsigned i)
{
    return par_load_relaxed(&scheduler->workers[i]);
}

/* How often worker i has been rung. */
static inline unsigned still_rings(par_scheduler *scheduler, unsigned i)
{
    return par_bell_key(&still_worker(scheduler, i)->bell);
}

/* Frees it, with the tickets that are left, as if all threads had gone. */
static inline void still_stop(par_scheduler *scheduler)
{
    par_worker_set_current(NULL);
    for (uint32_t i = 0; i < par_load_relaxed(&scheduler->known); i++)
        par_store_relaxed(&still_worker(scheduler, i)->life, PAR_LIFE_NONE);
    par_store_relaxed(&scheduler->monitor.started, 0);
    par_store_relaxed(&scheduler->alive, 0);
    if (!par_scheduler_stop(scheduler, PAR_NEVER))
        abort();
    par_os_table = still_real_os;
}

#endif
