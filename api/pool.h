/* pool.h - pools by handle: who is inside one, and when it can go. Internal to api/. */
#ifndef PAR_API_POOL_H
#define PAR_API_POOL_H

#include <stdbool.h>

#include "../sched/pool.h"
#include "../sched/timer.h"
#include "par_pool.h"

/* An open pool. */
typedef struct par_pool_state {
    par_scheduler *scheduler;
    par_timers timers;
    uint32_t fork_count;
    unsigned max_threads;
    void (*on_stuck)(const par_slot *task, double seconds, void *context);
    void *context;
} par_pool_state;

/* Finds the pool of a handle (NULL: the default pool, started if need be) and counts the caller as
 * inside `times` times, so that it cannot go before as many par_pool_leave()s. *handle is set to
 * what NULL stood for. A pool that is closing lets in only those who are `concerned` with a call in
 * it that is under way, and its own tasks. 0, PAR_ECLOSED, PAR_EFORKED, and for the default pool
 * PAR_EAGAIN or PAR_ENOMEM. */
int par_pool_enter(par_pool **handle, uint32_t times, bool concerned, par_pool_state **state);
/* For those inside: counts once more. */
void par_pool_stay(par_pool *handle);
void par_pool_leave(par_pool *handle);
void par_pool_leave_twice(par_pool *handle);

/* An options struct by its size: copies it to `to`, of which `known` bytes are known here, the rest
 * zero. PAR_EINVAL if its size is 0 or it has something set that is not known here. */
int par_options_read(void *to, size_t known, const void *from);

/* Seconds to an instant: `timeout` from now and `deadline` as it is, whichever comes first; 0 in
 * either is no limit. PAR_EINVAL for a negative number or NaN; *what is set to the name of the
 * one. */
int par_options_instant(double timeout, double deadline, int64_t now, int64_t *instant,
                        const char **what);

#endif
