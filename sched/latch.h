/* latch.h - a gate that opens once, and threads that wait for it, with a deadline.
 *
 * Waiting is a futex on the latch's word; whoever opens it wakes them all, by the word's address
 * alone: after the word has been changed nothing of the latch is read. */
#ifndef PAR_SCHED_LATCH_H
#define PAR_SCHED_LATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "atomic.h"

typedef struct par_latch {
    _Atomic uint32_t word; /* PAR_LATCH_* */
} par_latch;

enum { PAR_LATCH_SHUT, PAR_LATCH_AWAITED, PAR_LATCH_OPEN };

void par_latch_init(par_latch *latch);

/* Opens it, and wakes whoever waits. What the caller did before is visible to whoever finds it
 * open. */
void par_latch_open(par_latch *latch);

/* The same of a latch that nobody else knows yet: nobody waits. */
void par_latch_open_alone(par_latch *latch);

bool par_latch_is_open(const par_latch *latch);

/* Does somebody sleep, whom opening it wakes? May be out of date at once. */
bool par_latch_is_awaited(const par_latch *latch);

/* Looks, without sleeping, until it is open or the instant `until` has come. True when open. */
bool par_latch_spin(const par_latch *latch, int64_t until);

/* Waits until it is open, but not beyond `deadline` (nanoseconds of CLOCK_MONOTONIC, PAR_NEVER for
 * no limit), first looking for `spin` nanoseconds without sleeping. True when open. Any number of
 * threads may wait. */
bool par_latch_wait(par_latch *latch, int64_t deadline, int64_t spin);

#endif
