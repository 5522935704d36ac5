/* pool.c - starting and stopping, submitting, helping and waiting.
 *
 * Edges   P1 patience  a waiter that runs nothing spares the workers the waking of others for a
 *                      moment: joiner: take a seat, put the ticket, fence, load patient | waiter: store 0
 *                      to patient, fence, look for seats, notify. Either the joiner sees 0 and notifies, or
 *                      the waiter sees that somebody has joined, and the worker that it wakes the ticket. Not
 *                      while the joiner runs the batch alone: alone_for is 0 before it puts the ticket.
 *         P2 stop      stop: store seq_cst, fence, then every sleeper is taken out of its set and rung
 *                      | sleepers join a set, fence, load it
 *         P3 gone      depart: sub acq_rel on alive -> stop: load acquire   all that the threads
 *                      did
 * Tests   test_pool.c; P1 to P3 in stress_pool.c.
 */
#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elastic.h"
#include "fork.h"
#include "monitor.h"
#include "solo.h"
#include "steal.h"
#include "worker.h"

enum { DEQUE_CAPACITY = 256, FORK_CAPACITY = 8192 };

/* How long a waiter leaves the call to the workers that are awake, before it wakes others; and how long
 * one that is awake takes to come at most. */
#define PATIENCE INT64_C(3000)
#define COMING   INT64_C(1000)

/* Nested help: how many tasks deep; from which depth on the stack is looked at; what part of the
 * stack is left to a spare's, if there is one, and what part is left in any case. */
enum { HELP_DEPTH = 32, SHALLOW = 2, STACK_RESERVE = 4, STACK_LEAST = 8 };

static _Atomic uint32_t fork_count;
static pthread_once_t watch_forks_once = PTHREAD_ONCE_INIT;
static int watch_forks_error;

uint32_t par_fork_count(void)
{
    return par_load_relaxed(&fork_count);
}

static void in_child(void)
{
    par_add_relaxed(&fork_count, 1);
    par_worker_set_current(NULL);
    par_work_context = NULL; /* it may lie on the stack of a thread that the child does not have */
}

static void watch_forks(void)
{
    watch_forks_error = pthread_atfork(NULL, NULL, in_child);
}

int par_fork_watch(void)
{
    pthread_once(&watch_forks_once, watch_forks);
    return watch_forks_error;
}

/* One block: the struct, the tables of workers and fork-join deques, the words of both sets. */
static par_scheduler *allocate(const par_scheduler_options *options)
{
    size_t words = (options->max_threads + 63) / 64;
    size_t deques = par_forks_size(options->max_threads);
    size_t bytes = sizeof(par_scheduler) + (options->max_threads + deques) * sizeof(void *) +
                   2 * words * sizeof(uint64_t);
    bytes = (bytes + PAR_CACHE_LINE - 1) / PAR_CACHE_LINE * PAR_CACHE_LINE;
    par_scheduler *scheduler = aligned_alloc(PAR_CACHE_LINE, bytes);
    if (scheduler == NULL)
        return NULL;
    memset((void *)scheduler, 0, bytes);
    scheduler->workers = (par_worker * _Atomic *)(scheduler + 1);
    par_fork_deque *_Atomic *forks =
        (par_fork_deque * _Atomic *)(scheduler->workers + options->max_threads);
    _Atomic uint64_t *bits = (_Atomic uint64_t *)(forks + deques);
    par_idle_init(&scheduler->idle, bits, words);
    par_idle_init(&scheduler->spares, bits + words, words);
    par_inject_init(&scheduler->inject);
    par_inject_init(&scheduler->wishes);
    par_forks_init(&scheduler->forks, forks,
                   options->fork_capacity ? options->fork_capacity : FORK_CAPACITY);
    par_watches_init(&scheduler->watches);
    return scheduler;
}

static par_worker *worker_at(par_scheduler *scheduler, uint32_t i)
{
    return par_load_acquire(&scheduler->workers[i]);
}

static void release(par_scheduler *scheduler)
{
    for (uint32_t i = 0; i < scheduler->max_threads; i++)
        free(worker_at(scheduler, i));
    par_forks_destroy(&scheduler->forks, scheduler->max_threads);
    par_watches_destroy(&scheduler->watches);
    free(scheduler);
}

int par_scheduler_start(par_scheduler **out, const par_scheduler_options *options)
{
    par_scheduler *scheduler = par_fork_watch() == 0 ? allocate(options) : NULL;
    if (scheduler == NULL)
        return -ENOMEM;
    scheduler->max_threads = options->max_threads;
    scheduler->fork_count = par_fork_count();
    scheduler->spin = options->spin;
    scheduler->stack_size = options->stack_size;
    scheduler->on_thread_start = options->on_thread_start;
    scheduler->context = options->context;
    scheduler->on_stuck = options->on_stuck;
    scheduler->stuck_after = options->stuck_after;
    scheduler->stuck_context = options->stuck_context;
    scheduler->deque_capacity = options->deque_capacity ? options->deque_capacity : DEQUE_CAPACITY;
    strncpy(scheduler->name, options->name, sizeof(scheduler->name) - 1);
    par_store_relaxed(&scheduler->target, options->workers);
    int rc = 0;
    uint32_t started = 0;
    while (started < options->workers && rc == 0) {
        par_add_seq_cst(&scheduler->seats, 1);
        rc = par_elastic_start_thread(scheduler, NULL);
        if (rc == 0)
            started++;
        else
            par_sub_seq_cst(&scheduler->seats, 1);
    }
    if (started == 0) {
        release(scheduler);
        return rc == ENOMEM ? -ENOMEM : -EAGAIN;
    }
    par_store_relaxed(&scheduler->target, started);
    *out = scheduler;
    return 0;
}

static void drop_tickets(par_scheduler *scheduler)
{
    par_inject_node *next, *node = par_inject_take(&scheduler->inject);
    for (; node != NULL; node = next) {
        next = par_inject_next(node);
        par_batch_unref(par_container_of(node, par_batch, node));
    }
    node = par_inject_take(&scheduler->wishes);
    for (; node != NULL; node = next) {
        next = par_inject_next(node);
        par_batch_unref(par_container_of(node, par_batch, wish));
    }
    for (uint32_t i = 0; i < par_load_acquire(&scheduler->known); i++) {
        par_batch *ticket;
        while ((ticket = par_deque_pop(&worker_at(scheduler, i)->deque)) != NULL)
            par_batch_unref(ticket);
    }
}

bool par_scheduler_stop(par_scheduler *scheduler, int64_t deadline)
{
    par_store_seq_cst(&scheduler->stop, 1); /* P2 */
    par_fence_seq_cst();
    par_elastic_wake_all(scheduler);
    par_monitor_wake(scheduler);
    par_solo_wake(scheduler);
    uint32_t alive;
    while ((alive = par_load_acquire(&scheduler->alive)) != 0) { /* P3 */
        if (deadline != PAR_NEVER && par_now() >= deadline)
            return false;
        par_os_table.futex_wait(&scheduler->alive, alive, deadline);
    }
    for (uint32_t i = 0; i < par_load_acquire(&scheduler->known); i++) {
        par_worker *worker = worker_at(scheduler, i);
        if (par_load_acquire(&worker->life) == PAR_LIFE_LEFT)
            pthread_join(worker->thread, NULL);
    }
    par_monitor_join(scheduler);
    par_solo_join(scheduler);
    drop_tickets(scheduler);
    release(scheduler);
    return true;
}

int par_scheduler_resize(par_scheduler *scheduler, unsigned workers)
{
    par_store_seq_cst(&scheduler->target, workers);
    par_fence_seq_cst();
    par_elastic_wake_idle(scheduler); /* those that are too many step down */
    return par_elastic_start_missing(scheduler) ? 0 : -EAGAIN;
}

unsigned par_scheduler_workers(const par_scheduler *scheduler)
{
    return par_load_relaxed(&scheduler->target);
}

par_scheduler *par_scheduler_current(void)
{
    par_worker *self = par_worker_current();
    return self != NULL ? self->scheduler : NULL;
}

/* The calling thread, if it is one of this scheduler's workers. */
static par_worker *own_worker(const par_scheduler *scheduler)
{
    par_worker *self = par_worker_current();
    return self != NULL && self->scheduler == scheduler ? self : NULL;
}

void par_scheduler_submit(par_scheduler *scheduler, par_batch *batch, par_submit_mode mode)
{
    /* If no worker is awake one is woken, and may need the waiter's processor. */
    bool awake = par_load_relaxed(&scheduler->searching) != 0;
    par_store_relaxed(&batch->patient, mode == PAR_SUBMIT_WAIT && awake);
    batch->awaited = mode != PAR_SUBMIT_LEAVE;
    if (!par_batch_open(batch, mode == PAR_SUBMIT_HELP))
        return;
    par_batch_ref(batch);
    par_steal_put(scheduler, own_worker(scheduler), batch);
    par_elastic_notify(scheduler);
    par_elastic_widen(scheduler, batch, 1);
}

/* How many calls deep this thread runs tasks, one in another's wait. */
static _Thread_local unsigned depth;

/* Is this part of the calling thread's stack still free? Where its size is not known, a number of
 * calls has to do. A worker has asked for it at its start; of another thread it is asked for when
 * calls begin to nest, since for the main thread that is slow. */
static bool has_room(size_t part)
{
    static _Thread_local par_stack outside;
    const par_worker *self = par_worker_current();
    if (self == NULL && outside.low == NULL && depth > SHALLOW)
        outside = par_stack_of_thread();
    const par_stack *stack = self != NULL ? &self->stack : &outside;
    const char *here = __builtin_frame_address(0);
    if (stack->low == NULL)
        return depth < HELP_DEPTH;
    return (size_t)(here - stack->low) > stack->size / part;
}

/* Helps with the calls made below the batch, while there is room on the stack. */
static void help_descendants(par_worker *self, par_batch *batch)
{
    bool helped = true;
    self->helping++;
    while (helped && !par_worker_is_orphan(self->scheduler) && !par_latch_is_open(&batch->done) &&
           self->helping <= HELP_DEPTH && has_room(STACK_RESERVE)) {
        unsigned moved = 0;
        par_batch *ticket = par_steal_descendant(self, batch, &moved);
        if (moved != 0)
            par_elastic_notify(self->scheduler);
        helped = ticket != NULL;
        if (helped)
            par_worker_serve_ticket(self, ticket, true);
    }
    self->helping--;
}

bool par_scheduler_help(par_scheduler *scheduler, par_batch *batch, bool seated)
{
    par_worker *self = own_worker(scheduler);
    if (!seated && !par_batch_sit(batch))
        return true;
    par_batch_ref(batch);
    if (!has_room(STACK_RESERVE) && par_elastic_send_spare(scheduler, batch) == 0)
        return true;
    bool room = has_room(STACK_LEAST);
    if (room) {
        depth++;
        par_worker_serve(scheduler, self, batch, true);
        depth--;
    } else {
        par_worker_leave(scheduler, self, batch);
    }
    if (self != NULL)
        help_descendants(self, batch);
    return room;
}

par_alone par_scheduler_run_alone(par_scheduler *scheduler, par_batch *batch, int64_t now)
{
    par_worker *self = own_worker(scheduler);
    if (!par_solo_suits(scheduler, batch) || !has_room(STACK_RESERVE))
        return PAR_ALONE_NO;
    par_store_relaxed(&batch->patient, 0);
    batch->awaited = true;
    bool alone, others = par_batch_open(batch, true);
    if (others)
        par_batch_begin_alone(batch);
    depth++;
    bool run = par_worker_serve_alone(scheduler, self, batch, others, now, &alone);
    depth--;
    if (!run) {
        par_batch_unref(batch);
        return PAR_ALONE_NO;
    }
    if (!alone && self != NULL)
        help_descendants(self, batch);
    return alone ? PAR_ALONE_ENDED : PAR_ALONE_TOLD;
}

/* Waits for a moment without sleeping, and then leaves the waking to those who join. True when the batch
 * is done. If nobody has come of those that are awake, they may be waiting for this very processor. */
static bool be_patient(par_scheduler *scheduler, par_batch *batch, int64_t deadline)
{
    int64_t now = par_now();
    int64_t coming = now + COMING, patience = now + PATIENCE;
    if (par_latch_spin(&batch->done, coming < deadline ? coming : deadline))
        return true;
    if (!par_batch_is_joined(batch))
        par_elastic_wake_one(scheduler); /* it may run where the other one cannot */
    else if (par_latch_spin(&batch->done, patience < deadline ? patience : deadline))
        return true;
    par_store_seq_cst(&batch->patient, 0); /* P1 */
    par_fence_seq_cst();                   /* P1 */
    /* With lanes, a run on its way into one is not seen: batch B5. */
    if (par_batch_is_joined(batch) && par_load_relaxed(&batch->alone_for) == 0 &&
        (batch->n_lanes != 0 || par_batch_has_items(batch)))
        par_elastic_notify(scheduler);
    return false;
}

bool par_scheduler_wait(par_scheduler *scheduler, par_batch *batch, int64_t deadline)
{
    if (par_worker_is_orphan(scheduler))
        return false;
    if (par_load_relaxed(&batch->patient) != 0 && be_patient(scheduler, batch, deadline))
        return true;
    if (par_latch_is_open(&batch->done))
        return true;
    par_worker *self = par_worker_current();
    if (self != NULL)
        par_elastic_blocking_begin(self);
    /* If nobody has begun, whoever shall may need this very processor. */
    int64_t spin = par_batch_has_begun(batch) ? scheduler->spin : 0;
    bool done = par_latch_wait(&batch->done, deadline, spin);
    if (self != NULL)
        par_elastic_blocking_end(self);
    return done;
}

static par_batch *batch_of(par_inject_node *node)
{
    return par_container_of(node, par_batch, node);
}

/* Out of the injection list: every ticket of a batch that has no items left, the others go back. */
static void sweep_injected(par_scheduler *scheduler)
{
    bool back = false;
    par_inject spent; /* nothing is freed while all tickets are in this thread's hand */
    par_inject_init(&spent);
    par_inject_node *next, *node = par_inject_take(&scheduler->inject);
    for (; node != NULL; node = next) {
        next = par_inject_next(node);
        bool stays = par_batch_has_items(batch_of(node));
        par_inject_push(stays ? &scheduler->inject : &spent, node);
        back = back || stays;
    }
    if (back)
        par_elastic_notify(scheduler);
    for (node = par_inject_take(&spent); node != NULL; node = next) {
        next = par_inject_next(node);
        par_elastic_publish_or_drop(scheduler, NULL, batch_of(node));
    }
}

void par_scheduler_retract(par_scheduler *scheduler, par_batch *batch)
{
    if (par_load_relaxed(&batch->wishes) != 0)
        par_elastic_forget_wishes(scheduler);
    if (!par_batch_has_ticket(batch))
        return;
    par_worker *self = own_worker(scheduler);
    par_batch *newest = self != NULL ? par_deque_pop(&self->deque) : NULL;
    if (newest == batch) {
        par_elastic_publish_or_drop(scheduler, NULL, batch);
        return;
    }
    if (newest != NULL) {
        par_steal_put(scheduler, self, newest);
        par_elastic_notify(scheduler);
    }
    sweep_injected(scheduler);
}

void par_scheduler_blocking_begin(void)
{
    par_worker *self = par_worker_current();
    if (self != NULL)
        par_elastic_blocking_begin(self);
}

void par_scheduler_blocking_end(void)
{
    par_worker *self = par_worker_current();
    if (self != NULL)
        par_elastic_blocking_end(self);
}
