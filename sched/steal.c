/* steal.c - the order in which a worker looks: own tickets and injected ones in turns, then the
 * others'.
 *
 * Every ticket a worker holds is taken from the top of its deque, oldest first, by its owner too: a
 * ticket stands for a whole call, and calls are served in the order they came.
 *
 * Edges   tickets travel by deque D1 and inject I1; par_steal_any() is the look of idle E2 and of
 *         fork_deque F4.
 * Tests   test_steal.c; stress_pool.c.
 */
#include "steal.h"

/* Each time after so many looks a worker goes to the others' tickets first, since one of them may
 * be behind a task that blocks, and its own never come to an end. */
enum { OTHERS_TURN = 8 };

void par_steal_put(par_scheduler *scheduler, par_worker *self, par_batch *batch)
{
    if (self == NULL || !par_deque_push(&self->deque, batch))
        par_inject_push(&scheduler->inject, &batch->node);
}

static par_batch *batch_of(par_inject_node *node)
{
    return par_container_of(node, par_batch, node);
}

/* The oldest of the injected tickets; the others go to the worker's own deque, in their order. */
static par_batch *take_injected(par_worker *self)
{
    par_inject_node *node = par_inject_take(&self->scheduler->inject);
    if (node == NULL)
        return NULL;
    par_batch *oldest = batch_of(node);
    node = par_inject_next(node);
    while (node != NULL) {
        par_inject_node *next = par_inject_next(node);
        par_steal_put(self->scheduler, self, batch_of(node));
        node = next;
    }
    return oldest;
}

static par_batch *steal_from(par_worker *victim)
{
    void *ticket = NULL;
    par_steal_result result;
    do {
        result = par_deque_steal(&victim->deque, &ticket);
    } while (result == PAR_STEAL_RETRY);
    return result == PAR_STEAL_ITEM ? ticket : NULL;
}

uint32_t par_steal_random(par_worker *self)
{
    uint32_t x = self->random; /* xorshift32 (Marsaglia 2003) */
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return self->random = x;
}

static par_batch *steal_from_others(par_worker *self)
{
    par_scheduler *scheduler = self->scheduler;
    uint32_t known = par_load_acquire(&scheduler->known);
    uint32_t first = par_steal_random(self) % known;
    for (uint32_t i = 0; i < known; i++) {
        par_worker *victim = par_load_acquire(&scheduler->workers[(first + i) % known]);
        if (victim == self)
            continue;
        par_batch *ticket = steal_from(victim);
        if (ticket != NULL)
            return ticket;
    }
    return NULL;
}

par_batch *par_steal_get(par_worker *self)
{
    par_batch *ticket = NULL;
    self->turn++;
    if (self->turn % OTHERS_TURN == 0)
        ticket = steal_from_others(self);
    for (unsigned i = 0; i < 2 && ticket == NULL; i++)
        ticket = (self->turn + i) % 2 == 0 ? take_injected(self) : steal_from(self);
    return ticket != NULL ? ticket : steal_from_others(self);
}

bool par_steal_any_ticket(const par_scheduler *scheduler)
{
    if (!par_inject_empty(&scheduler->inject))
        return true;
    uint32_t known = par_load_acquire(&scheduler->known);
    for (uint32_t i = 0; i < known; i++) {
        if (!par_deque_empty(&par_load_acquire(&scheduler->workers[i])->deque))
            return true;
    }
    return false;
}

bool par_steal_any(par_scheduler *scheduler)
{
    return par_steal_any_ticket(scheduler) || par_forks_any(&scheduler->forks);
}

par_batch *par_steal_descendant(par_worker *self, const par_batch *ancestor, unsigned *moved)
{
    par_batch *found = NULL;
    uint32_t known = par_load_acquire(&self->scheduler->known);
    for (uint32_t i = 0; i < known && found == NULL; i++) {
        par_worker *victim = par_load_acquire(&self->scheduler->workers[i]);
        par_batch *ticket = victim != self ? steal_from(victim) : NULL;
        if (ticket != NULL && par_batch_descends(ticket, ancestor)) {
            found = ticket;
        } else if (ticket != NULL) {
            par_steal_put(self->scheduler, self, ticket);
            ++*moved;
        }
    }
    return found;
}

bool par_steal_any_but(const par_scheduler *scheduler, const par_batch *batch)
{
    if (!par_inject_empty(&scheduler->inject))
        return true;
    uint32_t known = par_load_acquire(&scheduler->known);
    for (uint32_t i = 0; i < known; i++) {
        if (par_deque_has_other(&par_load_acquire(&scheduler->workers[i])->deque, batch))
            return true;
    }
    return false;
}

bool par_steal_others_wait(const par_worker *self)
{
    return !par_inject_empty(&self->scheduler->inject) || !par_deque_empty(&self->deque);
}
