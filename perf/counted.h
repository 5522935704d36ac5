/* counted.h - put before the library's sources in a build of its own: counts what a thread does that other
 * processors may notice. A locked instruction takes its cache line to this processor, if it is not there;
 * so does a store to a line that others read. */
#ifndef PAR_PERF_COUNTED_H
#define PAR_PERF_COUNTED_H

#include "../sched/atomic.h"

/* By the calling thread so far. */
typedef struct counted {
    uint64_t locked; /* read-modify-write operations, and seq_cst stores, which are one on x86-64 */
    uint64_t fences; /* seq_cst */
    uint64_t stores; /* other atomic stores: plain instructions */
    uint64_t loads;  /* atomic loads: plain instructions */
} counted;
extern _Thread_local counted counted_here;

#undef par_load_relaxed
#undef par_load_acquire
#undef par_load_seq_cst
#undef par_store_relaxed
#undef par_store_release
#undef par_store_seq_cst
#undef par_add_relaxed
#undef par_add_release
#undef par_add_acq_rel
#undef par_add_seq_cst
#undef par_sub_relaxed
#undef par_sub_acq_rel
#undef par_sub_seq_cst
#undef par_or_acq_rel
#undef par_or_seq_cst
#undef par_and_acq_rel
#undef par_and_seq_cst
#undef par_swap_acq_rel
#undef par_swap_seq_cst
#undef par_cas_relaxed
#undef par_cas_acq_rel
#undef par_cas_seq_cst
#undef par_fence_seq_cst

#define COUNTED_LOAD(p)           (counted_here.loads++, atomic_load(p))
#define COUNTED_STORE(p, v)       (counted_here.stores++, atomic_store(p, v))
#define COUNTED_LOCKED(operation) (counted_here.locked++, (operation))

#define par_load_relaxed(p) COUNTED_LOAD(p)
#define par_load_acquire(p) COUNTED_LOAD(p)
#define par_load_seq_cst(p) COUNTED_LOAD(p)

#define par_store_relaxed(p, v) COUNTED_STORE(p, v)
#define par_store_release(p, v) COUNTED_STORE(p, v)
#define par_store_seq_cst(p, v) (counted_here.locked++, atomic_store(p, v))

#define par_add_relaxed(p, v)  COUNTED_LOCKED(atomic_fetch_add(p, v))
#define par_add_release(p, v)  COUNTED_LOCKED(atomic_fetch_add(p, v))
#define par_add_acq_rel(p, v)  COUNTED_LOCKED(atomic_fetch_add(p, v))
#define par_add_seq_cst(p, v)  COUNTED_LOCKED(atomic_fetch_add(p, v))
#define par_sub_relaxed(p, v)  COUNTED_LOCKED(atomic_fetch_sub(p, v))
#define par_sub_acq_rel(p, v)  COUNTED_LOCKED(atomic_fetch_sub(p, v))
#define par_sub_seq_cst(p, v)  COUNTED_LOCKED(atomic_fetch_sub(p, v))
#define par_or_acq_rel(p, v)   COUNTED_LOCKED(atomic_fetch_or(p, v))
#define par_or_seq_cst(p, v)   COUNTED_LOCKED(atomic_fetch_or(p, v))
#define par_and_acq_rel(p, v)  COUNTED_LOCKED(atomic_fetch_and(p, v))
#define par_and_seq_cst(p, v)  COUNTED_LOCKED(atomic_fetch_and(p, v))
#define par_swap_acq_rel(p, v) COUNTED_LOCKED(atomic_exchange(p, v))
#define par_swap_seq_cst(p, v) COUNTED_LOCKED(atomic_exchange(p, v))
#define par_cas_relaxed(p, expected, v) \
    COUNTED_LOCKED(atomic_compare_exchange_strong(p, expected, v))
#define par_cas_acq_rel(p, expected, v) \
    COUNTED_LOCKED(atomic_compare_exchange_strong(p, expected, v))
#define par_cas_seq_cst(p, expected, v) \
    COUNTED_LOCKED(atomic_compare_exchange_strong(p, expected, v))

#define par_fence_seq_cst() (counted_here.fences++, atomic_thread_fence(memory_order_seq_cst))

#endif
