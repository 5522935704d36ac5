/* deque.h - a Chase-Lev deque of pointers, of fixed size.
 *
 * One thread, the owner, pushes and pops at the bottom; any thread steals at the top, which is the
 * oldest. After "Dynamic Circular Work-Stealing Deque" (Chase, Lev, SPAA 2005), in the C11 form of
 * "Correct and Efficient Work-Stealing for Weak Memory Models" (Le et al., PPoPP 2013), without
 * growth: a push that finds the deque full says so.
 *
 *     par_deque_push(d, ticket)      the owner; a thief that gets `ticket` sees what was written
 *                                    before
 *     par_deque_pop(d)               the owner; the newest, or NULL
 *     par_deque_steal(d, &ticket)    anybody, the owner too
 */
#ifndef PAR_SCHED_DEQUE_H
#define PAR_SCHED_DEQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomic.h"
#include "base.h"

typedef struct par_deque {
    _Alignas(PAR_CACHE_LINE) _Atomic int64_t top;    /* next to steal; only grows */
    _Alignas(PAR_CACHE_LINE) _Atomic int64_t bottom; /* next to push; written by the owner alone */
    int64_t mask;                                    /* capacity - 1; constant */
    void *_Atomic *slots;                            /* entry i stands in slots[i & mask] */
} par_deque;

/* `slots` is memory for `capacity` entries, a power of two, which outlives the deque. */
void par_deque_init(par_deque *deque, void *_Atomic *slots, size_t capacity);

/* The owner only. False when the deque is full: nothing has been pushed. */
bool par_deque_push(par_deque *deque, void *entry);

/* The owner only. NULL when there is nothing. */
void *par_deque_pop(par_deque *deque);

typedef enum {
    PAR_STEAL_ITEM,  /* *entry is now the caller's alone */
    PAR_STEAL_EMPTY, /* there was nothing, at some instant during the call */
    PAR_STEAL_RETRY  /* another thread took the same entry first: there may be more */
} par_steal_result;
par_steal_result par_deque_steal(par_deque *deque, void **entry);

/* Is there an entry that is not `entry`? A guess, for those who only want to know whether to
 * look. */
bool par_deque_has_other(const par_deque *deque, const void *entry);

/* Was there nothing, at some instant during the call? */
bool par_deque_empty(const par_deque *deque);

#endif
