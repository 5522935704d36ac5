/* steal.h - where a worker looks for tickets, in which order. */
#ifndef PAR_SCHED_STEAL_H
#define PAR_SCHED_STEAL_H

#include <stdbool.h>

#include "worker.h"

/* Makes a ticket visible, with the caller's reference to the batch: in the worker's own deque, or
 * in the injection list for other threads (self NULL) and when the deque is full. Wakes nobody. */
void par_steal_put(par_scheduler *scheduler, par_worker *self, par_batch *batch);

/* A ticket, with its reference, for the caller to use; or NULL when all places seemed empty. Its
 * own tickets and those injected take turns, each oldest first, so that neither can starve the
 * other; then the other workers' oldest, from one chosen at random; now and then
 * these come first. */
par_batch *par_steal_get(par_worker *self);

/* Is there a ticket anywhere? */
bool par_steal_any_ticket(const par_scheduler *scheduler);

/* Is there a ticket anywhere, or a call of a forkable function that may be stolen? If not, the owners have
 * been asked whose crews have a seat. By this a searcher and a sleeper decide. */
bool par_steal_any(par_scheduler *scheduler);

/* A ticket of `ancestor` or of a call made below it, for a thread that waits for `ancestor`. Others
 * that it had to take on its way it puts back; *moved counts them. */
par_batch *par_steal_descendant(par_worker *self, const par_batch *ancestor, unsigned *moved);

/* Any number, another each time: with whom to begin. */
uint32_t par_steal_random(par_worker *self);

/* Is there one of another batch? */
bool par_steal_any_but(const par_scheduler *scheduler, const par_batch *batch);

/* Is there one in the injection list or in the worker's own deque? */
bool par_steal_others_wait(const par_worker *self);

#endif
