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
 * Edges   B1 end      complete: sub acq_rel -> the sub that reaches 0   items' effects, for
 *         `finished`
 *         B2 free     unref: sub acq_rel    -> the unref that reaches 0   all uses, for `destroy`
 *         B3 crew     CAS acq_rel on crew: whoever finds the ticket bit clear after a leave or a
 *                     join sees the cursor as that thread saw it
 *         B4 lane     giving it back: and acq_rel -> taking it: CAS acq_rel     the run as it was
 *                     left
 *         B5 run      claim: store a run in the lane, fence, look for the ticket | join, leave, drop:
 *                     the ticket is gone or a seat is free, fence, look for items: items in a lane
 *                     never go without a ticket while a seat is free
 * Relaxed claims: what an item needs was published with the ticket (inject I1, deque D1) or by the
 *         hand-off to a thread (idle E1), and what it did is published by B1.
 * Tests   test_batch.c; B1 to B5 in stress_batch.c.
 */
#include "batch.h"

enum { TICKET = 1, SEAT = 2 };

static uint64_t run_of(uint64_t next, uint64_t end)
{
    return next << 32 | end;
}

static uint32_t next_of(uint64_t run)
{
    return (uint32_t)(run >> 32);
}

static uint32_t end_of(uint64_t run)
{
    return (uint32_t)run;
}

void par_batch_init(par_batch *batch, const par_batch_class *class, par_batch *parent, size_t n,
                    uint32_t limit)
{
    batch->class = class;
    batch->parent = parent;
    batch->n = n;
    batch->limit = limit;
    batch->awaited = false;
    batch->ended_alone = false;
    batch->lanes = NULL;
    batch->n_lanes = 0;
    atomic_init(&batch->lanes_taken, 0);
    atomic_init(&batch->cursor, 0);
    atomic_init(&batch->crew, 0);
    atomic_init(&batch->references, 1);
    atomic_init(&batch->unfinished, n);
    par_latch_init(&batch->done);
    atomic_init(&batch->wishes, 0);
    atomic_init(&batch->patient, 0);
    atomic_init(&batch->alone_for, 0);
    if (parent != NULL)
        par_batch_ref(parent);
}

void par_batch_ref(par_batch *batch)
{
    par_add_relaxed(&batch->references, 1); /* from a reference: nothing to see */
}

/* Who has all references there are need not count them down. */
void par_batch_disown(par_batch *batch)
{
    uint32_t owned = batch->ended_alone ? 2 : 1;
    if (par_load_acquire(&batch->references) == owned) /* B2 */
        par_store_relaxed(&batch->references, 1);
    else if (owned == 2)
        par_batch_unref(batch);
    par_batch_unref(batch);
}

void par_batch_unref(par_batch *batch)
{
    PAR_ASSERT(batch == NULL || par_load_relaxed(&batch->references) != 0);
    while (batch != NULL &&
           (par_load_acquire(&batch->references) == 1 || /* B2: it is the only one */
            par_sub_acq_rel(&batch->references, 1) == 1)) {
        par_batch *parent = batch->parent;
        batch->class->destroy(batch);
        batch = parent;
    }
}

bool par_batch_has_ticket(const par_batch *batch)
{
    return (par_load_relaxed(&batch->crew) & TICKET) != 0;
}

void par_batch_use_lanes(par_batch *batch, par_lane *lanes, uint32_t n_lanes, uint32_t run_length)
{
    batch->lanes = lanes;
    batch->n_lanes = n_lanes;
    batch->run_length = run_length;
    for (uint32_t i = 0; i < n_lanes; i++)
        atomic_init(&lanes[i].run, 0);
}

/* Are there at least so many items, 1 or 2, that nobody has claimed? */
static bool has_items(const par_batch *batch, uint64_t least)
{
    uint64_t claimed = par_load_relaxed(&batch->cursor);
    uint64_t left = claimed < batch->n ? batch->n - claimed : 0;
    for (uint32_t i = 0; i < batch->n_lanes && left < least; i++) {
        uint64_t run = par_load_relaxed(&batch->lanes[i].run);
        left += next_of(run) < end_of(run) ? end_of(run) - next_of(run) : 0;
    }
    return left >= least;
}

bool par_batch_has_begun(const par_batch *batch)
{
    return par_load_relaxed(&batch->cursor) != 0;
}

bool par_batch_is_joined(const par_batch *batch)
{
    return par_load_relaxed(&batch->crew) >= SEAT || par_batch_has_begun(batch);
}

bool par_batch_has_items(const par_batch *batch)
{
    return has_items(batch, 1);
}

par_lane *par_batch_take_lane(par_batch *batch)
{
    uint32_t taken = par_load_relaxed(&batch->lanes_taken);
    uint32_t all = (uint32_t)((UINT64_C(1) << batch->n_lanes) - 1);
    while (taken != all) {
        uint32_t lane = (uint32_t)__builtin_ctz(~taken);
        if (par_cas_acq_rel(&batch->lanes_taken, &taken, taken | UINT32_C(1) << lane)) /* B4 */
            return &batch->lanes[lane];
    }
    return NULL;
}

void par_batch_give_lane(par_batch *batch, par_lane *lane)
{
    if (lane == NULL)
        return;
    uint64_t run = par_load_relaxed(&lane->run);
    if (next_of(run) < end_of(run))
        return; /* left for others to take from, and for nobody to fill */
    par_and_acq_rel(&batch->lanes_taken, ~(UINT32_C(1) << (lane - batch->lanes))); /* B4 */
}

/* Takes the next item of a run; n when there is none. */
static size_t take_from_lane(const par_batch *batch, par_lane *lane)
{
    uint64_t run = par_load_relaxed(&lane->run);
    while (next_of(run) < end_of(run)) {
        uint64_t rest = run_of((uint64_t)next_of(run) + 1, end_of(run));
        if (par_cas_relaxed(&lane->run, &run, rest))
            return next_of(run);
    }
    return batch->n;
}

static size_t take_from_any_lane(par_batch *batch)
{
    size_t index = batch->n;
    for (uint32_t i = 0; i < batch->n_lanes && index == batch->n; i++)
        index = take_from_lane(batch, &batch->lanes[i]);
    return index;
}

/* There are items: takes the ticket up if there is none and a seat is free. */
static bool take_up_ticket(par_batch *batch)
{
    uint32_t crew = par_load_relaxed(&batch->crew);
    while ((crew & TICKET) == 0 && crew / SEAT < batch->limit) {
        if (par_cas_acq_rel(&batch->crew, &crew, crew | TICKET)) /* B3 */
            return true;
    }
    return false;
}

size_t par_batch_claim(par_batch *batch, par_lane *lane, bool *tell)
{
    size_t index = lane != NULL ? take_from_lane(batch, lane) : batch->n;
    if (index != batch->n)
        return index;
    if (par_load_relaxed(&batch->cursor) >= batch->n)
        return take_from_any_lane(batch);
    uint32_t length = lane != NULL ? batch->run_length : 1;
    uint64_t first = par_add_relaxed(&batch->cursor, length);
    if (first >= batch->n)
        return take_from_any_lane(batch);
    uint64_t end = batch->n - first < length ? batch->n : first + length;
    if (end - first > 1) {
        par_store_relaxed(&lane->run, run_of(first + 1, end));
        par_fence_seq_cst(); /* B5 */
        *tell = take_up_ticket(batch);
    }
    return (size_t)first;
}

size_t par_batch_cancel(par_batch *batch)
{
    uint64_t claimed = par_swap_acq_rel(&batch->cursor, batch->n);
    return claimed < batch->n ? (size_t)claimed : batch->n;
}

bool par_batch_count(par_batch *batch, size_t items)
{
    PAR_ASSERT(items <= par_load_relaxed(&batch->unfinished));
    if (items == 0 || par_sub_acq_rel(&batch->unfinished, items) != items) /* B1 */
        return false;
    if (batch->class->finished != NULL)
        batch->class->finished(batch);
    return true;
}

void par_batch_let_go(par_batch *batch)
{
    par_latch_open(&batch->done);
    if (batch->class->opened != NULL)
        batch->class->opened(batch);
}

void par_batch_complete(par_batch *batch, size_t items)
{
    if (par_batch_count(batch, items))
        par_batch_let_go(batch);
}

/* Relaxed, and not one operation each: nobody else knows the words. But the references, of which calls made
 * below it may have some, and give them up at any time. */
void par_batch_begin_alone(par_batch *batch)
{
    PAR_ASSERT(par_load_relaxed(&batch->references) == 1);
    par_store_relaxed(&batch->references, 2);
}

void par_batch_end_alone(par_batch *batch, size_t items)
{
    PAR_ASSERT(items == par_load_relaxed(&batch->unfinished));
    (void)items;
    batch->ended_alone = par_batch_has_ticket(batch);
    par_store_relaxed(&batch->crew, 0);
    par_store_release(&batch->unfinished, 0); /* B1 */
}

par_span par_batch_cancel_lane(par_batch *batch, uint32_t lane)
{
    uint64_t run = par_swap_acq_rel(&batch->lanes[lane].run, 0);
    return (par_span){next_of(run), next_of(run) < end_of(run) ? end_of(run) : next_of(run)};
}

bool par_batch_is_complete(const par_batch *batch)
{
    return par_load_acquire(&batch->unfinished) == 0; /* B1 */
}

bool par_batch_descends(const par_batch *batch, const par_batch *ancestor)
{
    while (batch != NULL && batch != ancestor)
        batch = batch->awaited ? batch->parent : NULL;
    return batch != NULL;
}

bool par_batch_open(par_batch *batch, bool helps)
{
    uint32_t seats = helps ? 1 : 0;
    bool others = batch->n > seats && batch->limit > seats;
    par_store_relaxed(&batch->crew, seats * SEAT + (others ? TICKET : 0));
    return others;
}

/* Whoever joins is going to take an item, so that others need to know only of a second. */
par_join par_batch_join(par_batch *batch)
{
    uint32_t crew = par_load_relaxed(&batch->crew);
    for (;;) {
        uint32_t seats = crew / SEAT;
        bool seated = seats < batch->limit && has_items(batch, 1);
        bool more = seated && seats + 1 < batch->limit && has_items(batch, 2);
        uint32_t next = (seats + (seated ? 1 : 0)) * SEAT + (more ? TICKET : 0);
        if (!par_cas_acq_rel(&batch->crew, &crew, next)) /* B3 */
            continue;
        par_fence_seq_cst(); /* B5 */
        if (more || !has_items(batch, seated ? 2 : 1) || !take_up_ticket(batch))
            return more ? PAR_JOIN_MORE : seated ? PAR_JOIN_LAST : PAR_JOIN_NONE;
        if (seated)
            return PAR_JOIN_MORE;
        crew = par_load_relaxed(&batch->crew); /* the ticket is in hand again */
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
    PAR_ASSERT(crew / SEAT >= 1 && crew / SEAT <= batch->limit);
    for (;;) {
        bool tell = (crew & TICKET) == 0 && par_batch_has_items(batch);
        uint32_t next = crew - SEAT + (tell ? TICKET : 0);
        if (!par_cas_acq_rel(&batch->crew, &crew, next)) /* B3 */
            continue;
        if ((next & TICKET) != 0)
            return tell;
        par_fence_seq_cst(); /* B5 */
        return par_batch_has_items(batch) && take_up_ticket(batch);
    }
}

bool par_batch_drop_ticket(par_batch *batch)
{
    uint32_t crew = par_load_relaxed(&batch->crew);
    PAR_ASSERT((crew & TICKET) != 0);
    while (!par_cas_acq_rel(&batch->crew, &crew, crew - TICKET)) /* B3 */
        ;
    par_fence_seq_cst(); /* B5 */
    return !par_batch_has_items(batch) || !take_up_ticket(batch);
}
