/* latch.c - a futex word with three values: shut, shut with somebody asleep, open.
 *
 * Edges   L1 open   par_latch_open: swap release -> is_open, wait: load acquire   all done before
 *         opening
 *         L2 sleep  wait: CAS SHUT -> AWAITED, then the kernel compares the word with AWAITED;
 *                   open: swap to OPEN, wakes if it was AWAITED. Both change the one word, so
 *                   either the opener sees AWAITED or the waiter's CAS (or the kernel) sees OPEN.
 * Wakes   by address alone: after the swap the memory may already belong to somebody else, to whom
 *         a stray wake is a spurious one. So every futex wait loops on its word.
 * Tests   test_latch.c; L1, L2 in stress_latch.c.
 */
#include "latch.h"

#include <limits.h>

#include "base.h"
#include "os.h"

/* How often a spinning thread looks before it asks for the time. */
enum { LOOKS_PER_CLOCK = 32 };

void par_latch_init(par_latch *latch)
{
    atomic_init(&latch->word, PAR_LATCH_SHUT);
}

void par_latch_open(par_latch *latch)
{
    if (par_swap_acq_rel(&latch->word, PAR_LATCH_OPEN) == PAR_LATCH_AWAITED) /* L1, L2 */
        par_os_table.futex_wake(&latch->word, INT_MAX);
}

void par_latch_open_alone(par_latch *latch)
{
    par_store_release(&latch->word, PAR_LATCH_OPEN); /* L1 */
}

bool par_latch_is_open(const par_latch *latch)
{
    return par_load_acquire(&latch->word) == PAR_LATCH_OPEN; /* L1 */
}

bool par_latch_is_awaited(const par_latch *latch)
{
    return par_load_relaxed(&latch->word) == PAR_LATCH_AWAITED;
}

bool par_latch_spin(const par_latch *latch, int64_t until)
{
    do {
        for (int look = 0; look < LOOKS_PER_CLOCK; look++) {
            if (par_latch_is_open(latch))
                return true;
            par_spin_hint();
        }
    } while (par_now() < until);
    return false;
}

bool par_latch_wait(par_latch *latch, int64_t deadline, int64_t spin)
{
    if (par_latch_is_open(latch))
        return true;
    if (spin > 0) {
        int64_t now = par_now();
        int64_t until = deadline - now < spin ? deadline : now + spin;
        if (par_latch_spin(latch, until))
            return true;
    }
    for (;;) {
        uint32_t seen = PAR_LATCH_SHUT;
        if (!par_cas_acq_rel(&latch->word, &seen, PAR_LATCH_AWAITED) && /* L2 */
            seen == PAR_LATCH_OPEN)
            return true;
        if (deadline != PAR_NEVER && par_now() >= deadline)
            return false;
        par_os_table.futex_wait(&latch->word, PAR_LATCH_AWAITED, deadline);
    }
}
