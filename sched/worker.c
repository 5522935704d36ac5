/* worker.c - a worker's life: find a ticket or a call to steal, work on it, sleep, leave.
 *
 * Edges   W1 search  searching: a notifier that finds it above 0 wakes nobody. So whoever stops
 *                    searching, or was counted ahead and does not come to it, does so by a seq_cst sub
 *                    and looks at every source of work after it:
 *                    as a searcher that has found something (it then notifies), or as one about to
 *                    sleep (idle E2), which takes one ticket if there are any and notifies if there
 *                    are more. The notifier's load of searching comes after its ticket and fence.
 * Order   tickets first: they are whole calls, which somebody may be waiting for; then what forkable
 *         calls have to share, which their own threads get to in any case.
 * Tests   test_worker.c; W1 in stress_pool.c.
 */
#include "worker.h"

#include <stdio.h>

#include "elastic.h"
#include "fork.h"
#include "monitor.h"
#include "solo.h"
#include "steal.h"

/* After this many items, or this long, a worker turns to another batch if one waits. */
enum { ITEMS_A_TURN = 32 };
#define TURN_TIME INT64_C(100000)

/* How often a searching worker looks before it asks for the time. */
enum { LOOKS_PER_CLOCK = 16 };

static _Thread_local par_worker *current_worker;

par_worker *par_worker_current(void)
{
    return current_worker;
}

void par_worker_set_current(par_worker *worker)
{
    current_worker = worker;
}

/* Shall this worker turn from its batch to something else, between two items? */
static bool turn_is_over(par_worker *self, const par_batch *batch, unsigned items, int64_t lasted)
{
    if (!self->seated)
        return false; /* a spare on an errand, here for this batch alone */
    if (par_load_relaxed(&self->scheduler->seats) > par_worker_quota(self->scheduler))
        return true;
    return (items % ITEMS_A_TURN == 0 || lasted > TURN_TIME) &&
           par_steal_any_but(self->scheduler, batch);
}

/* A task that did not end what it began by par_blocking_begin() has come back all the same. */
static void end_blocking(par_worker *self, unsigned before)
{
    while (self->blocking > before)
        par_elastic_blocking_end(self);
}

/* Makes the ticket in hand visible, with a reference of its own. A thread that waits for the batch
 * and has nothing to do meanwhile sees to the waking itself: par_scheduler_wait(). */
static void publish(par_scheduler *scheduler, par_worker *self, par_batch *batch)
{
    par_batch_ref(batch);
    par_steal_put(scheduler, self, batch);
    par_fence_seq_cst(); /* pool P1 */
    if (par_load_seq_cst(&batch->patient) == 0)
        par_elastic_notify(scheduler);
}

/* How many workers may spin at once. */
static uint32_t most_searching(const par_scheduler *scheduler)
{
    uint32_t workers = par_load_relaxed(&scheduler->target);
    return scheduler->spin == 0 ? 0 : workers < 4 ? 1 : workers / 2;
}

/* Counts the worker as searching, unless there are enough, or it has not paid lately. */
static bool begin_search(const par_worker *self)
{
    par_scheduler *scheduler = self->scheduler;
    uint32_t searching = par_load_relaxed(&scheduler->searching);
    while (self->patience != 0 && searching < most_searching(scheduler)) {
        if (par_cas_seq_cst(&scheduler->searching, &searching, searching + 1))
            return true;
    }
    return false;
}

/* Counts what a thread has done of a batch. If that lets a waiter go, the next call may come before this worker
 * looks for it: so that nobody else is woken for that, it counts as searching already. Not so where the waiter
 * has to be woken, who may take this very processor from it. There is no code of the user's between here and its
 * search. */
static void complete(par_worker *self, par_batch *batch, size_t ended, bool nested)
{
    if (!par_batch_count(batch, ended))
        return;
    if (self != NULL && self->seated && !nested && batch->awaited &&
        !par_latch_is_awaited(&batch->done))
        self->ahead = begin_search(self); /* W1 */
    par_batch_let_go(batch);
}

void par_worker_serve(par_scheduler *scheduler, par_worker *self, par_batch *batch, bool nested)
{
    unsigned blocking = self != NULL ? self->blocking : 0;
    bool at_work = self != NULL && par_elastic_begin_work(self);
    int64_t began = 0, clock = 0;
    unsigned items = 0;
    size_t ended = 0, index;
    par_elastic_widen(scheduler, batch, 2);
    bool tell = false;
    par_watch watch;
    bool watched = scheduler->on_stuck != NULL;
    if (watched)
        par_monitor_watch(scheduler, &watch, batch);
    par_lane *lane = par_batch_take_lane(batch);
    while ((index = par_batch_claim(batch, lane, &tell)) != batch->n) {
        if (tell) {
            tell = false;
            publish(scheduler, self, batch);
            par_elastic_widen(scheduler, batch, 1); /* a spare may have come and seen nothing */
        }
        if (watched)
            par_watch_note(&watch, index, clock);
        batch->class->run(batch, index, &clock);
        ended++;
        if (par_worker_is_orphan(scheduler))
            return;
        if (self == NULL)
            continue;
        end_blocking(self, blocking);
        par_elastic_come_back(self);
        began = items++ == 0 ? clock : began;
        if (!nested && turn_is_over(self, batch, items, clock - began))
            break;
    }
    par_batch_give_lane(batch, lane);
    if (watched)
        par_watches_remove(&scheduler->watches, &watch);
    complete(self, batch, ended, nested);
    if (at_work)
        par_elastic_end_work(self);
    par_worker_leave(scheduler, self, batch);
}

/* It is told of all the same, if the lookout has not done so: the ticket has its reference already. */
static void tell_others(par_scheduler *scheduler, par_worker *self, par_batch *batch,
                        par_solo_slot *slot)
{
    if (par_solo_take(slot, batch))
        par_solo_tell(scheduler, self, batch);
}

/* The items are short: the clock that was read at the end of each is looked at. When they take
 * too long *slot is given up, and is NULL then. */
static size_t run_alone(par_scheduler *scheduler, par_worker *self, par_batch *batch,
                        par_solo_slot **slot, int64_t began)
{
    unsigned blocking = self != NULL ? self->blocking : 0;
    bool tell = false;
    int64_t clock = began;
    size_t ended = 0, index;
    while ((index = par_batch_claim(batch, NULL, &tell)) != batch->n) {
        batch->class->run(batch, index, &clock);
        ended++;
        if (par_worker_is_orphan(scheduler))
            break;
        if (self != NULL) {
            end_blocking(self, blocking);
            par_elastic_come_back(self);
        }
        if (*slot != NULL && clock - began > par_load_relaxed(&batch->alone_for)) {
            tell_others(scheduler, self, batch, *slot);
            *slot = NULL;
        }
    }
    return ended;
}

bool par_worker_serve_alone(par_scheduler *scheduler, par_worker *self, par_batch *batch,
                            bool others, int64_t began, bool *alone)
{
    par_solo_slot *slot = NULL;
    if (others && (slot = par_solo_put(scheduler, batch, began)) == NULL)
        return false;
    bool at_work = self != NULL && par_elastic_begin_work(self);
    size_t ended = run_alone(scheduler, self, batch, &slot, began);
    *alone = false;
    if (par_worker_is_orphan(scheduler))
        return true;
    *alone = !others || (slot != NULL && par_solo_take(slot, batch));
    if (at_work)
        par_elastic_end_work(self);
    if (*alone)
        par_batch_end_alone(batch, ended);
    else
        par_batch_complete(batch, ended);
    if (!*alone && par_batch_leave(batch))
        publish(scheduler, self, batch);
    return true;
}

void par_worker_leave(par_scheduler *scheduler, par_worker *self, par_batch *batch)
{
    if (par_batch_leave(batch))
        publish(scheduler, self, batch);
    par_batch_unref(batch);
}

/* With a seat in a batch, and its ticket in hand: if it is a cheap one, no others are called for. */
static bool serve_cheap(par_worker *self, par_batch *batch, bool nested)
{
    par_scheduler *scheduler = self->scheduler;
    if (par_load_relaxed(&batch->alone_for) == 0 || !par_solo_suits(scheduler, batch))
        return false;
    int64_t began = par_now();
    par_batch_ref(batch);
    par_solo_slot *slot = par_solo_put(scheduler, batch, began);
    if (slot == NULL) {
        par_batch_unref(batch);
        return false;
    }
    bool at_work = par_elastic_begin_work(self);
    size_t ended = run_alone(scheduler, self, batch, &slot, began);
    if (par_worker_is_orphan(scheduler))
        return true;
    complete(self, batch, ended, nested);
    if (slot != NULL)
        tell_others(scheduler, self, batch, slot);
    if (at_work)
        par_elastic_end_work(self);
    par_worker_leave(scheduler, self, batch);
    return true;
}

void par_worker_serve_ticket(par_worker *self, par_batch *batch, bool nested)
{
    switch (par_batch_join(batch)) {
    case PAR_JOIN_MORE:
        if (serve_cheap(self, batch, nested))
            return;
        par_store_relaxed(&batch->alone_for, 0); /* pool P1 */
        publish(self->scheduler, self, batch);
        par_worker_serve(self->scheduler, self, batch, nested);
        return;
    case PAR_JOIN_LAST:
        par_worker_serve(self->scheduler, self, batch, nested);
        return;
    case PAR_JOIN_NONE:
        par_batch_unref(batch);
        return;
    }
}

/* What a worker has found to do. */
typedef struct find {
    par_batch *ticket; /* or NULL: then a stolen call */
    par_theft theft;
} find;

/* A worker has a deque from its first theft on; when there is no memory for one it steals nothing. */
static bool find_fork(par_worker *self, find *found)
{
    par_forks *forks = &self->scheduler->forks;
    *found = (find){.ticket = NULL};
    if (par_load_relaxed(&forks->roots) == 0)
        return false;
    self->no_thief = par_forks_of_worker(forks, self->index) == NULL;
    return !self->no_thief &&
           par_forks_steal(forks, self->index, par_steal_random(self), &found->theft);
}

/* Looks for something to do until then without sleeping, but some times at least. Counted as searching on
 * entry; not any more on return, unless it answers false. */
static bool spin(par_worker *self, int64_t until, find *found)
{
    par_scheduler *scheduler = self->scheduler;
    do {
        for (int look = 0; look < LOOKS_PER_CLOCK; look++) {
            found->ticket = par_steal_any_ticket(scheduler) ? par_steal_get(self) : NULL;
            if (found->ticket != NULL || find_fork(self, found)) {
                par_sub_seq_cst(&scheduler->searching, 1); /* W1 */
                par_elastic_look(scheduler);
                self->relied_on = false;
                return true;
            }
            par_spin_hint();
        }
    } while (par_now() < until && par_load_relaxed(&scheduler->stop) == 0);
    return false;
}

/* Sleeps as a seated worker until there is something to do. True when it was woken by a notifier,
 * who has counted it as searching. */
static bool sleep_seated(par_worker *self, bool searching)
{
    par_scheduler *scheduler = self->scheduler;
    uint32_t key = par_bell_key(&self->bell); /* idle E1: before joining */
    par_idle_join(&scheduler->idle, self->index);
    if (searching)
        par_sub_seq_cst(&scheduler->searching, 1); /* W1 */
    par_fence_seq_cst();                           /* idle E2 */
    bool any = self->no_thief ? par_steal_any_ticket(scheduler) : par_steal_any(scheduler);
    if (!any && par_load_seq_cst(&scheduler->stop) == 0)
        par_bell_wait(&self->bell, key, PAR_NEVER);
    if (par_idle_leave(&scheduler->idle, self->index))
        return false;
    par_bell_wait(&self->bell, key, PAR_NEVER); /* whoever took this thread rings */
    return true;
}

/* The next thing to do for a seated worker; false when the pool stops, or when it is one of too many to
 * sleep with a seat, which it has given up. */
static bool find_next(par_worker *self, find *found)
{
    par_scheduler *scheduler = self->scheduler;
    bool searching = self->ahead, woken = false;
    self->ahead = false;
    for (;;) {
        found->ticket = searching ? NULL : par_steal_get(self);
        if (found->ticket != NULL || (!searching && find_fork(self, found))) {
            /* Others may have come with it, which nobody could see while they were taken over. */
            if (self->relied_on)
                par_elastic_look(scheduler);
            else if (par_steal_others_wait(self))
                par_elastic_notify(scheduler);
            self->relied_on = false;
            return true;
        }
        int64_t since = par_now();
        searching = searching || begin_search(self);
        self->relied_on = self->relied_on || searching; /* W1 */
        if (searching && spin(self, since + self->patience, found)) {
            if (!woken)
                self->patience = par_worker_patience(scheduler->spin, self->patience, 0);
            return true;
        }
        if (par_load_seq_cst(&scheduler->stop) != 0)
            break;
        if (par_elastic_step_down(scheduler, 0)) {
            self->seated = false;
            break;
        }
        searching = woken = sleep_seated(self, searching);
        if (woken)
            self->patience =
                par_worker_patience(scheduler->spin, self->patience, self->woken_at - since);
    }
    if (searching)
        par_sub_seq_cst(&scheduler->searching, 1); /* W1 */
    if (!self->seated)
        par_elastic_look(scheduler);
    return false;
}

static void serve_stolen(par_worker *self, const par_theft *theft)
{
    unsigned blocking = self->blocking;
    bool at_work = par_elastic_begin_work(self);
    par_fork_serve(self, theft);
    if (par_worker_is_orphan(self->scheduler))
        return;
    end_blocking(self, blocking);
    par_elastic_come_back(self);
    if (at_work)
        par_elastic_end_work(self);
    self->relied_on = true; /* its seat in the crew is free for another */
    par_fence_seq_cst();    /* fork_deque F4: before it looks the next time */
}

static void name_thread(const par_worker *self)
{
    char name[sizeof(self->scheduler->name) + 11];
    snprintf(name, sizeof(name), "%s/%u", self->scheduler->name, self->index);
    name[15] = '\0'; /* what the kernel takes */
    pthread_setname_np(pthread_self(), name);
}

void par_worker_depart(par_scheduler *scheduler)
{
    _Atomic uint32_t *alive = &scheduler->alive;
    if (par_sub_acq_rel(alive, 1) == 1) /* pool P3 */
        par_os_table.futex_wake(alive, 1);
}

/* One errand, one ticket, or one sleep as a spare. False when the thread ends: because the pool
 * stops, or *retired, since it was not needed. */
static bool work_or_park(par_worker *self, bool *retired)
{
    par_scheduler *scheduler = self->scheduler;
    if (self->errand != NULL) {
        par_worker_serve(scheduler, self, self->errand, false);
        self->errand = NULL;
    }
    if (par_worker_is_orphan(scheduler))
        pthread_exit(NULL);
    if (self->seated && par_elastic_step_down(scheduler, par_load_relaxed(&scheduler->extra)))
        self->seated = false;
    if (!self->seated && par_steal_any(scheduler) && par_elastic_sit(scheduler))
        self->seated = true;
    if (self->seated) {
        find found;
        if (!find_next(self, &found))
            return !self->seated;
        if (found.ticket != NULL)
            par_worker_serve_ticket(self, found.ticket, false);
        else
            serve_stolen(self, &found.theft);
        return true;
    }
    /* It may have been sent for a ticket, or counted as searching for one, and now gives up its seat without
     * having looked for it; and it will not look at its own deque any more. V1 */
    if (self->ahead)
        par_sub_seq_cst(&scheduler->searching, 1); /* W1 */
    self->ahead = false;
    par_fence_seq_cst();
    par_elastic_look(scheduler);
    self->relied_on = true; /* when it gets a seat */
    par_park parked = par_elastic_park(self);
    *retired = parked == PAR_PARK_RETIRED;
    return parked == PAR_PARK_WOKEN;
}

void par_worker_settle(par_worker *self)
{
    self->thread = pthread_self();
    self->stack = par_stack_of_thread();
    par_store_relaxed(&self->number, par_thread_number());
}

void *par_worker_main(void *argument)
{
    bool retired = false;
    par_worker *self = argument;
    par_scheduler *scheduler = self->scheduler;
    par_worker_settle(self);
    self->relied_on = true;
    current_worker = self;
    name_thread(self);
    if (scheduler->on_thread_start != NULL)
        scheduler->on_thread_start(self->index, scheduler->context);
    while (work_or_park(self, &retired))
        ;
    current_worker = NULL; /* destructors of thread-local data may make calls */
    if (retired)           /* the place may already be another thread's; nobody joins this one */
        pthread_detach(pthread_self());
    else
        par_store_release(&self->life, PAR_LIFE_LEFT); /* elastic V3 */
    par_worker_depart(scheduler);
    return NULL;
}
