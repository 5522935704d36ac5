/* fork_deque.c - one word says which entries are stolen, which public, which private.
 *
 * State   span      tail <= split. The owner raises split (share), lowers it (take_back) and, when the
 *                   deque is empty but for a stolen entry, both (joined). Thieves raise tail.
 *         limit     slots + capacity, or NULL: somebody has asked.
 *         bound     never below slots + split, so that a plain sync never runs a public entry;
 *                   PAR_FORK_ALWAYS: somebody has asked, or calls are spilt. An ask that comes while it is
 *                   answered may leave it there alone, until the next sync.
 * Edges   F1 share  share: add release on span -> take: CAS acquire, at the head of whose release
 *                   sequence it is                                      the slot's contents
 *         F2 claim  CAS acq_rel on span, by thieves and by the owner who takes back: of the whole word,
 *                   so an entry goes to exactly one, and the one reads the slot afterwards
 *         F3 done   slot_done: swap acq_rel on state -> the owner: load acquire    the result
 *         F4 ask    share: reset limit and bound, [fence, look at the sleepers] | sleeper: [join, fence,]
 *                   ask, look at span - the brackets are the callers': fork.c
 *         F8 awaited  share, [fence, look at state] | a waiter: [AWAITED, fence, look at the thief's span]
 *         F5 crew   begin: store crew, store release span -> look: load acquire span, load crew; take's
 *                   CAS fails in another epoch, so the crew is that of the entry taken
 * ABA     tail comes back to indices it had: a thief delayed before its CAS may find the same word
 *         again with other entries behind it. That does no harm: if the word is the same, the entry at
 *         tail is public now, and the slot is read after the CAS, not before.
 * Progress push, pop, take_back, share: wait-free but for the CAS, which fails only when a thief has
 *         taken an entry. take: one try.
 * Tests   test_fork_deque.c; F1 to F3, F5 in stress_fork_deque.c with capacities from 2.
 */
#include "fork_deque.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "os.h"

#define ONE_SPLIT UINT64_C(1)
#define ONE_TAIL  (UINT64_C(1) << 16)
#define ONE_EPOCH (UINT64_C(1) << 32)

static uint32_t tail_of(uint64_t span)
{
    return (uint32_t)(span >> 16) & 0xffff;
}

static uint32_t split_of(uint64_t span)
{
    return (uint32_t)span & 0xffff;
}

/* The epoch of `span`, with the owner's end at `split` and nothing public. */
static uint64_t empty_at(uint64_t span, uint32_t split)
{
    return (span & ~(ONE_EPOCH - 1)) | split * ONE_TAIL | split;
}

static uint32_t index_of(const par_fork_deque *deque, const par_fork_slot *slot)
{
    return (uint32_t)(slot - deque->slots);
}

bool par_fork_deque_is_asked(const par_fork_deque *deque)
{
    return par_load_relaxed(&deque->front.limit) == NULL;
}

static void reset_bound(par_fork_deque *deque)
{
    uint32_t plain = deque->split > deque->watched ? deque->split : deque->watched;
    par_store_relaxed(&deque->front.bound,
                      deque->spilt != NULL ? PAR_FORK_ALWAYS : deque->slots + plain);
}

par_fork_deque *par_fork_deque_new(uint32_t index, uint32_t capacity)
{
    par_fork_deque *deque = aligned_alloc(PAR_CACHE_LINE, sizeof(*deque));
    size_t bytes = (capacity != 0 ? capacity : 1) * sizeof(par_fork_slot);
    par_fork_slot *slots = deque != NULL ? aligned_alloc(PAR_CACHE_LINE, bytes) : NULL;
    if (slots == NULL) {
        free(deque);
        return NULL;
    }
    *deque = (par_fork_deque){.slots = slots, .capacity = capacity, .index = index};
    atomic_init(&deque->front.limit, NULL); /* who slept before has not been able to ask */
    atomic_init(&deque->front.bound, PAR_FORK_ALWAYS);
    return deque;
}

void par_fork_deque_free(par_fork_deque *deque)
{
    if (deque == NULL)
        return;
    PAR_ASSERT(deque->spilt == NULL);
    free(deque->spent);
    free(deque->slots);
    free(deque);
}

void par_fork_deque_begin(par_fork_deque *deque, par_fork_crew *crew)
{
    uint64_t span = par_load_relaxed(&deque->span);
    PAR_ASSERT(tail_of(span) == split_of(span) && deque->spilt == NULL);
    deque->split = 0;
    par_store_relaxed(&deque->crew, crew);
    par_store_release(&deque->span, empty_at(span + ONE_EPOCH, 0)); /* F5 */
    if (par_load_relaxed(&crew->limit) == 1)
        par_fork_deque_dismiss(deque, deque->watched);
    else
        par_fork_deque_ask(deque);
}

void par_fork_deque_dismiss(par_fork_deque *deque, uint32_t watched)
{
    deque->watched = watched;
    par_store_relaxed(&deque->front.limit, deque->slots + deque->capacity);
    reset_bound(deque);
}

bool par_fork_deque_share(par_fork_deque *deque, const par_fork_slot *head)
{
    uint32_t end = index_of(deque, head);
    uint32_t split = deque->split;
    if (end <= split) {
        reset_bound(deque);
        return false;
    }
    uint32_t more = (end - split + 1) / 2;
    for (uint32_t i = split; i < split + more; i++)
        par_store_relaxed(&deque->slots[i].state, 0);
    deque->split = split + more;
    par_add_release(&deque->span, more * ONE_SPLIT);                        /* F1 */
    reset_bound(deque);                                                     /* F4 */
    par_store_relaxed(&deque->front.limit, deque->slots + deque->capacity); /* F4 */
    return true;
}

bool par_fork_deque_take_back(par_fork_deque *deque, const par_fork_slot *newest)
{
    uint32_t index = index_of(deque, newest);
    PAR_ASSERT(index + 1 >= deque->split);
    if (index >= deque->split) {
        if (!par_fork_deque_is_asked(deque))
            reset_bound(deque);
        return true;
    }
    uint64_t span = par_load_relaxed(&deque->span);
    for (;;) {
        uint32_t tail = tail_of(span);
        if (tail > index)
            return false;
        uint32_t split = (tail + index + 1) / 2;
        if (par_cas_acq_rel(&deque->span, &span, span - (index + 1 - split))) { /* F2 */
            deque->split = split;
            reset_bound(deque);
            return true;
        }
    }
}

/* No thief's CAS can be under way with success: tail is split. */
void par_fork_deque_joined(par_fork_deque *deque, const par_fork_slot *newest)
{
    uint32_t index = index_of(deque, newest);
    uint64_t span = par_load_relaxed(&deque->span);
    PAR_ASSERT(tail_of(span) == index + 1 && split_of(span) == index + 1);
    deque->split = index;
    par_store_relaxed(&deque->span, empty_at(span, index)); /* nothing public: publishes nothing */
    reset_bound(deque);
}

par_fork_slot *par_fork_deque_spill(par_fork_deque *deque)
{
    par_fork_spill *spill = deque->spent;
    deque->spent = NULL;
    if (spill == NULL)
        spill = aligned_alloc(PAR_CACHE_LINE,
                              sizeof(*spill) + PAR_CACHE_LINE - sizeof(*spill) % PAR_CACHE_LINE);
    if (spill == NULL) {
        fprintf(stderr, "par: par_spawn(): no memory for the result of a call\n");
        abort();
    }
    spill->older = deque->spilt;
    deque->spilt = spill;
    par_store_relaxed(&deque->front.bound, PAR_FORK_ALWAYS);
    return &spill->slot;
}

par_fork_slot *par_fork_deque_unspill(par_fork_deque *deque)
{
    free(deque->spent);
    deque->spent = deque->spilt;
    deque->spilt = deque->spent->older;
    reset_bound(deque);
    return &deque->spent->slot;
}

bool par_fork_deque_look(par_fork_deque *deque, uint64_t *seen)
{
    *seen = par_load_seq_cst(&deque->span); /* F4, F5 */
    return tail_of(*seen) < split_of(*seen);
}

par_fork_slot *par_fork_deque_take(par_fork_deque *deque, uint64_t seen)
{
    uint64_t span = seen;
    if (!par_cas_acq_rel(&deque->span, &span, span + ONE_TAIL)) /* F1, F2 */
        return NULL;
    return &deque->slots[tail_of(seen)];
}

void par_fork_deque_ask(par_fork_deque *deque)
{
    /* Looked at first: the line is the owner's. */
    if (par_load_seq_cst(&deque->front.limit) != NULL)
        par_store_seq_cst(&deque->front.limit, NULL); /* F4 */
    if (par_load_seq_cst(&deque->front.bound) != PAR_FORK_ALWAYS)
        par_store_seq_cst(&deque->front.bound, PAR_FORK_ALWAYS); /* F4 */
}

void par_fork_slot_claim(par_fork_slot *slot, uint32_t thief)
{
    par_add_release(&slot->state, 2 * (thief + 1)); /* F7; AWAITED stays */
}

void par_fork_slot_done(par_fork_slot *slot)
{
    if ((par_swap_acq_rel(&slot->state, PAR_FORK_DONE) & PAR_FORK_AWAITED) != 0) /* F3 */
        par_os_table.futex_wake(&slot->state, INT_MAX);
}

bool par_fork_crew_sit(par_fork_crew *crew)
{
    uint32_t seats = par_load_relaxed(&crew->seats);
    while (seats < par_load_relaxed(&crew->limit)) {
        if (par_cas_relaxed(&crew->seats, &seats, seats + 1))
            return true;
    }
    return false;
}

void par_fork_crew_leave(par_fork_crew *crew)
{
    par_sub_relaxed(&crew->seats, 1);
}

bool par_fork_crew_has_seat(const par_fork_crew *crew)
{
    return par_load_relaxed(&crew->seats) < par_load_relaxed(&crew->limit);
}
