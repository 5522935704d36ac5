/* idle.h - sets of threads that sleep or are about to, and the bells they are woken by.
 *
 * The two sides of the protocol, which every sleeper and every waker follows to the letter:
 *
 *     sleeper                                      waker
 *     key = par_bell_key(bell)                     make the work visible
 *     par_idle_join(set, me)                       par_fence_seq_cst()
 *     par_fence_seq_cst()                          who = par_idle_take(set)
 *     if there is nothing for me to do             if (who >= 0)
 *         par_bell_wait(bell, key, deadline)           write down what it is woken for
 *     if (!par_idle_leave(set, me))                    par_bell_ring(bell of who)
 *         I was taken: do what was written down
 *
 * Each side writes first and then looks, with a full fence between, so that they cannot both miss
 * each other: either the sleeper sees the work, or the waker sees the sleeper. */
#ifndef PAR_SCHED_IDLE_H
#define PAR_SCHED_IDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomic.h"

/* Threads by number, below 64 * words. */
typedef struct par_idle {
    size_t words;
    _Atomic uint64_t *bits;
} par_idle;

/* `bits` is memory for `words` words, which outlives the set. */
void par_idle_init(par_idle *set, _Atomic uint64_t *bits, size_t words);

/* The thread itself. */
void par_idle_join(par_idle *set, unsigned who);
/* The thread itself: true if it was still a member; false if somebody has taken it, and rings or
 * will. */
bool par_idle_leave(par_idle *set, unsigned who);

/* Takes the member of the lowest number out of the set; -1 when there was none. The taker must ring
 * its bell. */
int par_idle_take(par_idle *set);

bool par_idle_any(const par_idle *set);

/* A futex word that counts the times it was rung. */
typedef struct par_bell {
    _Atomic uint32_t rung;
} par_bell;

void par_bell_init(par_bell *bell);
uint32_t par_bell_key(const par_bell *bell);
/* Sleeps until the bell is rung after the key was read, or until the deadline: true when rung. */
bool par_bell_wait(par_bell *bell, uint32_t key, int64_t deadline);
/* What the ringer did before is visible to the woken thread. */
void par_bell_ring(par_bell *bell);
/* The same for every thread that waits at it; par_bell_ring() is for one. */
void par_bell_ring_all(par_bell *bell);

#endif
