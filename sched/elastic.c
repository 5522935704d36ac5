/* elastic.c - seats are a counter; spares are a set of sleeping threads.
 *
 * State   seats   seated workers, asleep or not, and the seats on their way to a spare that was
 *                 taken out of the set or is being started. Taken below target by CAS; above it
 *                 only by a worker that comes back from blocking, until some worker steps down at
 *                 its next item.
 *         spares  workers that hold no seat and sleep. Whoever takes one out gives it a seat or an
 *                 errand.
 * Edges   V1 vacancy  blocking_begin: sub seq_cst on seats, fence, look for tickets | put a ticket,
 *                     fence, load seats: either the one who leaves sees the ticket, or the one who
 *                     puts it sees the vacancy (notify)
 *         V2 spare    fill: give the seat back, look for spares | park: join the spares, look for a
 *                     vacancy: not both miss the other
 *         V3 life     life: store release NONE by a thread that ends -> CAS acquire by the next
 *                     starter
 *         V4 known    workers[i] and known: store release -> load acquire    the worker's struct
 *         V5 wish     widen: push a wish, fence, look for spares and for places that threads have left
 *                     | park: join the spares, fence, look for wishes, and retire: leave the place,
 *                     fence, look for wishes: a batch that wants a spare and a spare meet. Granting:
 *                     take the wish back, fence, look for a seat | leave a seat, fence, wish: not both
 *                     miss the other
 *         M2 post     begin_work, blocking_end: store release on post -> monitor: load acquire
 *                     which thread it is
 *         M3 seat     CAS and swap acq_rel on post: between the worker and the monitor one decides
 *                     whether the seat is the worker's; who changes the word changes `seats`
 * Tests   test_elastic.c; V1 to V3, V5 in stress_elastic.c, M2 and M3 in stress_monitor.c.
 */
#include "elastic.h"

#include <errno.h>
#include <stdlib.h>

#include "monitor.h"
#include "steal.h"

/* A spare that nothing has come for in this time ends. */
#define RETIRE_AFTER INT64_C(1000000000)

static par_worker *new_worker(par_scheduler *scheduler, unsigned index)
{
    size_t capacity = scheduler->deque_capacity;
    size_t bytes = sizeof(par_worker) + capacity * sizeof(void *);
    bytes = (bytes + PAR_CACHE_LINE - 1) / PAR_CACHE_LINE * PAR_CACHE_LINE;
    par_worker *worker = aligned_alloc(PAR_CACHE_LINE, bytes);
    if (worker == NULL)
        return NULL;
    *worker = (par_worker){.scheduler = scheduler, .index = index};
    worker->sample = -1;
    worker->patience = scheduler->spin;
    worker->random = index * 2654435761U + 1; /* any start but 0, a different one for each */
    par_bell_init(&worker->bell);
    atomic_init(&worker->life, PAR_LIFE_LIVE);
    par_deque_init(&worker->deque, (void *_Atomic *)(worker + 1), capacity);
    return worker;
}

/* Lets thieves look at workers[0 .. index]. */
static void make_known(par_scheduler *scheduler, uint32_t index)
{
    uint32_t known = par_load_relaxed(&scheduler->known);
    while (known <= index && !par_cas_acq_rel(&scheduler->known, &known, index + 1)) /* V4 */
        ;
}

/* A place that no thread stands behind, now held by the caller; NULL with *rc set when there is
 * none. */
static par_worker *hold_place(par_scheduler *scheduler, int *rc)
{
    *rc = EBUSY;
    for (uint32_t i = 0; i < scheduler->max_threads; i++) {
        par_worker *worker = par_load_acquire(&scheduler->workers[i]); /* V4 */
        uint32_t life = PAR_LIFE_NONE;
        if (worker != NULL && par_cas_acq_rel(&worker->life, &life, PAR_LIFE_LIVE)) /* V3 */
            return worker;
        if (worker != NULL)
            continue;
        par_worker *made = new_worker(scheduler, i);
        if (made == NULL) {
            *rc = ENOMEM;
            return NULL;
        }
        if (par_cas_acq_rel(&scheduler->workers[i], &worker, made)) { /* V4 */
            make_known(scheduler, i);
            return made;
        }
        free(made);
    }
    return NULL;
}

int par_elastic_start_thread(par_scheduler *scheduler, par_batch *errand)
{
    int rc;
    par_worker *worker = hold_place(scheduler, &rc);
    if (worker == NULL)
        return rc;
    worker->errand = errand;
    worker->seated = errand == NULL;
    par_add_relaxed(&scheduler->alive, 1);
    pthread_t thread;
    rc = par_os_table.start_thread(&thread, scheduler->stack_size, par_worker_main, worker);
    if (rc != 0) {
        par_sub_relaxed(&scheduler->alive, 1);
        par_store_release(&worker->life, PAR_LIFE_NONE); /* V3 */
    }
    return rc;
}

/* With no errand: a seat of the pool goes to the spare. */
int par_elastic_send_spare(par_scheduler *scheduler, par_batch *errand)
{
    int who = par_idle_take(&scheduler->spares);
    if (who < 0)
        return par_elastic_start_thread(scheduler, errand);
    par_worker *worker = par_load_acquire(&scheduler->workers[who]);
    worker->errand = errand;
    par_bell_ring(&worker->bell);
    return 0;
}

/* True when a spare was sent to a seat that was free. */
static bool fill_vacancy(par_scheduler *scheduler)
{
    while (par_elastic_sit(scheduler)) {
        if (par_elastic_send_spare(scheduler, NULL) == 0)
            return true;
        par_sub_seq_cst(&scheduler->seats, 1); /* V2 */
        if (!par_idle_any(&scheduler->spares)) /* V2 */
            return false;
    }
    return false;
}

bool par_elastic_start_missing(par_scheduler *scheduler)
{
    while (fill_vacancy(scheduler))
        ;
    return par_load_relaxed(&scheduler->seats) >= par_load_relaxed(&scheduler->target);
}

bool par_elastic_fill_seats(par_scheduler *scheduler)
{
    bool sent = false;
    while (par_steal_any_ticket(scheduler) && fill_vacancy(scheduler))
        sent = true;
    return sent;
}

bool par_elastic_wake_one(par_scheduler *scheduler)
{
    int who = par_idle_take(&scheduler->idle);
    if (who < 0)
        return false;
    par_add_seq_cst(&scheduler->searching, 1);
    par_worker *worker = par_load_acquire(&scheduler->workers[who]); /* V4 */
    worker->woken_at = par_now();
    par_bell_ring(&worker->bell);
    return true;
}

bool par_elastic_invite(par_scheduler *scheduler)
{
    par_fence_seq_cst(); /* idle E2, V1, M1, fork_deque F4 */
    return par_load_seq_cst(&scheduler->searching) != 0 || par_elastic_wake_one(scheduler) ||
           fill_vacancy(scheduler);
}

void par_elastic_notify(par_scheduler *scheduler)
{
    if (!par_elastic_invite(scheduler))
        par_monitor_alert(scheduler);
}

void par_elastic_look(par_scheduler *scheduler)
{
    if (par_steal_any_ticket(scheduler))
        par_elastic_notify(scheduler);
    else if (par_forks_any(&scheduler->forks))
        par_elastic_invite(scheduler);
}

void par_elastic_publish_or_drop(par_scheduler *scheduler, par_worker *self, par_batch *batch)
{
    if (!par_batch_has_items(batch) && par_batch_drop_ticket(batch)) {
        par_batch_unref(batch);
    } else {
        par_steal_put(scheduler, self, batch);
        par_elastic_notify(scheduler);
    }
}

void par_elastic_wake_idle(par_scheduler *scheduler)
{
    while (par_elastic_wake_one(scheduler))
        ;
}

/* Only threads that were taken out of a set are rung: another ring could come between somebody's
 * taking a spare and writing down its errand. */
void par_elastic_wake_all(par_scheduler *scheduler)
{
    int who;
    par_elastic_wake_idle(scheduler);
    while ((who = par_idle_take(&scheduler->spares)) >= 0) {
        par_add_seq_cst(&scheduler->seats, 1);
        par_worker *worker = par_load_acquire(&scheduler->workers[who]); /* V4 */
        worker->errand = NULL;
        par_bell_ring(&worker->bell);
    }
}

/* Makes it known to the next spare that a batch wants one. */
static void wish(par_scheduler *scheduler, par_batch *batch)
{
    if (par_swap_acq_rel(&batch->wishes, 1) != 0)
        return;
    par_batch_ref(batch);
    par_inject_push(&scheduler->wishes, &batch->wish); /* V5 */
}

static par_batch *batch_of(par_inject_node *node)
{
    return par_container_of(node, par_batch, wish);
}

/* Of a batch that has no items left, it seems: they may have been on their way into a lane, batch B5. */
static void forget_wish(par_scheduler *scheduler, par_batch *batch)
{
    par_store_release(&batch->wishes, 0);
    par_fence_seq_cst(); /* batch B5 */
    if (par_batch_has_items(batch))
        wish(scheduler, batch);
    par_batch_unref(batch);
}

/* Takes all wishes. Those that still stand are put back, but one, if it is `for_spare`: that batch
 * is returned with a seat and a reference. It wishes again if it wants more:
 * par_elastic_widen(). */
static par_batch *sort_wishes(par_scheduler *scheduler, bool for_spare)
{
    par_batch *granted = NULL;
    par_inject spent; /* nothing is freed while all wishes are in this thread's hand */
    par_inject_init(&spent);
    par_inject_node *next, *node = par_inject_take(&scheduler->wishes);
    for (; node != NULL; node = next) {
        next = par_inject_next(node);
        par_batch *batch = batch_of(node);
        if (!par_batch_has_items(batch)) {
            par_inject_push(&spent, node);
        } else if (!for_spare || granted != NULL) {
            par_inject_push(&scheduler->wishes, node);
        } else {
            par_store_release(&batch->wishes, 0);
            par_fence_seq_cst(); /* V5 */
            if (par_batch_sit(batch))
                granted = batch;
            else
                par_batch_unref(batch); /* not the last: all its seats are taken */
        }
    }
    for (node = par_inject_take(&spent); node != NULL; node = next) {
        next = par_inject_next(node);
        forget_wish(scheduler, batch_of(node));
    }
    return granted;
}

/* Gives back a seat that was for a spare, and lets the next one know. The seat comes first: a spare
 * that grants the wish before this one, and finds no seat, drops it, and then this one is made again. */
static void wish_instead(par_scheduler *scheduler, par_batch *batch)
{
    sort_wishes(scheduler, false); /* those that are spent do not pile up where no spare comes */
    bool tell = par_batch_leave(batch);
    par_fence_seq_cst(); /* V5 */
    wish(scheduler, batch);
    par_fence_seq_cst();
    if (!par_batch_has_items(batch)) /* whoever took them has looked for wishes before this one */
        sort_wishes(scheduler, false);
    if (tell) {
        par_steal_put(scheduler, NULL, batch);
        par_elastic_notify(scheduler);
    } else {
        par_batch_unref(batch);
    }
}

/* Is there a place to start a thread in? */
static bool has_place(const par_scheduler *scheduler)
{
    for (uint32_t i = 0; i < scheduler->max_threads; i++) {
        const par_worker *worker = par_load_acquire(&scheduler->workers[i]);    /* V4 */
        if (worker == NULL || par_load_seq_cst(&worker->life) == PAR_LIFE_NONE) /* V5 */
            return true;
    }
    return false;
}

/* After wishes were put into the list, or back: spares that looked before and saw none get theirs. A
 * spare may even have looked and ended: then a thread is started in its place, unless the system has
 * `refused` one. */
static void settle_wishes(par_scheduler *scheduler, bool refused)
{
    par_batch *batch;
    par_fence_seq_cst(); /* V5 */
    while (!par_inject_empty(&scheduler->wishes) &&
           (par_idle_any(&scheduler->spares) || (!refused && has_place(scheduler))) && /* V5 */
           (batch = sort_wishes(scheduler, true)) != NULL) {
        int rc = par_elastic_send_spare(scheduler, batch);
        refused = rc != 0 && rc != EBUSY;
        if (rc != 0)
            wish_instead(scheduler, batch);
        par_fence_seq_cst(); /* V5 */
    }
}

void par_elastic_forget_wishes(par_scheduler *scheduler)
{
    sort_wishes(scheduler, false);
    settle_wishes(scheduler, false);
}

void par_elastic_widen(par_scheduler *scheduler, par_batch *batch, unsigned spares)
{
    if (batch->limit == PAR_BATCH_UNLIMITED || batch->limit <= par_load_relaxed(&scheduler->target))
        return;
    for (unsigned i = 0; i < spares && par_batch_has_items(batch) && par_batch_sit(batch); i++) {
        par_batch_ref(batch);
        int rc = par_elastic_send_spare(scheduler, batch);
        if (rc != 0) {
            wish_instead(scheduler, batch);
            settle_wishes(scheduler, rc != EBUSY);
            return;
        }
    }
}

bool par_elastic_sit(par_scheduler *scheduler)
{
    uint32_t seats = par_load_seq_cst(&scheduler->seats); /* V2 */
    while (seats < par_worker_quota(scheduler)) {
        if (par_cas_seq_cst(&scheduler->seats, &seats, seats + 1))
            return true;
    }
    return false;
}

bool par_elastic_step_down(par_scheduler *scheduler, uint32_t extra)
{
    uint32_t seats = par_load_relaxed(&scheduler->seats);
    while (seats > par_load_relaxed(&scheduler->target) + extra) {
        if (par_cas_seq_cst(&scheduler->seats, &seats, seats - 1))
            return true;
    }
    return false;
}

bool par_elastic_begin_work(par_worker *self)
{
    if (!self->seated || par_load_relaxed(&self->post) != PAR_POST_AWAY)
        return false;
    par_store_release(&self->post, PAR_POST_AT_WORK); /* M2 */
    return true;
}

void par_elastic_end_work(par_worker *self)
{
    if (par_swap_acq_rel(&self->post, PAR_POST_AWAY) == PAR_POST_TAKEN) /* M3 */
        par_add_seq_cst(&self->scheduler->seats, 1);
}

void par_elastic_come_back(par_worker *self)
{
    uint32_t post = PAR_POST_TAKEN;
    if (par_load_relaxed(&self->post) == PAR_POST_TAKEN &&
        par_cas_acq_rel(&self->post, &post, PAR_POST_AT_WORK)) /* M3 */
        par_add_seq_cst(&self->scheduler->seats, 1);
}

/* The seat first: once the post says AT_WORK the worker may give it up. */
void par_elastic_return_seat(par_worker *worker)
{
    uint32_t post = PAR_POST_TAKEN;
    par_add_seq_cst(&worker->scheduler->seats, 1);
    if (!par_cas_acq_rel(&worker->post, &post, PAR_POST_AT_WORK)) /* M3 */
        par_sub_seq_cst(&worker->scheduler->seats, 1);
}

bool par_elastic_take_seat(par_worker *worker)
{
    uint32_t post = PAR_POST_AT_WORK;
    if (!par_cas_acq_rel(&worker->post, &post, PAR_POST_TAKEN)) /* M3 */
        return false;
    par_sub_seq_cst(&worker->scheduler->seats, 1); /* V1: the monitor looks for tickets after it */
    return true;
}

void par_elastic_blocking_begin(par_worker *self)
{
    if (self->blocking++ != 0)
        return;
    self->blocked_seat = self->seated;
    if (!self->seated)
        return;
    self->seated = false;
    self->blocked_post = par_swap_acq_rel(&self->post, PAR_POST_AWAY); /* M3 */
    if (self->blocked_post == PAR_POST_TAKEN)
        return; /* another thread has the seat already */
    PAR_ASSERT(par_load_relaxed(&self->scheduler->seats) >= 1);
    par_sub_seq_cst(&self->scheduler->seats, 1); /* V1 */
    par_fence_seq_cst();                         /* V1 */
    par_elastic_look(self->scheduler);
}

void par_elastic_blocking_end(par_worker *self)
{
    if (self->blocking == 0 || --self->blocking != 0 || !self->blocked_seat)
        return;
    par_add_seq_cst(&self->scheduler->seats, 1);
    self->seated = true;
    if (self->blocked_post != PAR_POST_AWAY)
        par_store_release(&self->post, PAR_POST_AT_WORK); /* M2 */
}

static bool is_vacant(const par_scheduler *scheduler)
{
    return par_load_seq_cst(&scheduler->seats) < par_worker_quota(scheduler); /* V2 */
}

/* Nothing has come for this spare: gives its place up, and takes it back if it is needed after all
 * or the place is. The place comes first: until then whoever looked for a thread found none to
 * wake, and none to start where all places were taken. True when it has retired. */
static bool retire(par_worker *self)
{
    par_scheduler *scheduler = self->scheduler;
    uint32_t life = PAR_LIFE_NONE;
    par_store_seq_cst(&self->life, PAR_LIFE_NONE); /* V3 */
    par_fence_seq_cst();
    bool needed = par_steal_any(scheduler) || !par_inject_empty(&scheduler->wishes);
    if (!needed || !par_cas_acq_rel(&self->life, &life, PAR_LIFE_LIVE)) /* V3 */
        return true;
    par_worker_settle(self); /* another thread may have had the place meanwhile */
    return false;
}

par_park par_elastic_park(par_worker *self)
{
    par_scheduler *scheduler = self->scheduler;
    int64_t until = par_now() + RETIRE_AFTER;
    for (;;) {
        if (par_load_seq_cst(&scheduler->stop) !=
            0) /* or whoever stops would take it again and again */
            return PAR_PARK_STOPPED;
        uint32_t key = par_bell_key(&self->bell); /* idle E1: before joining */
        self->errand = NULL;
        par_idle_join(&scheduler->spares, self->index);
        par_fence_seq_cst(); /* V1, V2 */
        bool stop = par_load_seq_cst(&scheduler->stop) != 0;
        bool seat = par_steal_any(scheduler) && is_vacant(scheduler);
        bool wish = !par_inject_empty(&scheduler->wishes); /* V5 */
        if (!stop && !seat && !wish)
            par_bell_wait(&self->bell, key, until);
        if (!par_idle_leave(&scheduler->spares, self->index)) {
            par_bell_wait(&self->bell, key, PAR_NEVER); /* whoever took it rings: idle E1 */
            self->seated = self->errand == NULL;
            return PAR_PARK_WOKEN;
        }
        if (par_load_seq_cst(&scheduler->stop) != 0)
            return PAR_PARK_STOPPED;
        self->seated = par_elastic_sit(scheduler);
        self->errand = self->seated ? NULL : sort_wishes(scheduler, true);
        settle_wishes(scheduler, false);
        if (self->seated || self->errand != NULL)
            return PAR_PARK_WOKEN;
        if (par_now() < until)
            continue;
        if (retire(self))
            return PAR_PARK_RETIRED;
        until = par_now() + RETIRE_AFTER;
    }
}
