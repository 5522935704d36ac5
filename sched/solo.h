/* solo.h - tickets that nobody is told of, as long as their calls are short.
 *
 * A call that its caller runs alone has its ticket in one of the pool's slots. If it is there for about a
 * millisecond, the lookout, a thread that sleeps for an alarm, takes it out and publishes it.
 * docs/memory-model.md has both words, decision 5 the reasons. */
#ifndef PAR_SCHED_SOLO_H
#define PAR_SCHED_SOLO_H

#include "worker.h"

/* May a thread run this batch alone? Not where every item is watched, nor one that is to have more threads
 * than there are workers. */
bool par_solo_suits(const par_scheduler *scheduler, const par_batch *batch);

/* Puts the ticket in the caller's hand, and its reference, into a slot, at the instant `now`. NULL when
 * there is none free, or nobody to look after it yet: then nothing has been done with it. Any
 * thread; may start the lookout, does not wait. */
par_solo_slot *par_solo_put(par_scheduler *scheduler, par_batch *batch, int64_t now);

/* Is there somebody to look after a root that has its crew for itself, which has been written down? If not
 * yet, one may come, for those that follow. */
bool par_solo_watch(par_scheduler *scheduler, int64_t now);

/* Takes it back, once for each put: true when it is in the caller's hand again, and if nobody has been
 * given the batch otherwise, nobody has known of it. False when the lookout has taken it. */
bool par_solo_take(par_solo_slot *slot, par_batch *batch);

/* With the ticket in hand, and its reference, of a batch that takes longer than it seemed to: tells others.
 * Those tell the next ones at once. */
void par_solo_tell(par_scheduler *scheduler, par_worker *self, par_batch *batch);

/* The pool stops, and nobody is in it: lets the lookout end, as the other threads do; joins it, and
 * lets go of what it needed. */
void par_solo_wake(par_scheduler *scheduler);
void par_solo_join(par_scheduler *scheduler);

#endif
