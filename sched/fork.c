/* fork.c - roots, and what generated code leaves to the library: sharing, full deques, stolen calls.
 *
 * Asks    A worker that finds no work asks the owners of all deques, and sleeps. The first owner whose
 *         next spawn or join finds the ask shares, and wakes a worker. Edge F4: share resets limit and
 *         bound, fence, look at the crew's seats and the sleepers | the sleeper leaves its seat, joins
 *         their set, fence, ask, look at the spans (par_forks_any): either it sees what was shared, or it
 *         is seen, or its ask comes after the reset and stands.
 * Joins   The owner of a stolen call steals from its thief alone (leapfrogging: Wagner, Calder, PPoPP
 *         1993). When it gets to the join, all older entries of its own deque have been stolen before
 *         the one that it waits for; so have the thief's from before the theft, should the thief have
 *         been waiting when it stole. What the thief has to offer is therefore a part of the call that
 *         is waited for, and a thread's stack holds a chain of calls, each a part of the one before: no
 *         more than the deepest such chain in the program, however often it steals. (Between the last
 *         look at the thief's state and the CAS it may, once in a very long while, have ended that call
 *         and have another one at the same place; then that one's part is run, which does no harm: all that
 *         is in a deque between two beginnings is of one crew, which is the waiter's.)
 * Sleep   A thread that waits for long gives its seats up, in the crew and in the pool, and sleeps on the
 *         slot's state: AWAITED by CAS | done: swap; one word (F3). The thief wakes it, too, when it has
 *         shared: set AWAITED, fence, look at the thief's span | share, fence, look at AWAITED (F8). It
 *         keeps its seats in the crews of roots further out on its stack, and in one whose size its
 *         caller has asked for.
 * Alone   A root whose last call was over before another thread could have come has its crew for itself at
 *         first. Its joins look at the clock, but only those of older and older entries, so that they are few;
 *         and the lookout asks it when it has lasted for a millisecond or two: solo.c.
 * Tests   test_fork_join.c; stress_fork.c with capacities from 2 and up to 16 workers.
 */
#include "fork.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "elastic.h"
#include "forks.h"
#include "os.h"
#include "solo.h"
#include "worker.h"

/* Nanoseconds: the time in which no other thread could have come; a root that took less the last time
 * keeps to itself for so long. */
enum { TOO_SHORT_TO_SHARE = 10000 };

/* A thread that waits for a stolen call looks so often before it lets others have the processor each
 * time, and so long before it sleeps. */
enum { LOOKS_PER_YIELD = 64 };
#define WAIT_AWAKE INT64_C(100000)

_Thread_local void *par_work_context;

static par_fork_deque *deque_of(par_fork_front *front)
{
    return par_container_of(front, par_fork_deque, front);
}

par_fork_front *par_fork_front_of(par_fork_deque *deque)
{
    return &deque->front;
}

par_fork_slot *par_fork_head_of(par_fork_deque *deque)
{
    return deque->slots;
}

/* A deque that holds nothing and that nobody knows: every spawn is run at once. */
static par_fork_deque *lone_deque(void)
{
    par_fork_deque *deque = par_fork_deque_new(0, 0);
    if (deque == NULL) {
        fprintf(stderr, "par: no memory for a call of a forkable function\n");
        abort();
    }
    return deque;
}

/* The root has its crew for itself at first, if there is somebody to look after it. */
static bool stay_alone(par_fork_deque *deque)
{
    par_store_seq_cst(&deque->alone_since, deque->began); /* solo S3 */
    bool watched = par_solo_watch(deque->scheduler, deque->began);
    if (!watched)
        par_store_relaxed(&deque->alone_since, -deque->began);
    deque->alone_until = watched ? deque->began + TOO_SHORT_TO_SHARE : 0;
    return watched;
}

/* It has it no longer. */
static void end_alone(par_fork_deque *deque)
{
    if (deque->alone_until == 0)
        return;
    deque->alone_until = 0;
    par_store_relaxed(&deque->alone_since, -par_load_relaxed(&deque->alone_since));
}

par_fork_deque *par_fork_begin(par_scheduler *scheduler, unsigned limit, uint32_t *cost)
{
    par_fork_deque *deque = scheduler != NULL ? par_forks_take_root(&scheduler->forks) : NULL;
    if (deque == NULL) {
        deque = lone_deque();
        scheduler = NULL;
    }
    deque->scheduler = scheduler;
    deque->began = par_now();
    uint32_t target = scheduler != NULL ? par_load_relaxed(&scheduler->target) : 1;
    deque->limit = limit != 0 && limit < target ? limit : target;
    uint32_t last = __atomic_load_n(cost, __ATOMIC_RELAXED);
    bool alone = deque->limit > 1 && last != 0 && last < TOO_SHORT_TO_SHARE && stay_alone(deque);
    deque->watched = alone ? deque->capacity : 0;
    par_store_relaxed(&deque->own.limit, alone ? 1 : deque->limit);
    deque->own.strict = limit != 0;
    deque->own.context = par_work_context;
    /* Of others those have seats for a moment that have yet to see that they are late. */
    par_add_relaxed(&deque->own.seats, 1);
    par_fork_deque_begin(deque, &deque->own);
    return deque;
}

void par_fork_end(par_fork_deque *deque, uint32_t *cost)
{
    int64_t took = par_now() - deque->began;
    uint32_t now = took < 1 ? 1 : took > INT32_MAX ? INT32_MAX : (uint32_t)took;
    uint32_t last = __atomic_load_n(cost, __ATOMIC_RELAXED);
    if (now < last / 2 || now / 2 > last) /* the line is shared by all who call the function */
        __atomic_store_n(cost, now, __ATOMIC_RELAXED);
    end_alone(deque);
    par_fork_crew_leave(&deque->own);
    if (deque->scheduler != NULL)
        par_forks_give_root(&deque->scheduler->forks, deque);
    else
        par_fork_deque_free(deque);
}

/* Whoever waits for the call that this thief runs, and sleeps, may steal from it again. */
static void wake_waiter(const par_fork_deque *deque)
{
    par_fork_slot *running = deque->running;
    if (running != NULL && (par_load_seq_cst(&running->state) & PAR_FORK_AWAITED) != 0 && /* F8 */
        (par_and_seq_cst(&running->state, ~(uint32_t)PAR_FORK_AWAITED) & PAR_FORK_AWAITED) != 0)
        par_os_table.futex_wake(&running->state, INT_MAX);
}

/* A root that has its crew for itself, asked all the same or at the join of the entry `watched`. It dismisses
 * the ask; of joins only those of older entries are to come here from now on: they come at longer and longer
 * intervals. False when it has lasted for too long: then the crew is open, and others as good as asked. */
static bool is_alone(par_fork_deque *deque, uint32_t watched)
{
    if (par_now() < deque->alone_until) {
        par_fork_deque_dismiss(deque, watched);
        return true;
    }
    end_alone(deque);
    par_store_relaxed(&deque->own.limit, deque->limit);
    par_fork_deque_dismiss(deque, 0);
    par_fork_deque_ask(deque);
    return false;
}

/* Shares if somebody has asked, and lets a worker know. */
static void answer(par_fork_deque *deque, const par_fork_slot *head, uint32_t watched)
{
    if (deque->alone_until != 0 && is_alone(deque, watched))
        return;
    if (!par_fork_deque_is_asked(deque) || !par_fork_deque_share(deque, head))
        return;
    par_fence_seq_cst(); /* F4, F8 */
    wake_waiter(deque);
    if (par_fork_crew_has_seat(par_load_relaxed(&deque->crew)))
        par_elastic_invite(deque->scheduler);
}

/* Beyond its end the head is only a number: whatever stands in memory there is not looked at. */
static bool is_full(const par_fork_deque *deque, const par_fork_slot *head)
{
    return head >= deque->slots + deque->capacity;
}

par_fork_slot *par_fork_spawning(par_fork_front *front, par_fork_slot *head)
{
    par_fork_deque *deque = deque_of(front);
    return is_full(deque, head) ? par_fork_deque_spill(deque) : head;
}

void par_fork_spawned(par_fork_front *front, par_fork_slot *head, par_fork_slot *slot)
{
    par_fork_deque *deque = deque_of(front);
    bool full = is_full(deque, head);
    answer(deque, full ? deque->slots + deque->capacity : head + 1, deque->watched);
    if (full)
        slot->run(front, head + 1, slot);
}

/* The root of the deque's crew cannot end before the call. In a child that it forks the context is gone. */
static void run_stolen(par_fork_deque *deque, par_fork_slot *head, par_fork_slot *stolen)
{
    par_fork_slot *around = deque->running;
    void *outer = par_work_context, *context = par_load_relaxed(&deque->crew)->context;
    deque->running = stolen;
    par_work_context = context;
    par_fork_slot_claim(stolen, deque->index);
    stolen->run(&deque->front, head, stolen);
    if (par_work_context == context)
        par_work_context = outer;
    deque->running = around;
}

/* The deque of the thief that the state of an awaited call names, if it has something to share: *seen is
 * for taking it. If not it has been asked, and NULL. */
static par_fork_deque *thief_with_any(par_fork_deque *deque, uint32_t state, uint64_t *seen)
{
    if (state / 2 == 0)
        return NULL;
    par_fork_deque *thief = par_forks_of_thief(&deque->scheduler->forks, state / 2 - 1);
    if (par_fork_deque_look(thief, seen))
        return thief;
    par_fork_deque_ask(thief);
    return NULL;
}

/* Steals a call from the thief of the one that the caller waits for, whose state is given, and runs
 * it. */
static bool leapfrog(par_fork_deque *deque, par_fork_slot *awaited, uint32_t state)
{
    uint64_t seen;
    par_fork_deque *victim = thief_with_any(deque, state, &seen);
    /* Has it still the awaited call, or something else by now? */
    if (victim == NULL || par_load_acquire(&awaited->state) / 2 != state / 2)
        return false;
    par_fork_slot *stolen = par_fork_deque_take(victim, seen);
    if (stolen == NULL)
        return false;
    run_stolen(deque, awaited + 1, stolen);
    par_fork_slot_done(stolen);
    return true;
}

/* True when the call is done, false when that takes long. */
static bool wait_awake(par_fork_deque *deque, par_fork_slot *awaited)
{
    int64_t until = 0;
    uint32_t state;
    for (unsigned looks = 1; (state = par_load_acquire(&awaited->state)) != PAR_FORK_DONE; /* F3 */
         looks++) {
        if (leapfrog(deque, awaited, state)) {
            until = 0;
        } else if (looks % LOOKS_PER_YIELD != 0) {
            par_spin_hint();
        } else {
            int64_t now = par_now();
            until = until != 0 ? until : now + WAIT_AWAKE;
            if (now >= until)
                return false;
            sched_yield();
        }
    }
    return true;
}

/* Sleeps until the call is done, or its thief has something to share. */
static void wait_asleep(par_fork_deque *deque, par_fork_slot *awaited)
{
    uint64_t seen;
    uint32_t state = par_load_acquire(&awaited->state); /* F3 */
    do {
        if (state == PAR_FORK_DONE)
            return;
    } while (!par_cas_seq_cst(&awaited->state, &state, state | PAR_FORK_AWAITED)); /* F3, F8 */
    par_fence_seq_cst();                                                           /* F8 */
    if (thief_with_any(deque, state, &seen) != NULL)
        return;
    while (((state = par_load_acquire(&awaited->state)) & PAR_FORK_AWAITED) != 0 && /* F3 */
           state != PAR_FORK_DONE)
        par_os_table.futex_wait(&awaited->state, state, PAR_NEVER);
}

/* Gives the seats up for as long as it sleeps. */
static void wait_without_seats(par_fork_deque *deque, par_fork_slot *awaited)
{
    par_scheduler *scheduler = deque->scheduler;
    if (par_worker_is_orphan(scheduler)) {
        fprintf(stderr,
                "par: par_sync(): a thread that the process had before fork() has the call\n");
        abort();
    }
    par_worker *self = par_worker_current();
    par_fork_crew *crew = par_load_relaxed(&deque->crew);
    if (!crew->strict)
        par_fork_crew_leave(crew);
    if (self != NULL)
        par_elastic_blocking_begin(self);
    par_fence_seq_cst(); /* F4 */
    par_elastic_look(scheduler);
    wait_asleep(deque, awaited);
    if (self != NULL)
        par_elastic_blocking_end(self);
    if (!crew->strict)
        par_add_relaxed(&crew->seats, 1); /* even if none is free: they are one more for a while */
}

static void wait_for(par_fork_deque *deque, par_fork_slot *awaited)
{
    while (!wait_awake(deque, awaited))
        wait_without_seats(deque, awaited);
}

par_fork_slot *par_fork_join(par_fork_front *front, par_fork_slot *newest)
{
    par_fork_deque *deque = deque_of(front);
    if (is_full(deque, newest))
        return par_fork_deque_unspill(deque);
    answer(deque, newest, (uint32_t)(newest - deque->slots));
    if (par_fork_deque_take_back(deque, newest))
        return NULL;
    wait_for(deque, newest);
    par_fork_deque_joined(deque, newest);
    return newest;
}

void par_fork_serve(par_worker *self, const par_theft *theft)
{
    par_fork_deque *deque = par_forks_of_worker(&self->scheduler->forks, self->index);
    deque->scheduler = self->scheduler;
    par_fork_deque_begin(deque, theft->crew);
    run_stolen(deque, deque->slots, theft->slot);
    par_fork_crew_leave(theft->crew); /* before the root can end */
    par_fork_slot_done(theft->slot);
}
