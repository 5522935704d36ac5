/* atomic.h - the atomic operations the scheduler uses, with the order in the name.
 *
 * One shim, so that the same sources run under <stdatomic.h>, ThreadSanitizer and a model checker.
 * There is no operation here with an implied order, and but one fence, which orders and never
 * publishes: what another thread shall see goes through a release operation, because
 * ThreadSanitizer sees those and does not see fences.
 */
#ifndef PAR_SCHED_ATOMIC_H
#define PAR_SCHED_ATOMIC_H

#include <stdatomic.h>
#include <stdint.h>

#define par_load_relaxed(p) atomic_load_explicit(p, memory_order_relaxed)
#define par_load_acquire(p) atomic_load_explicit(p, memory_order_acquire)
#define par_load_seq_cst(p) atomic_load_explicit(p, memory_order_seq_cst)

#define par_store_relaxed(p, v) atomic_store_explicit(p, v, memory_order_relaxed)
#define par_store_release(p, v) atomic_store_explicit(p, v, memory_order_release)
#define par_store_seq_cst(p, v) atomic_store_explicit(p, v, memory_order_seq_cst)

#define par_add_relaxed(p, v) atomic_fetch_add_explicit(p, v, memory_order_relaxed)
#define par_add_release(p, v) atomic_fetch_add_explicit(p, v, memory_order_release)
#define par_add_acq_rel(p, v) atomic_fetch_add_explicit(p, v, memory_order_acq_rel)
#define par_add_seq_cst(p, v) atomic_fetch_add_explicit(p, v, memory_order_seq_cst)
#define par_sub_relaxed(p, v) atomic_fetch_sub_explicit(p, v, memory_order_relaxed)
#define par_sub_acq_rel(p, v) atomic_fetch_sub_explicit(p, v, memory_order_acq_rel)
#define par_sub_seq_cst(p, v) atomic_fetch_sub_explicit(p, v, memory_order_seq_cst)
#define par_or_acq_rel(p, v)  atomic_fetch_or_explicit(p, v, memory_order_acq_rel)
#define par_or_seq_cst(p, v)  atomic_fetch_or_explicit(p, v, memory_order_seq_cst)
#define par_and_acq_rel(p, v) atomic_fetch_and_explicit(p, v, memory_order_acq_rel)
#define par_and_seq_cst(p, v) atomic_fetch_and_explicit(p, v, memory_order_seq_cst)

#define par_swap_acq_rel(p, v) atomic_exchange_explicit(p, v, memory_order_acq_rel)
#define par_swap_seq_cst(p, v) atomic_exchange_explicit(p, v, memory_order_seq_cst)

/* If *p is *expected stores v and returns true, else puts *p in *expected and returns false. Never
 * fails for no reason. */
#define par_cas_relaxed(p, expected, v)                                           \
    atomic_compare_exchange_strong_explicit(p, expected, v, memory_order_relaxed, \
                                            memory_order_relaxed)
#define par_cas_acq_rel(p, expected, v)                                           \
    atomic_compare_exchange_strong_explicit(p, expected, v, memory_order_acq_rel, \
                                            memory_order_acquire)
#define par_cas_seq_cst(p, expected, v)                                           \
    atomic_compare_exchange_strong_explicit(p, expected, v, memory_order_seq_cst, \
                                            memory_order_seq_cst)

#define par_fence_seq_cst() atomic_thread_fence(memory_order_seq_cst)

#endif
