/* fork.h - fork and join: calls that spawn others, which idle workers steal.
 *
 * A call of a forkable function from ordinary code is a root: it begins and ends here. Between the
 * two, generated code spawns and joins in the deque that the root was given, and comes here when
 * that is not plain: par_fork_slot.h. */
#ifndef PAR_SCHED_FORK_H
#define PAR_SCHED_FORK_H

#include "par_fork_slot.h"
#include "pool.h"

typedef struct par_fork_deque par_fork_deque;
struct par_theft;
struct par_worker;

/* What the calling thread works for; NULL: nothing in particular. The scheduler only sees to it that spawned calls
 * have the same on whatever thread they run as where their root began. */
extern _Thread_local void *par_work_context;

/* Begins a root on the calling thread, which is one of the at most `limit` threads that work on it; 0
 * is no limit but the pool's. `scheduler` NULL: the calling thread works on it alone. *cost is how
 * long the last such call took, kept by the scheduler: one that is over before another thread could
 * come is not offered to any. Aborts the process when there is no memory at all. Does not block. */
par_fork_deque *par_fork_begin(par_scheduler *scheduler, unsigned limit, uint32_t *cost);

/* Ends it: every spawn has been joined. What other threads did for it is visible to the caller since
 * the joins. */
void par_fork_end(par_fork_deque *deque, uint32_t *cost);

par_fork_front *par_fork_front_of(par_fork_deque *deque);
par_fork_slot *par_fork_head_of(par_fork_deque *deque);

/* A spawn that is not plain: where its slot is to be filled in, instead of `head`; and then, that this
 * has been done. The second runs the call if the deque is full. */
par_fork_slot *par_fork_spawning(par_fork_front *front, par_fork_slot *head);
void par_fork_spawned(par_fork_front *front, par_fork_slot *head, par_fork_slot *slot);

/* A join that is not plain, of the newest spawn: NULL, the caller runs it; or the slot in which its
 * result is, to be read at once. Waits when it has been stolen, working on what the thief spawns
 * meanwhile. */
par_fork_slot *par_fork_join(par_fork_front *front, par_fork_slot *newest);

/* A worker runs a call that it has stolen, with nothing else on its stack. */
void par_fork_serve(struct par_worker *self, const struct par_theft *theft);

#endif
