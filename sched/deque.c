/* deque.c - one owner pushes and pops at the bottom; any thread steals at the top.
 *
 * State   top only grows, so no index is ever given out twice and a CAS on it cannot be fooled.
 *         bottom - top, as a signed difference, is the length; it is -1 briefly, inside a pop.
 *         Indices are signed and 64 bits wide: at 10^9 pushes a second they last 292 years.
 * Edges   D1 publish  push: bottom release      -> steal: bottom seq_cst   slot, and the entry's
 *         contents
 *         D2 last     pop: store bottom, load top | steal: load top, load bottom - all seq_cst, so
 *                     that in the one order of these four, pop and steal cannot both miss each
 *                     other
 *         D3 claim    CAS on top, seq_cst: exactly one taker of an entry that two could take
 *         D4 reuse    steal: CAS on top release  -> push: top acquire       the thief has read the
 *                     slot before the owner writes it again
 * Relaxed the owner's loads of bottom (it is the only writer); the slots: a thief may read one that
 *         the owner is overwriting, and then its CAS fails, because top has moved (D3, D4).
 * Progress push and pop: wait-free. steal: one bounded try, may answer RETRY.
 * Tests   test_deque.c; D1 to D4 in stress_deque.c with capacities from 2.
 */
#include "deque.h"

void par_deque_init(par_deque *deque, void *_Atomic *slots, size_t capacity)
{
    atomic_init(&deque->top, 0);
    atomic_init(&deque->bottom, 0);
    deque->mask = (int64_t)capacity - 1;
    deque->slots = slots;
    for (size_t i = 0; i < capacity; i++)
        atomic_init(&slots[i], NULL);
}

bool par_deque_push(par_deque *deque, void *entry)
{
    int64_t bottom = par_load_relaxed(&deque->bottom);
    int64_t top = par_load_acquire(&deque->top); /* D4 */
    PAR_ASSERT(top <= bottom);
    if (bottom - top > deque->mask)
        return false;
    par_store_relaxed(&deque->slots[bottom & deque->mask], entry);
    par_store_release(&deque->bottom, bottom + 1); /* D1 */
    return true;
}

void *par_deque_pop(par_deque *deque)
{
    int64_t bottom = par_load_relaxed(&deque->bottom) - 1;
    par_store_seq_cst(&deque->bottom, bottom);   /* D2 */
    int64_t top = par_load_seq_cst(&deque->top); /* D2 */
    if (top > bottom) {
        par_store_relaxed(&deque->bottom, bottom + 1); /* empty: as it was, publishes nothing */
        return NULL;
    }
    void *entry = par_load_relaxed(&deque->slots[bottom & deque->mask]);
    if (top < bottom)
        return entry;
    bool mine = par_cas_seq_cst(&deque->top, &top, top + 1); /* D3 */
    par_store_relaxed(&deque->bottom, bottom + 1);           /* empty now, publishes nothing */
    return mine ? entry : NULL;
}

par_steal_result par_deque_steal(par_deque *deque, void **entry)
{
    int64_t top = par_load_seq_cst(&deque->top);       /* D2 */
    int64_t bottom = par_load_seq_cst(&deque->bottom); /* D1, D2 */
    if (top >= bottom)
        return PAR_STEAL_EMPTY;
    void *found = par_load_relaxed(&deque->slots[top & deque->mask]);
    if (!par_cas_seq_cst(&deque->top, &top, top + 1)) /* D3, D4 */
        return PAR_STEAL_RETRY;
    *entry = found;
    return PAR_STEAL_ITEM;
}

bool par_deque_empty(const par_deque *deque)
{
    int64_t top = par_load_seq_cst(&deque->top);
    return top >= par_load_seq_cst(&deque->bottom);
}

bool par_deque_has_other(const par_deque *deque, const void *entry)
{
    int64_t top = par_load_relaxed(&deque->top);
    int64_t length = par_load_relaxed(&deque->bottom) - top;
    return length > 1 ||
           (length == 1 && par_load_relaxed(&deque->slots[top & deque->mask]) != entry);
}
