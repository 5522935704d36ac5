/* par_fork_slot.h - what the code that PAR_FORKABLE makes touches of the scheduler; installed, for
 * C only, and no program's own business.
 *
 * A spawn fills in the slot at the head of the caller's deque, a sync calls what the newest slot
 * says. As long as nobody wants to share the work that is all: the head lives in a register, and
 * `limit` and `bound` are compared with it. Where the comparison fails, par_fork.h's functions
 * take over: sched/fork.c. */
#ifndef PAR_FORK_SLOT_H
#define PAR_FORK_SLOT_H

#ifndef __cplusplus
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the arguments of a spawned call, and of its result. */
#define PAR_FORK_PAYLOAD 112

typedef struct par_fork_slot par_fork_slot;

/* The part of a thread's deque that generated code sees. Its thread writes both; other threads
 * write NULL and PAR_FORK_ALWAYS to them when they want a share. */
typedef struct par_fork_front {
    par_fork_slot *_Atomic limit; /* a spawn below it is plain */
    par_fork_slot *_Atomic bound; /* a sync at or above it is plain */
    uint64_t open;                /* spawns not joined; kept with PAR_DEBUG alone */
} par_fork_front;

#define PAR_FORK_ALWAYS ((par_fork_slot *)UINTPTR_MAX)

/* One spawned call: two cache lines, of which most calls need but the first. */
struct par_fork_slot {
    /* Runs the call that `slot` holds, with `head` the first free slot of the running thread, and
     * stores its result in place of the arguments. */
    void (*run)(par_fork_front *front, par_fork_slot *head, par_fork_slot *slot);
    _Atomic uint32_t state; /* of interest once others may take it: sched/fork_deque.h */
    _Alignas(16) unsigned char payload[PAR_FORK_PAYLOAD];
};

_Static_assert(sizeof(par_fork_slot) == 128, "a slot is two cache lines");

#endif
#endif
