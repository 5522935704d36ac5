/* fork_deque.h - a deque of spawned calls with a private end, for fork and join.
 *
 * Its one thread, the owner, pushes and pops at the head; most entries are *private*, at and above
 * the split, and cost it neither fence nor locked instruction. Entries below the split are
 * *public*: thieves take them at the tail, the oldest first. When a thief finds none it asks, and
 * the owner, at its next spawn or sync, moves the split up. After "Lace: Non-blocking Split Deque
 * for Work-Stealing" (van Dijk, van de Pol, Euro-Par 2014).
 *
 *     slots   0 ..... tail ..... split ..... head ..... capacity
 *             stolen      public     private       free
 *
 * The owner joins in the reverse order of its spawns, so it finds a stolen entry only when it has
 * joined all newer ones: then tail, split and head are one. The thief runs it in place and leaves
 * the result there.
 */
#ifndef PAR_SCHED_FORK_DEQUE_H
#define PAR_SCHED_FORK_DEQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomic.h"
#include "base.h"
#include "par_fork_slot.h"

/* Indices have 16 bits in the span. */
#define PAR_FORK_MOST_SLOTS (UINT32_C(1) << 15)

/* A slot's state, of which the owner waits for the last:
 *   0                   public, or claimed a moment ago
 *   2 (thief + 1)       being run by the thief with that deque; | AWAITED
 *   PAR_FORK_DONE       the result is there */
enum { PAR_FORK_AWAITED = 1 };
#define PAR_FORK_DONE UINT32_MAX

/* The threads at work on one call from outside, the caller included. */
typedef struct par_fork_crew {
    _Atomic uint32_t seats; /* taken */
    _Atomic uint32_t limit;
    bool strict;   /* is the limit the caller's wish? Then who waits keeps its seat */
    void *context; /* what it works for: par_work_context */
} par_fork_crew;

/* The calls that found the deque full, which were run at once: their results, the newest first. */
typedef struct par_fork_spill {
    par_fork_slot slot;
    struct par_fork_spill *older;
} par_fork_spill;

typedef struct par_fork_deque {
    /* The owner's; thieves read and set front's two words. */
    _Alignas(PAR_CACHE_LINE) par_fork_front front;
    par_fork_slot *slots;
    uint32_t capacity;
    uint32_t split;        /* as in span */
    uint32_t watched;      /* syncs of entries below it are not plain: par_fork_deque_dismiss() */
    uint32_t index;        /* its name in a slot's state */
    par_fork_spill *spilt; /* not joined yet */
    par_fork_spill *spent; /* joined last: its result is read next */

    /* fork.c's, of a root */
    struct par_scheduler
        *scheduler; /* NULL: the root has one thread; of a worker's deque its own */
    int64_t began;
    int64_t alone_until; /* it has its crew for itself until then; 0: it has not */
    uint32_t limit;      /* of its crew after that */
    /* since when it has, for the lookout; negative: it had */
    _Atomic int64_t alone_since;

    par_fork_slot *running; /* of a thief: what it runs, the innermost if several; else NULL */

    /* epoch << 32 | tail << 16 | split; the epoch is another for each call that has the deque */
    _Alignas(PAR_CACHE_LINE) _Atomic uint64_t span;
    par_fork_crew *_Atomic crew; /* written before the epoch that it belongs to */

    _Alignas(PAR_CACHE_LINE) par_fork_crew own; /* of calls that begin in this deque */
} par_fork_deque;

/* A deque for so many entries, at most PAR_FORK_MOST_SLOTS, on the heap; NULL: out of memory. */
par_fork_deque *par_fork_deque_new(uint32_t index, uint32_t capacity);
void par_fork_deque_free(par_fork_deque *deque);

/* The owner, with the deque empty: from now on it works in that crew. If the crew may have others it takes
 * it that they have asked. */
void par_fork_deque_begin(par_fork_deque *deque, par_fork_crew *crew);

/* The owner: takes no note of asks; of private entries those below this index are not joined plainly, until
 * another is given. */
void par_fork_deque_dismiss(par_fork_deque *deque, uint32_t watched);

/* The owner: has anybody asked since the last share? */
bool par_fork_deque_is_asked(const par_fork_deque *deque);
/* The owner: makes the older half of the entries below `head` public that are not, at least one, and
 * takes note that asks have been answered. False: there was none, and asks stand. */
bool par_fork_deque_share(par_fork_deque *deque, const par_fork_slot *head);

/* The owner, joining its newest entry: true when the entry is its own again; false when it has been
 * stolen: then the owner waits for it to be done and calls par_fork_deque_joined(). */
bool par_fork_deque_take_back(par_fork_deque *deque, const par_fork_slot *newest);
void par_fork_deque_joined(par_fork_deque *deque, const par_fork_slot *newest);

/* The owner, where the deque is full: a place for one more; the process is aborted when there is no
 * memory for it. And the newest of them back, valid until the next of either. */
par_fork_slot *par_fork_deque_spill(par_fork_deque *deque);
par_fork_slot *par_fork_deque_unspill(par_fork_deque *deque);

/* Any thread: is there a public entry? *seen is for par_fork_deque_take(), which takes the oldest if
 * nothing has changed since; NULL if something has. What the owner did before its spawn is visible
 * to the thief. */
bool par_fork_deque_look(par_fork_deque *deque, uint64_t *seen);
par_fork_slot *par_fork_deque_take(par_fork_deque *deque, uint64_t seen);

/* Any thread: asks the owner to share. */
void par_fork_deque_ask(par_fork_deque *deque);

/* The thief, of a slot that it has taken: announces itself; and has put the result there, after
 * which it touches nothing of the slot. */
void par_fork_slot_claim(par_fork_slot *slot, uint32_t thief);
void par_fork_slot_done(par_fork_slot *slot);

/* Takes a seat in the crew if one is free; gives it back. */
bool par_fork_crew_sit(par_fork_crew *crew);
void par_fork_crew_leave(par_fork_crew *crew);
/* Is one free? */
bool par_fork_crew_has_seat(const par_fork_crew *crew);

#endif
