/* pool_state.h - for tests of whole pools: what state a scheduler is in, and whether it may be. */
#ifndef PAR_TESTS_POOL_STATE_H
#define PAR_TESTS_POOL_STATE_H

#include <sched.h>
#include <stdio.h>

#include "../sched/steal.h"
#include "../sched/worker.h"

static inline unsigned pool_members(const par_idle *set)
{
    unsigned count = 0;
    for (size_t i = 0; i < set->words; i++)
        count += (unsigned)__builtin_popcountll(par_load_relaxed(&set->bits[i]));
    return count;
}

/* Workers and spares; the monitor and the lookout are threads more. */
static inline uint32_t pool_threads(const par_scheduler *scheduler)
{
    return par_load_acquire(&scheduler->alive) - par_load_acquire(&scheduler->monitor.started) -
           (par_load_acquire(&scheduler->solo.lookout) != PAR_LOOKOUT_NONE);
}

static inline void pool_dump(const par_scheduler *scheduler)
{
    fprintf(stderr,
            "  pool: target %u and %u, seats %u, searching %u, idle %u, spares %u, alive %u of %u, "
            "stop %u, "
            "injection list %sempty\n",
            par_load_relaxed(&scheduler->target), par_load_relaxed(&scheduler->extra),
            par_load_relaxed(&scheduler->seats), par_load_relaxed(&scheduler->searching),
            pool_members(&scheduler->idle), pool_members(&scheduler->spares),
            par_load_relaxed(&scheduler->alive), scheduler->max_threads,
            par_load_relaxed(&scheduler->stop), par_inject_empty(&scheduler->inject) ? "" : "not ");
    for (uint32_t i = 0; i < par_load_acquire(&scheduler->known); i++) {
        const par_worker *worker = par_load_acquire(&scheduler->workers[i]);
        if (worker != NULL)
            fprintf(
                stderr,
                "  worker %u: life %u, seated %d, post %u, blocking %u, rung %u, errand %p, deque "
                "%lld..%lld\n",
                i, par_load_relaxed(&worker->life), worker->seated, par_load_relaxed(&worker->post),
                worker->blocking, par_bell_key(&worker->bell), (void *)worker->errand,
                (long long)par_load_relaxed(&worker->deque.top),
                (long long)par_load_relaxed(&worker->deque.bottom));
    }
}

/* Nothing is submitted: every thread comes to sleep in one of the two sets, and then the counts are
 * right. Waits for that; does not come back if a thread is awake or lost for ever. */
static inline bool pool_comes_to_rest(const par_scheduler *scheduler)
{
    for (;;) {
        uint32_t threads = pool_threads(scheduler);
        if (pool_members(&scheduler->idle) + pool_members(&scheduler->spares) == threads &&
            pool_threads(scheduler) == threads && par_load_acquire(&scheduler->extra) == 0 &&
            par_load_relaxed(&scheduler->searching) == 0)
            break;
        sched_yield();
    }
    uint32_t seats = par_load_relaxed(&scheduler->seats),
             target = par_load_relaxed(&scheduler->target);
    return pool_members(&scheduler->idle) == seats && seats <= target;
}

#endif
