/* idle.c - a bit per sleeping thread, a futex word per thread.
 *
 * State   a bit is set by its thread and cleared either by it or by one taker; the two clear by
 *         atomic and, so exactly one of them finds it set.
 * Edges   E1 ring    par_bell_ring: add release -> par_bell_wait, _key: load acquire   what it is
 *         woken for
 *         E2 sleep   join: or seq_cst, fence, look at the work | make the work visible, fence,
 *                    take: load bits - the fences are the callers': idle.h
 *         E3 taken   take: and acq_rel -> leave: and acq_rel    the loser knows that the other won
 * Key     is read before joining: read later, it could already count the ring that was meant for
 *         this sleep, and the thread would sleep in no set.
 * Tests   test_idle.c; E1 to E3 in stress_idle.c.
 */
#include "idle.h"

#include <limits.h>

#include "os.h"

void par_idle_init(par_idle *set, _Atomic uint64_t *bits, size_t words)
{
    set->words = words;
    set->bits = bits;
    for (size_t i = 0; i < words; i++)
        atomic_init(&bits[i], 0);
}

void par_idle_join(par_idle *set, unsigned who)
{
    par_or_seq_cst(&set->bits[who / 64], UINT64_C(1) << who % 64); /* E2 */
}

bool par_idle_leave(par_idle *set, unsigned who)
{
    uint64_t bit = UINT64_C(1) << who % 64;
    return (par_and_acq_rel(&set->bits[who / 64], ~bit) & bit) != 0; /* E3 */
}

int par_idle_take(par_idle *set)
{
    for (size_t i = 0; i < set->words; i++) {
        uint64_t bits;
        while ((bits = par_load_seq_cst(&set->bits[i])) != 0) { /* E2 */
            unsigned who = (unsigned)__builtin_ctzll(bits) + 64 * (unsigned)i;
            if (par_idle_leave(set, who))
                return (int)who;
        }
    }
    return -1;
}

bool par_idle_any(const par_idle *set)
{
    for (size_t i = 0; i < set->words; i++) {
        if (par_load_seq_cst(&set->bits[i]) != 0)
            return true;
    }
    return false;
}

void par_bell_init(par_bell *bell)
{
    atomic_init(&bell->rung, 0);
}

uint32_t par_bell_key(const par_bell *bell)
{
    return par_load_acquire(&bell->rung); /* E1 */
}

bool par_bell_wait(par_bell *bell, uint32_t key, int64_t deadline)
{
    while (par_load_acquire(&bell->rung) == key) { /* E1 */
        if (deadline != PAR_NEVER && par_now() >= deadline)
            return false;
        par_os_table.futex_wait(&bell->rung, key, deadline);
    }
    return true;
}

static void ring(par_bell *bell, int count)
{
    par_add_release(&bell->rung, 1); /* E1 */
    par_os_table.futex_wake(&bell->rung, count);
}

void par_bell_ring(par_bell *bell)
{
    ring(bell, 1);
}

void par_bell_ring_all(par_bell *bell)
{
    ring(bell, INT_MAX);
}
