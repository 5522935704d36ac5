/* jitter.h - put before the scheduler's sources in a second build of the stress programs: in front of
 * every atomic operation the thread may give up its processor or sleep for a moment, so that
 * interleavings that need a thread to stand still in a window of a few instructions come about. */
#ifndef PAR_TESTS_JITTER_H
#define PAR_TESTS_JITTER_H

#include "../sched/atomic.h"

void jitter(void);

#undef par_load_relaxed
#undef par_load_acquire
#undef par_load_seq_cst
#undef par_store_relaxed
#undef par_store_release
#undef par_store_seq_cst
#undef par_cas_relaxed
#undef par_cas_acq_rel
#undef par_cas_seq_cst
#undef par_fence_seq_cst

#define par_load_relaxed(p) (jitter(), atomic_load_explicit(p, memory_order_relaxed))
#define par_load_acquire(p) (jitter(), atomic_load_explicit(p, memory_order_acquire))
#define par_load_seq_cst(p) (jitter(), atomic_load_explicit(p, memory_order_seq_cst))

#define par_store_relaxed(p, v) (jitter(), atomic_store_explicit(p, v, memory_order_relaxed))
#define par_store_release(p, v) (jitter(), atomic_store_explicit(p, v, memory_order_release))
#define par_store_seq_cst(p, v) (jitter(), atomic_store_explicit(p, v, memory_order_seq_cst))

#define par_cas_relaxed(p, expected, v)                                                      \
    (jitter(), atomic_compare_exchange_strong_explicit(p, expected, v, memory_order_relaxed, \
                                                       memory_order_relaxed))
#define par_cas_acq_rel(p, expected, v)                                                      \
    (jitter(), atomic_compare_exchange_strong_explicit(p, expected, v, memory_order_acq_rel, \
                                                       memory_order_acquire))
#define par_cas_seq_cst(p, expected, v)                                                      \
    (jitter(), atomic_compare_exchange_strong_explicit(p, expected, v, memory_order_seq_cst, \
                                                       memory_order_seq_cst))

#define par_fence_seq_cst() (jitter(), atomic_thread_fence(memory_order_seq_cst))

#endif
