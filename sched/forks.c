/* forks.c - a bit for each root, an array of deques, and a walk along it.
 *
 * State   roots     a bit is set by the thread that takes the deque and cleared by the same. As long
 *                   as any work can be stolen, in whichever deque, its root's bit is set.
 * Edges   F6 root   give: and release on roots -> take: CAS acquire    the deque as it was left
 *         F7 deque  deques[i], and roots or thieves: release -> load acquire     the deque's struct;
 *                   for one who waits: slot_claim: add release on state -> load acquire
 * Progress all wait-free but for CASes on `roots` that fail because another has succeeded.
 * Tests   test_forks.c; F6, F7 in stress_fork.c.
 */
#include "forks.h"

#include <stddef.h>

void par_forks_init(par_forks *forks, par_fork_deque *_Atomic *deques, uint32_t capacity)
{
    *forks = (par_forks){.deques = deques, .capacity = capacity};
}

void par_forks_destroy(par_forks *forks, uint32_t workers)
{
    for (uint32_t i = 0; i < par_forks_size(workers); i++)
        par_fork_deque_free(par_load_acquire(&forks->deques[i]));
}

/* The deque at `index`, which only the caller uses at present. */
static par_fork_deque *make_sure_of(par_forks *forks, uint32_t index)
{
    par_fork_deque *deque = par_load_acquire(&forks->deques[index]); /* F7 */
    if (deque == NULL) {
        deque = par_fork_deque_new(index, forks->capacity);
        par_store_release(&forks->deques[index], deque); /* F7 */
    }
    return deque;
}

par_fork_deque *par_forks_take_root(par_forks *forks)
{
    uint64_t roots = par_load_relaxed(&forks->roots);
    while (roots != UINT64_MAX) {
        uint32_t index = (uint32_t)__builtin_ctzll(~roots);
        if (!par_cas_acq_rel(&forks->roots, &roots, roots | UINT64_C(1) << index)) /* F6 */
            continue;
        par_fork_deque *deque = make_sure_of(forks, index);
        if (deque == NULL)
            par_and_acq_rel(&forks->roots, ~(UINT64_C(1) << index));
        return deque;
    }
    return NULL;
}

void par_forks_give_root(par_forks *forks, par_fork_deque *deque)
{
    par_and_acq_rel(&forks->roots, ~(UINT64_C(1) << deque->index)); /* F6 */
}

par_fork_deque *par_forks_of_worker(par_forks *forks, uint32_t worker)
{
    par_fork_deque *deque = make_sure_of(forks, PAR_FORK_ROOTS + worker);
    uint32_t thieves = par_load_relaxed(&forks->thieves);
    while (deque != NULL && thieves <= worker &&
           !par_cas_acq_rel(&forks->thieves, &thieves, worker + 1)) /* F7 */
        ;
    return deque;
}

par_fork_deque *par_forks_of_thief(par_forks *forks, uint32_t index)
{
    return par_load_acquire(&forks->deques[index]); /* F7 */
}

/* Takes the oldest public entry; false when there is none, or the crew has no seat for another. */
static bool steal_from(par_fork_deque *deque, par_theft *theft)
{
    uint64_t seen;
    while (par_fork_deque_look(deque, &seen)) {
        par_fork_crew *crew = par_load_relaxed(&deque->crew); /* F5 */
        if (!par_fork_crew_sit(crew))
            return false;
        par_fork_slot *slot = par_fork_deque_take(deque, seen);
        if (slot != NULL) {
            *theft = (par_theft){slot, crew};
            return true;
        }
        par_fork_crew_leave(crew);
    }
    par_fork_crew *crew = par_load_relaxed(&deque->crew);
    if (crew != NULL && par_fork_crew_has_seat(crew))
        par_fork_deque_ask(deque);
    return false;
}

static bool any_in(par_fork_deque *deque)
{
    uint64_t seen;
    bool public = par_fork_deque_look(deque, &seen);
    par_fork_crew *crew = par_load_relaxed(&deque->crew); /* F5 */
    if (crew == NULL || !par_fork_crew_has_seat(crew))
        return false;
    if (!public)
        par_fork_deque_ask(deque);
    return public;
}

bool par_forks_any(par_forks *forks)
{
    bool any = false;
    uint64_t roots = par_load_seq_cst(&forks->roots); /* F7 */
    if (roots == 0)
        return false;
    for (uint64_t left = roots; left != 0; left &= left - 1) {
        par_fork_deque *deque = par_load_acquire(&forks->deques[__builtin_ctzll(left)]);
        any |= deque != NULL && any_in(deque);
    }
    uint32_t thieves = par_load_acquire(&forks->thieves); /* F7 */
    for (uint32_t i = 0; i < thieves; i++) {
        par_fork_deque *deque = par_load_acquire(&forks->deques[PAR_FORK_ROOTS + i]);
        any |= deque != NULL && any_in(deque);
    }
    return any;
}

bool par_forks_steal(par_forks *forks, uint32_t worker, uint32_t random, par_theft *theft)
{
    uint64_t roots = par_load_seq_cst(&forks->roots); /* F7 */
    if (roots == 0)
        return false;
    for (uint64_t left = roots; left != 0; left &= left - 1) {
        par_fork_deque *deque = par_load_acquire(&forks->deques[__builtin_ctzll(left)]);
        if (deque != NULL && steal_from(deque, theft))
            return true;
    }
    uint32_t thieves = par_load_acquire(&forks->thieves); /* F7 */
    for (uint32_t i = 0; i < thieves; i++) {
        uint32_t victim = (random + i) % thieves;
        par_fork_deque *deque = par_load_acquire(&forks->deques[PAR_FORK_ROOTS + victim]);
        if (deque != NULL && victim != worker && steal_from(deque, theft))
            return true;
    }
    return false;
}

int64_t par_forks_hurry(par_forks *forks, int64_t now, int64_t old)
{
    int64_t last = 0;
    for (uint32_t i = 0; i < PAR_FORK_ROOTS; i++) {
        par_fork_deque *deque = par_load_acquire(&forks->deques[i]); /* F7 */
        int64_t since = deque != NULL ? par_load_relaxed(&deque->alone_since) : 0;
        int64_t began = since < 0 ? -since : since;
        last = began > last ? began : last;
        if (since > 0 && now - since >= old)
            par_fork_deque_ask(deque);
    }
    return last;
}

bool par_forks_any_alone(const par_forks *forks)
{
    for (uint32_t i = 0; i < PAR_FORK_ROOTS; i++) {
        par_fork_deque *deque = par_load_acquire(&forks->deques[i]);    /* F7 */
        if (deque != NULL && par_load_seq_cst(&deque->alone_since) > 0) /* solo S3 */
            return true;
    }
    return false;
}
