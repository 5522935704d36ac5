/* test_worker.c - how a worker works on a batch and when it turns from it; its life as a thread. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "items.h"
#include "still_pool.h"

static par_scheduler *scheduler;
static par_worker *self;

static int start(void **state)
{
    (void)state;
    par_store_relaxed(&items_alive, 0);
    scheduler = still_start(2, 4, 8);
    self = still_worker(scheduler, 0);
    par_worker_set_current(self);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    still_stop(scheduler);
    return par_load_relaxed(&items_alive) != 0;
}

/* A call whose ticket is in the test's hand, with a reference of its own. */
static items *call_of(size_t n, uint32_t limit, void (*body)(items *, size_t))
{
    items *call = items_new(n, limit, NULL, body, NULL);
    par_batch_open(&call->batch, false);
    par_batch_ref(&call->batch);
    return call;
}

static void put_another(items **other)
{
    *other = call_of(1, 1, NULL);
    par_steal_put(scheduler, NULL, &(*other)->batch);
}

static void drop(items *call)
{
    items_cancel(call);
    items_drop(call);
}

static unsigned references(const items *call)
{
    return par_load_relaxed(&call->batch.references);
}

/* All items, in order, then the end; the seat and its reference are given up, no ticket stays. */
static void test_serves_to_the_end(void **state)
{
    (void)state;
    items *call = call_of(100, 1, NULL);
    par_worker_serve_ticket(self, &call->batch, false);
    assert_int_equal(call->finished, 1);
    assert_int_equal(items_count(call, ITEMS_RAN), 100);
    assert_int_equal(references(call), 1);
    assert_int_equal(par_load_relaxed(&call->batch.crew), 0);
    assert_false(par_steal_any(scheduler));
    items_drop(call);
}

/* A ticket for more than one is put back before the work begins, and a sleeping worker is woken for
 * it. */
static void test_ticket_is_published_first(void **state)
{
    (void)state;
    items *call = call_of(20, 2, NULL);
    par_idle_join(&scheduler->idle, 1);
    par_worker_serve_ticket(self, &call->batch, false);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_ptr_equal(par_steal_get(still_worker(scheduler, 1)), &call->batch);
    assert_int_equal(references(call), 2);
    par_worker_serve_ticket(self, &call->batch, false); /* nothing left: the ticket ends */
    assert_int_equal(references(call), 1);
    items_drop(call);
}

/* A run taken into a lane, where nothing was left for others to do, brings a ticket. */
static void test_run_is_published(void **state)
{
    (void)state;
    items *call = items_new(8, 2, NULL, NULL, NULL);
    items_use_lanes(call, 1, 8);
    assert_true(par_batch_sit(&call->batch));
    par_batch_ref(&call->batch);
    par_worker_serve(scheduler, self, &call->batch, false);
    assert_int_equal(call->finished, 1);
    assert_ptr_equal(par_steal_get(still_worker(scheduler, 1)), &call->batch);
    par_batch_unref(&call->batch);
    assert_int_equal(references(call), 1);
    items_drop(call);
}

static unsigned rung_by_a_waiter(uint32_t alone_for)
{
    items *call = call_of(20, 2, NULL);
    par_store_relaxed(&call->batch.patient, 1);
    par_store_relaxed(&call->batch.alone_for, alone_for);
    assert_int_equal(par_batch_join(&call->batch), PAR_JOIN_MORE);
    par_idle_join(&scheduler->idle, 1);
    unsigned before = still_rings(scheduler, 1);
    par_worker_set_current(NULL);
    assert_false(par_scheduler_wait(scheduler, &call->batch, par_now() + 100000));
    par_worker_set_current(self);
    unsigned rung = still_rings(scheduler, 1) - before;
    if (rung == 0)
        assert_true(par_idle_leave(&scheduler->idle, 1));
    assert_int_equal(par_load_relaxed(&call->batch.patient), 0);
    par_batch_unref(&call->batch); /* the ticket's */
    drop(call);
    return rung;
}

/* P1: a waiter whose patience ends wakes another worker, but not while one runs the call alone. */
static void test_end_of_patience(void **state)
{
    (void)state;
    assert_int_equal(rung_by_a_waiter(20000), 0);
    assert_int_equal(rung_by_a_waiter(0), 1);
}

/* P1: while a thread waits for the batch and runs nothing, it does the waking. */
static void test_patient_batches_wake_nobody(void **state)
{
    (void)state;
    items *call = call_of(20, 2, NULL);
    par_store_relaxed(&call->batch.patient, 1);
    par_idle_join(&scheduler->idle, 1);
    par_worker_serve_ticket(self, &call->batch, false);
    assert_int_equal(still_rings(scheduler, 1), 0);
    assert_true(par_steal_any(scheduler));
    assert_true(par_idle_leave(&scheduler->idle, 1));
    items_drop(call);
}

/* A ticket of a batch that is full is dropped, and so is its reference. */
static void test_full_batch(void **state)
{
    (void)state;
    items *call = call_of(100, 1, NULL);
    assert_true(par_batch_sit(&call->batch));
    par_worker_serve_ticket(self, &call->batch, false);
    assert_int_equal(items_count(call, ITEMS_RAN), 0);
    assert_int_equal(references(call), 1);
    assert_false(par_steal_any(scheduler));
    drop(call);
}

/* A worker turns to what else waits after some items, but not deep in a task's stack, nor when it
 * is there for this batch alone; what it leaves has a ticket. */
static void test_turns(void **state)
{
    enum { N = 1000 };
    (void)state;
    for (int how = 0; how < 4; how++) {
        bool nested = how == 1, other_waits = how != 2;
        items *call = call_of(N, 1, NULL), *other = NULL;
        self->seated = how != 3;
        if (other_waits)
            put_another(&other);
        par_worker_serve_ticket(self, &call->batch, nested);
        size_t ran = items_count(call, ITEMS_RAN);
        if (how == 0) {
            assert_in_range(ran, 1, 64); /* fairness: no other call waits longer */
            assert_true(par_batch_has_ticket(&call->batch));
            assert_int_equal(references(call), 2);
            assert_int_equal(par_load_relaxed(&call->batch.crew) / 2, 0);
        } else {
            assert_int_equal(ran, N);
            assert_int_equal(references(call), 1);
        }
        par_batch *ticket;
        while ((ticket = par_steal_get(self)) != NULL)
            par_batch_unref(ticket);
        drop(call);
        if (other != NULL)
            drop(other);
    }
    self->seated = true;
}

/* More seats are taken than there should be: the worker comes out after one item, to step down. */
static void test_too_many_seats(void **state)
{
    (void)state;
    items *call = call_of(1000, 1, NULL);
    par_add_seq_cst(&scheduler->seats, 1);
    par_worker_serve_ticket(self, &call->batch, false);
    assert_int_equal(items_count(call, ITEMS_RAN), 1);
    assert_ptr_equal(par_steal_get(self), &call->batch);
    par_batch_unref(&call->batch);
    drop(call);
}

static void begin_and_forget(items *call, size_t index)
{
    (void)call;
    for (size_t i = 0; i <= index % 3; i++)
        par_scheduler_blocking_begin();
}

static void end_what_never_began(items *call, size_t index)
{
    (void)call;
    (void)index;
    par_scheduler_blocking_end();
}

/* Tasks that leave blocking_begin() and _end() unpaired take no seat away and bring none. */
static void test_unpaired_blocking(void **state)
{
    (void)state;
    void (*const bodies[])(items *, size_t) = {begin_and_forget, end_what_never_began};
    for (int i = 0; i < 2; i++) {
        items *call = call_of(30, 1, bodies[i]);
        par_worker_serve_ticket(self, &call->batch, false);
        assert_int_equal(call->finished, 1);
        assert_int_equal(self->blocking, 0);
        assert_true(self->seated);
        assert_int_equal(par_load_relaxed(&scheduler->seats), 2);
        items_drop(call);
    }
}

/* A thread that is no worker serves too, to the end. */
static void test_serve_from_outside(void **state)
{
    (void)state;
    items *call = items_new(1000, 2, NULL, NULL, NULL), *other;
    par_worker_set_current(NULL);
    assert_true(par_batch_open(&call->batch, true));
    put_another(&other);
    par_batch_ref(&call->batch);
    par_worker_serve(scheduler, NULL, &call->batch, false);
    assert_int_equal(call->finished, 1);
    assert_int_equal(references(call), 1);
    items_drop(call);
    drop(other);
}

static void fork_at_3(items *call, size_t index)
{
    if (index == 3)
        *(pid_t *)call->context = fork();
}

/* In the child the thread comes out of the task and does nothing more for the batch. */
static void test_child_of_fork_stops_at_once(void **state)
{
    (void)state;
    pid_t child = -1;
    items *call = call_of(10, 1, fork_at_3);
    call->context = &child;
    par_worker_serve_ticket(self, &call->batch, false);
    if (child == 0) {
        bool right = items_count(call, ITEMS_RAN) == 4 && call->finished == 0 &&
                     par_worker_current() == NULL && par_fork_count() == 1;
        _exit(right ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(par_fork_count(), 0);
    assert_int_equal(items_count(call, ITEMS_RAN), 10);
    items_drop(call);
}

static items *left_to_it[2];
static unsigned readings, rung_in_task;

/* The worker's search is over, and before it has said so two calls appear in another's deque. */
static int64_t publish_at_the_end_of_a_search(void)
{
    if (++readings == 2) {
        for (int i = 0; i < 2; i++)
            par_steal_put(scheduler, still_worker(scheduler, 1), &left_to_it[i]->batch);
        par_elastic_notify(scheduler);
    }
    return readings < 2 ? 0 : INT64_C(1) << 40;
}

static void look_who_was_woken(items *call, size_t index)
{
    (void)index;
    if (call == left_to_it[0])
        rung_in_task = still_rings(scheduler, 2);
    par_store_seq_cst(&scheduler->stop, 1);
}

/* W1: who publishes leaves the waking to a searcher. That one gives up its search, sees the tickets
 * as it is about to sleep, takes one of them, and must wake another worker for the other. */
static void test_what_is_left_to_a_searcher(void **state)
{
    (void)state;
    stop(state);
    scheduler = still_start(3, 4, 8);
    for (int i = 0; i < 2; i++)
        left_to_it[i] = call_of(1, 1, look_who_was_woken);
    par_idle_join(&scheduler->idle, 2);
    par_os_table.now = publish_at_the_end_of_a_search;
    readings = rung_in_task = 0;
    par_worker_main(still_worker(scheduler, 0));
    assert_int_equal(rung_in_task, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(left_to_it[i]->finished, 1);
        items_drop(left_to_it[i]);
    }
}

static uint32_t searching_when[2]; /* the last item had ended; the waiter was let go */

static void note_searching_finished(par_batch *batch)
{
    items_finished(batch);
    searching_when[0] = par_load_relaxed(&scheduler->searching);
}

static void note_searching_opened(par_batch *batch)
{
    assert_true(par_latch_is_open(&batch->done));
    searching_when[1] = par_load_relaxed(&scheduler->searching);
}

/* Serves a call with which a waiter is let go; how many count as searching then. */
static uint32_t searching_after(bool awaited, bool asleep, bool nested)
{
    static const par_batch_class noting = {items_run, note_searching_finished,
                                           note_searching_opened, items_destroy};
    items *call = call_of(3, 1, NULL);
    call->batch.class = &noting;
    call->batch.awaited = awaited;
    if (asleep)
        par_store_relaxed(&call->batch.done.word, PAR_LATCH_AWAITED);
    par_worker_serve_ticket(self, &call->batch, nested);
    assert_int_equal(searching_when[0], 0); /* that may have been the user's code */
    items_drop(call);
    return searching_when[1];
}

/* W1: who lets a waiter go counts as searching before that, unless it may not come to search; and if it
 * does not, it says so. */
static void test_searches_ahead(void **state)
{
    (void)state;
    scheduler->spin = self->patience = 8000;
    assert_int_equal(searching_after(false, false, false), 0);
    assert_int_equal(searching_after(true, false, true), 0);
    assert_int_equal(searching_after(true, true, false), 0);
    self->patience = 0;
    assert_int_equal(searching_after(true, false, false), 0);
    self->patience = 8000;
    assert_int_equal(searching_after(true, false, false), 1);
    self->seated = false; /* it has lost its seat meanwhile */
    par_sub_relaxed(&scheduler->seats, 1);
    items *other = NULL;
    put_another(&other);
    par_idle_join(&scheduler->idle, 1);
    par_store_relaxed(&scheduler->target, 1);
    par_store_seq_cst(&scheduler->stop, 1);
    par_worker_main(self);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_int_equal(par_load_relaxed(&scheduler->searching), 1); /* the one that was woken */
    drop(other);
}

/* --- As threads ------------------------------------------------------------------------------- */

static _Atomic unsigned indices_seen; /* a bit each */
static char names[64][16];
static const char here;

static void on_start(unsigned index, void *context)
{
    if (context == &here && par_worker_current() != NULL && par_worker_current()->index == index)
        par_or_acq_rel(&indices_seen, 1U << index);
    pthread_getname_np(pthread_self(), names[index], sizeof(names[index]));
}

/* Every worker is told about once, knows itself, and bears the pool's name. */
/* It is bounded both ways, and comes back from either end. */
static void test_patience_follows_what_paid(void **state)
{
    (void)state;
    enum { SPIN = 8000, WAKING = PAR_WAKING };
    int64_t patience = SPIN;
    for (int i = 0; i < 4; i++) { /* nothing came for long */
        int64_t before = patience;
        patience = par_worker_patience(SPIN, patience, SPIN + WAKING);
        assert_int_equal(patience, i < 3 ? before / 2 : 0);
    }
    assert_int_equal(par_worker_patience(SPIN, 0, SPIN + WAKING), 0);
    assert_int_equal(par_worker_patience(SPIN, 0, SPIN + WAKING - 1),
                     SPIN); /* it may come earlier */
    assert_int_equal(par_worker_patience(SPIN, SPIN, 0), SPIN);
    assert_int_equal(par_worker_patience(0, 0, 0), 0);
    assert_int_equal(par_worker_patience(0, 0, WAKING), 0);
}

static void test_start_of_threads(void **state)
{
    static const char *const pool_names[] = {"abc", "a-very-long-name", "x"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        char expected[40];
        par_scheduler_options options = {.workers = 8,
                                         .max_threads = 8,
                                         .name = pool_names[i],
                                         .on_thread_start = on_start,
                                         .context = (void *)(uintptr_t)&here};
        par_store_relaxed(&indices_seen, 0);
        assert_int_equal(par_scheduler_start(&scheduler, &options), 0);
        assert_true(par_scheduler_stop(scheduler, PAR_NEVER));
        assert_int_equal(par_load_relaxed(&indices_seen), 0xff);
        snprintf(expected, sizeof(expected), "%.11s/7", pool_names[i]);
        assert_string_equal(names[7], expected);
    }
    assert_null(par_worker_current());
}

static _Atomic bool handled;

static void note_signal(int number)
{
    (void)number;
    par_store_relaxed(&handled, par_worker_current() != NULL);
}

static void all_signals_to_the_process(items *call, size_t index)
{
    (void)index;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    *(bool *)call->context = sigismember(&mask, SIGUSR1) == 1;
    kill(getpid(), SIGUSR1);
}

/* Signals for the process are not delivered to workers. */
static void test_no_signals(void **state)
{
    (void)state;
    bool blocked = false;
    struct sigaction old, action = {.sa_handler = note_signal};
    sigaction(SIGUSR1, &action, &old);
    par_scheduler_options options = {.workers = 2, .max_threads = 2, .name = "signals"};
    assert_int_equal(par_scheduler_start(&scheduler, &options), 0);
    items *call = items_new(1, 1, NULL, all_signals_to_the_process, &blocked);
    par_scheduler_submit(scheduler, &call->batch, PAR_SUBMIT_LEAVE);
    assert_true(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER));
    items_drop(call);
    assert_true(par_scheduler_stop(scheduler, PAR_NEVER));
    sigaction(SIGUSR1, &old, NULL);
    assert_true(blocked);
    assert_false(par_load_relaxed(&handled));
}

#define ON_POOL(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_POOL(test_serves_to_the_end),
        ON_POOL(test_ticket_is_published_first),
        ON_POOL(test_run_is_published),
        ON_POOL(test_end_of_patience),
        ON_POOL(test_patient_batches_wake_nobody),
        ON_POOL(test_full_batch),
        ON_POOL(test_turns),
        ON_POOL(test_too_many_seats),
        ON_POOL(test_unpaired_blocking),
        ON_POOL(test_serve_from_outside),
        ON_POOL(test_child_of_fork_stops_at_once),
        ON_POOL(test_what_is_left_to_a_searcher),
        ON_POOL(test_searches_ahead),
        cmocka_unit_test(test_patience_follows_what_paid),
        cmocka_unit_test(test_start_of_threads),
        cmocka_unit_test(test_no_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
