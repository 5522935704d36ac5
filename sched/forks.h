/* forks.h - the deques of a pool's fork-join work: who has one, and where thieves look.
 *
 * A *root* is a call of a forkable function from ordinary code, on whatever thread. It has a deque
 * of its own, from a table of PAR_FORK_ROOTS, and a crew: the threads that work on it. Each worker
 * has another deque, for what the calls that it steals spawn in turn. */
#ifndef PAR_SCHED_FORKS_H
#define PAR_SCHED_FORKS_H

#include <stdbool.h>
#include <stdint.h>

#include "fork_deque.h"

/* So many roots at once have a deque; more run without one. */
enum { PAR_FORK_ROOTS = 64 };

typedef struct par_forks {
    _Atomic uint64_t roots;          /* a bit for each deque of a root in use */
    _Atomic uint32_t thieves;        /* workers with a higher number have no deque yet */
    uint32_t capacity;               /* of each deque */
    par_fork_deque *_Atomic *deques; /* those of roots, then the workers'; made when first used */
} par_forks;

/* A stolen call, not run yet: its thief has a seat in the crew. */
typedef struct par_theft {
    par_fork_slot *slot;
    par_fork_crew *crew;
} par_theft;

/* How many pointers `deques` needs. */
static inline uint32_t par_forks_size(uint32_t workers)
{
    return PAR_FORK_ROOTS + workers;
}

/* `deques` are NULL, and outlive the table. */
void par_forks_init(par_forks *forks, par_fork_deque *_Atomic *deques, uint32_t capacity);
void par_forks_destroy(par_forks *forks, uint32_t workers);

/* A deque for a root, and back. NULL: all are in use, or there is no memory. */
par_fork_deque *par_forks_take_root(par_forks *forks);
void par_forks_give_root(par_forks *forks, par_fork_deque *deque);

/* The worker's deque, for itself; NULL: there is no memory for one. */
par_fork_deque *par_forks_of_worker(par_forks *forks, uint32_t worker);
/* That of the thief that a slot's state names. */
par_fork_deque *par_forks_of_thief(par_forks *forks, uint32_t index);

/* Is there a public entry that a worker may take? Owners that have none, and whose crews have a seat, are
 * asked. For searchers and sleepers, after their fence: fork_deque F4. */
bool par_forks_any(par_forks *forks);

/* For the lookout: asks the roots that have had their crews for themselves since `old` nanoseconds before
 * `now` or longer. When the last began of those that have or had. */
int64_t par_forks_hurry(par_forks *forks, int64_t now, int64_t old);
/* Is there a root that has its crew for itself? */
bool par_forks_any_alone(const par_forks *forks);

/* Takes one for a worker, from a root's deque or another worker's; false when there seemed to be none.
 * Then owners have been asked as by par_forks_any(). `random`: with which worker it begins. */
bool par_forks_steal(par_forks *forks, uint32_t worker, uint32_t random, par_theft *theft);

#endif
