/* batch.c - claiming items, seats and the ticket, and the count of what has ended.
 *
 * State   cursor      items claimed; each index below n has gone to exactly one claimer, since
 *                     below n it only grows, by one fetch_add a claim or by the swap of a
 *                     cancellation.
 *         crew        seats << 1 | ticket. The ticket bit is 1 while a ticket stands somewhere or
 *                     is in some thread's hand. If items are left and a seat is free, then the bit
 *                     is 1: a thread that finds no seat drops the ticket, and one that leaves a
 *                     seat takes it up again, both by CAS on this one word, so no ticket is lost
 *                     between them.
 *         unfinished  items that have not ended. 0 once, when the last is counted.
 *         references  holders of a pointer.
 * Edges   B1 end      complete: sub acq_rel -> the sub that reaches 0   items' effects, for `finished`
 *         B2 free     unref: sub acq_rel    -> the unref that reaches 0   all uses, for `destroy`
 *         B3 crew     CAS acq_rel on crew: whoever finds the ticket bit clear after a leave or a
 *                     join sees the cursor as that thread saw it
 * Relaxed claims: what an item needs was published with the ticket (inject I1, deque D1) or by the
 *         hand-off to a thread (idle E1), and what it did is published by B1.
 * Tests   test_batch.c; B1 to B3 in stress_batch.c.
 */
#include "batch.h"

enum { TICKET = 1, SEAT = 2 };

void par_batch_init(par_batch *batch, const par_batch_class *class, par_batch *parent, size_t n,
                    uint32_t limit)
{
    batch->class = class;
    batch->parent = parent;
    batch->n = n;
    batch->limit = limit;
    atomic_init(&batch->cursor, 0);
    atomic_init(&batch->crew, 0);
    atomic_init(&batch->references, 1);
    atomic_init(&batch->unfinished, n);
    par_latch_init(&batch->done);
    atomic_init(&batch->patient, 0);
    if (parent != NULL)
        par_batch_ref(parent);
}

void par_batch_ref(par_batch *batch)
{
    par_add_relaxed(&batch->references, 1); /* from a reference: nothing to see */
}

void par_batch_unref(par_batch *batch)
{
    while (batch != NULL && par_sub_acq_rel(&batch->references, 1) == 1) { /* B2 */
        par_batch *parent = batch->parent;
        batch->class->destroy(batch);
        batch = parent;
    }
}

bool par_batch_has_ticket(const par_batch *batch)
{
    return (par_load_relaxed(&batch->crew) & TICKET) != 0;
}

bool par_batch_has_items(const par_batch *batch)
{
    return par_load_relaxed(&batch->cursor) < batch->n;
}

size_t par_batch_claim(par_batch *batch)
{
    if (!par_batch_has_items(batch))
        return batch->n;
    uint64_t index = par_add_relaxed(&batch->cursor, 1);
    return index < batch->n ? (size_t)index : batch->n;
}

size_t par_batch_cancel(par_batch *batch)
{
    uint64_t claimed = par_swap_acq_rel(&batch->cursor, batch->n);
    return claimed < batch->n ? (size_t)claimed : batch->n;
}

void par_batch_complete(par_batch *batch, size_t items)
{
    if (items != 0 && par_sub_acq_rel(&batch->unfinished, items) == items) /* B1 */
        batch->class->finished(batch);
}

bool par_batch_descends(const par_batch *batch, const par_batch *ancestor)
{
    while (batch != NULL && batch != ancestor)
        batch = batch->parent;
    return batch != NULL;
}

bool par_batch_open(par_batch *batch, bool helps)
{
    uint32_t seats = helps ? 1 : 0;
    bool others = batch->n > seats && batch->limit > seats;
    par_store_relaxed(&batch->crew, seats * SEAT + (others ? TICKET : 0));
    return others;
}

par_join par_batch_join(par_batch *batch)
{
    uint32_t crew = par_load_relaxed(&batch->crew);
    for (;;) {
        uint32_t seats = crew / SEAT;
        bool seated = seats < batch->limit && par_batch_has_items(batch);
        bool more = seated && seats + 1 < batch->limit && par_batch_has_items(batch);
        uint32_t next = (seats + (seated ? 1 : 0)) * SEAT + (more ? TICKET : 0);
        if (par_cas_acq_rel(&batch->crew, &crew, next)) /* B3 */
            return more ? PAR_JOIN_MORE : seated ? PAR_JOIN_LAST : PAR_JOIN_NONE;
    }
}

bool par_batch_sit(par_batch *batch)
{
    uint32_t crew = par_load_relaxed(&batch->crew);
    while (crew / SEAT < batch->limit) {
        if (par_cas_acq_rel(&batch->crew, &crew, crew + SEAT)) /* B3 */
            return true;
    }
    return false;
}

bool par_batch_leave(par_batch *batch)
{
    uint32_t crew = par_load_relaxed(&batch->crew);
    for (;;) {
        bool tell = (crew & TICKET) == 0 && par_batch_has_items(batch);
        uint32_t next = crew - SEAT + (tell ? TICKET : 0);
        if (par_cas_acq_rel(&batch->crew, &crew, next)) /* B3 */
            return tell;
    }
}
