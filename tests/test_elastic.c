/* test_elastic.c - seats, spares and waking, step by step, on a pool whose threads stand still. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "items.h"
#include "still_pool.h"

enum { WORKERS = 2, MOST_THREADS = 5 };
static par_scheduler *scheduler;

static int start(void **state)
{
    (void)state;
    par_store_relaxed(&items_alive, 0);
    scheduler = still_start(WORKERS, MOST_THREADS, 4);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    still_stop(scheduler);
    return par_load_relaxed(&items_alive) != 0;
}

static par_worker *worker(unsigned i)
{
    return still_worker(scheduler, i);
}

static unsigned seats(void)
{
    return par_load_relaxed(&scheduler->seats);
}

static unsigned searching(void)
{
    return par_load_relaxed(&scheduler->searching);
}

/* A call of one item whose ticket stands in the injection list; nobody is told. */
static items *silent_ticket(void)
{
    items *call = items_new(1, 1, NULL, NULL, NULL);
    par_batch_open(&call->batch, false);
    par_batch_ref(&call->batch);
    par_steal_put(scheduler, NULL, &call->batch);
    return call;
}

static void drop(items *call)
{
    items_cancel(call);
    items_drop(call);
}

static void test_start_takes_all_seats(void **state)
{
    (void)state;
    assert_int_equal(seats(), WORKERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_true(worker(i)->seated);
        assert_null(worker(i)->errand);
        assert_int_equal(worker(i)->index, i);
        assert_int_equal(par_load_relaxed(&worker(i)->life), PAR_LIFE_LIVE);
    }
    assert_int_equal(par_load_relaxed(&scheduler->alive), WORKERS);
    assert_int_equal(par_load_relaxed(&scheduler->known), WORKERS);
}

/* All places for threads get used, then EBUSY; a place that a thread has left is used again. V3,
 * V4. */
static void test_places(void **state)
{
    (void)state;
    for (unsigned i = WORKERS; i < MOST_THREADS; i++) {
        assert_int_equal(par_elastic_start_thread(scheduler, NULL), 0);
        assert_ptr_equal(still_last, worker(i));
        assert_int_equal(par_load_relaxed(&scheduler->known), i + 1);
    }
    assert_int_equal(par_elastic_start_thread(scheduler, NULL), EBUSY);
    par_store_relaxed(&worker(3)->life, PAR_LIFE_NONE);
    par_worker *third = worker(3);
    assert_int_equal(par_elastic_start_thread(scheduler, NULL), 0);
    assert_ptr_equal(still_last, third);
    assert_int_equal(par_elastic_start_thread(scheduler, NULL), EBUSY);
}

/* A thread that cannot be started leaves everything as it was, and its place free. */
static void test_start_fails(void **state)
{
    static const int errors[] = {EAGAIN, ENOMEM, EPERM};
    (void)state;
    for (int i = 0; i < 3; i++) {
        still_errno = errors[i];
        for (int again = 0; again < 10; again++)
            assert_int_equal(par_elastic_start_thread(scheduler, NULL), errors[i]);
        assert_int_equal(par_load_relaxed(&scheduler->alive), WORKERS);
    }
    still_errno = 0;
    assert_int_equal(par_elastic_start_thread(scheduler, NULL), 0);
    assert_ptr_equal(still_last, worker(WORKERS));
}

static void test_notify_wakes_one_at_a_time(void **state)
{
    (void)state;
    par_elastic_notify(scheduler); /* nobody asleep, no seat free: somebody will look */
    assert_int_equal(still_started, 0);
    assert_int_equal(searching(), 0);
    par_idle_join(&scheduler->idle, 0);
    par_idle_join(&scheduler->idle, 1);
    par_elastic_notify(scheduler);
    assert_int_equal(still_rings(scheduler, 0), 1);
    assert_int_equal(searching(), 1);
    par_elastic_notify(scheduler); /* worker 0 will look: worker 1 may sleep on. W1 */
    assert_int_equal(still_rings(scheduler, 1), 0);
    par_sub_seq_cst(&scheduler->searching, 1);
    par_elastic_notify(scheduler);
    assert_int_equal(still_rings(scheduler, 0), 1);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_false(par_idle_any(&scheduler->idle));
    assert_int_equal(still_wakes, 2);
}

/* A seat that is free goes to a sleeping spare, and to a new thread when there is none. */
static void test_notify_fills_vacancies(void **state)
{
    (void)state;
    par_sub_seq_cst(&scheduler->seats, 2);
    assert_int_equal(par_elastic_start_thread(scheduler, NULL), 0);
    par_worker *spare = still_last;
    spare->seated = false;
    par_idle_join(&scheduler->spares, spare->index);
    par_elastic_notify(scheduler);
    assert_int_equal(still_rings(scheduler, spare->index), 1);
    assert_null(spare->errand);
    assert_int_equal(seats(), WORKERS - 1);
    assert_int_equal(still_started, 1);
    par_elastic_notify(scheduler);
    assert_int_equal(still_started, 2);
    assert_true(still_last->seated);
    assert_null(still_last->errand);
    assert_int_equal(seats(), WORKERS);
    par_elastic_notify(scheduler);
    assert_int_equal(still_started, 2);
    assert_int_equal(seats(), WORKERS);
}

/* A seat for which no thread could be had is given back, for the next to try. */
static void test_vacancy_stays_when_no_thread_starts(void **state)
{
    (void)state;
    par_sub_seq_cst(&scheduler->seats, 1);
    still_errno = EAGAIN;
    par_elastic_notify(scheduler);
    assert_int_equal(seats(), WORKERS - 1);
    still_errno = 0;
    par_elastic_notify(scheduler);
    assert_int_equal(seats(), WORKERS);
    assert_int_equal(still_started, 1);
}

static int start_and_let_a_spare_sleep(pthread_t *thread, size_t stack, void *(*run)(void *),
                                       void *argument)
{
    (void)thread;
    (void)stack;
    (void)run;
    (void)argument;
    par_idle_join(&scheduler->spares, 1);
    par_os_table.start_thread = still_start_thread;
    return EAGAIN;
}

/* V2: a spare that falls asleep while no thread could be started has seen the seat taken: whoever
 * gives it back looks for spares once more. */
static void test_spare_that_came_too_late(void **state)
{
    (void)state;
    par_sub_seq_cst(&scheduler->seats, 1);
    par_os_table.start_thread = start_and_let_a_spare_sleep;
    par_elastic_notify(scheduler);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_int_equal(seats(), WORKERS);
}

static void test_sit_and_step_down(void **state)
{
    (void)state;
    assert_false(par_elastic_sit(scheduler));
    assert_false(par_elastic_step_down(scheduler, 0));
    par_sub_seq_cst(&scheduler->seats, 1);
    assert_false(par_elastic_step_down(scheduler, 0));
    assert_true(par_elastic_sit(scheduler));
    assert_false(par_elastic_sit(scheduler));
    par_add_seq_cst(&scheduler->seats, 2);
    assert_false(par_elastic_sit(scheduler));
    assert_true(par_elastic_step_down(scheduler, 0));
    assert_true(par_elastic_step_down(scheduler, 0));
    assert_false(par_elastic_step_down(scheduler, 0));
    assert_int_equal(seats(), WORKERS);
}

/* Only the outermost begin and end give the seat up and take it, above the target if need be. */
static void test_blocking_nests(void **state)
{
    par_worker *self = worker(0);
    (void)state;
    par_elastic_blocking_begin(self);
    assert_false(self->seated);
    assert_int_equal(seats(), WORKERS - 1);
    par_elastic_blocking_begin(self);
    par_elastic_blocking_end(self);
    assert_false(self->seated);
    assert_int_equal(seats(), WORKERS - 1);
    assert_true(par_elastic_sit(scheduler)); /* a spare gets it meanwhile */
    par_elastic_blocking_end(self);
    assert_true(self->seated);
    assert_int_equal(seats(), WORKERS + 1);
    par_elastic_blocking_end(self); /* one too many */
    assert_int_equal(self->blocking, 0);
    assert_int_equal(seats(), WORKERS + 1);
    assert_true(par_elastic_step_down(scheduler, 0));
}

static void test_blocking_without_a_seat(void **state)
{
    par_worker *self = worker(0);
    (void)state;
    self->seated = false;
    par_elastic_blocking_begin(self);
    assert_int_equal(seats(), WORKERS);
    par_elastic_blocking_end(self);
    assert_int_equal(seats(), WORKERS);
    assert_false(self->seated);
}

/* V1: work that waits when a worker blocks brings a thread to its seat; without work none comes. */
static void test_blocking_with_work_waiting(void **state)
{
    (void)state;
    par_elastic_blocking_begin(worker(0));
    assert_int_equal(still_started, 0);
    par_elastic_blocking_end(worker(0));
    items *call = silent_ticket();
    par_elastic_blocking_begin(worker(0));
    assert_int_equal(still_started, 1);
    assert_int_equal(seats(), WORKERS);
    par_elastic_blocking_end(worker(0));
    drop(call);
}

/* Parking: the main thread is the worker, and what happens while it sleeps is in this function. */
static void (*while_asleep)(void);
static unsigned sleeps;
static int64_t skipped; /* nanoseconds by which the clock was put forward */
static unsigned clock_readings;

static void sleep_and_act(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    assert_ptr_equal(word, &worker(0)->bell.rung);
    assert_int_equal(par_load_relaxed(word), expected);
    sleeps++;
    if (while_asleep != NULL)
        while_asleep();
    else if (deadline != PAR_NEVER)
        skipped += deadline - par_now();
    else
        fail_msg("sleeps without end");
}

static int64_t skipping_now(void)
{
    if (++clock_readings > 1000) /* or it would run for ever */
        par_store_seq_cst(&scheduler->stop, 1);
    return par_clock_now() + skipped;
}

static par_park park(void (*act)(void))
{
    while_asleep = act;
    sleeps = clock_readings = 0;
    skipped = 0;
    par_os_table.futex_wait = sleep_and_act;
    par_os_table.now = skipping_now;
    worker(0)->seated = false;
    return par_elastic_park(worker(0));
}

/* Only a batch with more seats than the pool, but not without limit, gets threads of its own; at
 * most so many as asked for, each with a seat and a reference. */
static void test_widen(void **state)
{
    static const struct {
        size_t n;
        uint32_t limit;
        unsigned threads;
    } cases[] = {{9, WORKERS, 0}, {9, PAR_BATCH_UNLIMITED, 0},
                 {9, 1, 0},       {9, WORKERS + 1, 2},
                 {9, 100, 2},     {0, 100, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        items *call = items_new(cases[i].n, cases[i].limit, NULL, NULL, NULL);
        par_batch_open(&call->batch, true);
        unsigned before = still_started;
        par_elastic_widen(scheduler, &call->batch, 2);
        assert_int_equal(still_started - before, cases[i].threads);
        assert_int_equal(par_load_relaxed(&call->batch.crew) / 2, 1 + cases[i].threads);
        assert_int_equal(par_load_relaxed(&call->batch.references), 1 + cases[i].threads);
        for (unsigned t = 0; t < cases[i].threads; t++) {
            par_worker *sent = worker(WORKERS + t);
            assert_ptr_equal(sent->errand, &call->batch);
            assert_false(sent->seated);
            par_batch_leave(&call->batch);
            par_batch_unref(sent->errand);
            par_store_relaxed(&sent->life, PAR_LIFE_NONE);
        }
        assert_int_equal(seats(), WORKERS);
        drop(call);
    }
}

/* No more than the seats that are free, and sleeping spares before new threads. */
static void test_widen_takes_spares_and_keeps_to_the_limit(void **state)
{
    (void)state;
    items *call = items_new(9, WORKERS + 1, NULL, NULL, NULL);
    par_batch_open(&call->batch, true);
    assert_true(par_batch_sit(&call->batch));
    par_idle_join(&scheduler->spares, 1);
    par_elastic_widen(scheduler, &call->batch, 2);
    assert_int_equal(still_started, 0);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_ptr_equal(worker(1)->errand, &call->batch);
    assert_int_equal(par_load_relaxed(&call->batch.references), 2);
    par_batch_unref(worker(1)->errand);
    drop(call);
}

/* A thread that does not come leaves no seat behind, but a wish: the next spare that parks goes
 * there. */
static void test_widen_fails(void **state)
{
    (void)state;
    items *call = items_new(9, 4, NULL, NULL, NULL);
    par_batch_open(&call->batch, true);
    still_errno = EAGAIN;
    for (int again = 0; again < 3; again++) {
        par_elastic_widen(scheduler, &call->batch, 2);
        assert_int_equal(par_load_relaxed(&call->batch.crew) / 2, 1);
        assert_int_equal(par_load_relaxed(&call->batch.references), 2); /* one is the wish's */
        assert_false(par_steal_any(scheduler)); /* the test holds the ticket */
    }
    worker(0)->seated = false;
    assert_int_equal(par_elastic_park(worker(0)), PAR_PARK_WOKEN);
    assert_ptr_equal(worker(0)->errand, &call->batch);
    assert_false(worker(0)->seated);
    assert_int_equal(par_load_relaxed(&call->batch.crew) / 2, 2);
    assert_int_equal(par_load_relaxed(&call->batch.references), 2);
    par_batch_unref(worker(0)->errand);
    worker(0)->errand = NULL;
    drop(call);
}

/* Two batches wish for a spare, and a spare that sleeps: one of them gets the one that is awake,
 * and the other must get the sleeper. */
static void test_two_wishes(void **state)
{
    items *calls[2];
    (void)state;
    still_errno = EAGAIN;
    for (int i = 0; i < 2; i++) {
        calls[i] = items_new(9, 4, NULL, NULL, NULL);
        par_batch_open(&calls[i]->batch, true);
        par_elastic_widen(scheduler, &calls[i]->batch, 1);
    }
    par_idle_join(&scheduler->spares,
                  1); /* as one that has looked just after worker 0 took the wishes */
    worker(0)->seated = false;
    assert_int_equal(par_elastic_park(worker(0)), PAR_PARK_WOKEN);
    assert_ptr_equal(worker(0)->errand, &calls[0]->batch);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_ptr_equal(worker(1)->errand, &calls[1]->batch);
    for (unsigned i = 0; i < 2; i++) {
        par_batch_unref(worker(i)->errand);
        worker(i)->errand = NULL;
        drop(calls[i]);
    }
}

/* A wish that waits is seen before the spare sleeps. V5 */
static void test_park_sees_wishes(void **state)
{
    (void)state;
    items *call = items_new(9, 4, NULL, NULL, NULL);
    par_batch_open(&call->batch, true);
    still_errno = EAGAIN;
    par_elastic_widen(scheduler, &call->batch, 1);
    assert_int_equal(park(NULL), PAR_PARK_WOKEN);
    assert_int_equal(sleeps, 0);
    assert_ptr_equal(worker(0)->errand, &call->batch);
    par_batch_unref(worker(0)->errand);
    worker(0)->errand = NULL;
    drop(call);
}

/* A spare that falls asleep while no thread can be started for a batch gets its wish all the same. V5 */
static void test_wish_meets_a_spare_that_came_too_late(void **state)
{
    (void)state;
    items *call = items_new(9, 4, NULL, NULL, NULL);
    par_batch_open(&call->batch, true);
    par_os_table.start_thread = start_and_let_a_spare_sleep;
    par_elastic_widen(scheduler, &call->batch, 1);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_ptr_equal(worker(1)->errand, &call->batch);
    par_batch_unref(worker(1)->errand);
    worker(1)->errand = NULL;
    drop(call);
}

/* A spare that has looked and ended while there was no place to start a thread for the batch, and
 * before the batch had said so, leaves the place in which a thread is started now. V5 */
static void test_wish_meets_a_place_that_was_left(void **state)
{
    (void)state;
    items *call = items_new(9, 4, NULL, NULL, NULL);
    par_batch_open(&call->batch, true);
    for (unsigned i = WORKERS; i < MOST_THREADS; i++)
        assert_int_equal(par_elastic_start_thread(scheduler, NULL), 0);
    par_elastic_widen(scheduler, &call->batch, 1);
    assert_int_equal(still_started, MOST_THREADS - WORKERS);
    par_store_seq_cst(&worker(3)->life, PAR_LIFE_NONE);
    par_elastic_forget_wishes(scheduler);
    assert_ptr_equal(still_last, worker(3));
    assert_ptr_equal(worker(3)->errand, &call->batch);
    par_batch_unref(worker(3)->errand);
    worker(3)->errand = NULL;
    drop(call);
}

/* P2: all that sleep are woken, and counted as what they are woken for; one that somebody has taken
 * already is left to that thread, who has not yet written its errand down. */
static void test_wake_all(void **state)
{
    (void)state;
    for (unsigned i = WORKERS; i < 4; i++)
        assert_int_equal(par_elastic_start_thread(scheduler, NULL), 0);
    par_idle_join(&scheduler->idle, 1);
    par_idle_join(&scheduler->spares, 2);
    par_idle_join(&scheduler->spares, 3);
    assert_int_equal(par_idle_take(&scheduler->spares), 2);
    par_elastic_wake_all(scheduler);
    assert_int_equal(still_rings(scheduler, 0), 0);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_int_equal(still_rings(scheduler, 2), 0);
    assert_int_equal(still_rings(scheduler, 3), 1);
    assert_int_equal(searching(), 1);
    assert_int_equal(seats(), WORKERS + 1);
}

static items *widened;

/* While the thread is being started, the last free seat is taken and the ticket dropped. */
static int join_and_fail(pthread_t *thread, size_t stack, void *(*run)(void *), void *argument)
{
    (void)thread;
    (void)stack;
    (void)run;
    (void)argument;
    assert_int_equal(par_batch_join(&widened->batch), PAR_JOIN_LAST);
    return EAGAIN;
}

/* The ticket that widening takes up when its thread does not come is work made visible: a worker
 * that sleeps is woken for it. */
static void test_widen_fails_and_takes_the_ticket_up(void **state)
{
    (void)state;
    widened = items_new(9, 3, NULL, NULL, NULL);
    par_batch_open(&widened->batch, true);
    par_idle_join(&scheduler->idle, 1);
    par_os_table.start_thread = join_and_fail;
    par_elastic_widen(scheduler, &widened->batch, 2);
    assert_true(par_batch_has_ticket(&widened->batch));
    assert_true(par_steal_any(scheduler));
    assert_int_equal(still_rings(scheduler, 1), 1);
    drop(widened);
}

/* A spare is sent as long as one sleeps or a thread can be started. */
static void test_send_spare(void **state)
{
    (void)state;
    for (unsigned i = WORKERS; i < MOST_THREADS; i++)
        assert_int_equal(par_elastic_send_spare(scheduler, NULL), 0);
    assert_int_equal(par_elastic_send_spare(scheduler, NULL), EBUSY);
    par_idle_join(&scheduler->spares, 3);
    assert_int_equal(par_elastic_send_spare(scheduler, NULL), 0);
    assert_int_equal(still_rings(scheduler, 3), 1);
}

static void give_it_a_seat(void)
{
    assert_int_equal(par_idle_take(&scheduler->spares), 0);
    worker(0)->errand = NULL;
    par_bell_ring(&worker(0)->bell);
}

static void test_park_until_seated(void **state)
{
    (void)state;
    assert_int_equal(park(give_it_a_seat), PAR_PARK_WOKEN);
    assert_true(worker(0)->seated);
    assert_null(worker(0)->errand);
    assert_int_equal(sleeps, 1);
}

static items *errand;

static void send_it_away(void)
{
    assert_int_equal(par_idle_take(&scheduler->spares), 0);
    worker(0)->errand = &errand->batch;
    par_bell_ring(&worker(0)->bell);
}

static void test_park_until_sent(void **state)
{
    (void)state;
    errand = items_new(1, 9, NULL, NULL, NULL);
    assert_int_equal(park(send_it_away), PAR_PARK_WOKEN);
    assert_false(worker(0)->seated);
    assert_ptr_equal(worker(0)->errand, &errand->batch);
    worker(0)->errand = NULL;
    drop(errand);
}

static void take_now_ring_later(void)
{
    if (sleeps == 1) {
        assert_int_equal(par_idle_take(&scheduler->spares), 0);
        skipped += INT64_C(3000000000);
    } else if (sleeps == 20) {
        worker(0)->errand = NULL;
        par_bell_ring(&worker(0)->bell);
    }
}

/* Who was taken waits for the ring, even beyond the time at which it would have ended. */
static void test_park_waits_for_the_ring(void **state)
{
    (void)state;
    assert_int_equal(park(take_now_ring_later), PAR_PARK_WOKEN);
    assert_true(worker(0)->seated);
    assert_true(sleeps >= 20);
}

/* Nothing for a second: the thread ends, and is a member of nothing. */
static void test_park_retires(void **state)
{
    (void)state;
    assert_int_equal(park(NULL), PAR_PARK_RETIRED);
    assert_int_equal(sleeps, 1);
    assert_true(skipped > 900000000);
    assert_false(par_idle_any(&scheduler->spares));
}

/* A seat is free and work waits: it does not sleep at all. V1, V2. */
static void test_park_sees_vacancy(void **state)
{
    (void)state;
    items *call = silent_ticket();
    par_sub_seq_cst(&scheduler->seats, 1);
    assert_int_equal(park(NULL), PAR_PARK_WOKEN);
    assert_true(worker(0)->seated);
    assert_int_equal(sleeps, 0);
    assert_int_equal(seats(), WORKERS);
    assert_false(par_idle_any(&scheduler->spares));
    drop(call);
}

static void free_a_seat_and_wake(void)
{
    par_sub_seq_cst(&scheduler->seats, 1);
    skipped += INT64_C(2000000000);
}

/* A seat that became free while it slept is taken rather than the thread ended. */
static void test_park_takes_a_seat_before_it_retires(void **state)
{
    (void)state;
    assert_int_equal(park(free_a_seat_and_wake), PAR_PARK_WOKEN);
    assert_true(worker(0)->seated);
    assert_int_equal(seats(), WORKERS);
}

static void test_park_sees_stop(void **state)
{
    (void)state;
    par_store_seq_cst(&scheduler->stop, 1);
    assert_int_equal(park(NULL), PAR_PARK_STOPPED);
    assert_int_equal(sleeps, 0);
    assert_false(par_idle_any(&scheduler->spares));
}

static void stop_at_last(void)
{
    skipped += INT64_C(2000000000);
    if (sleeps == 3)
        par_store_seq_cst(&scheduler->stop, 1);
}

/* With work waiting and all seats taken a spare neither ends nor burns time: it sleeps on. */
static void test_park_sleeps_on_while_work_waits(void **state)
{
    (void)state;
    items *call = silent_ticket();
    assert_int_equal(park(stop_at_last), PAR_PARK_STOPPED);
    assert_int_equal(sleeps, 3);
    assert_true(clock_readings < 100);
    drop(call);
}

#define ON_POOL(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_POOL(test_start_takes_all_seats),
        ON_POOL(test_places),
        ON_POOL(test_start_fails),
        ON_POOL(test_notify_wakes_one_at_a_time),
        ON_POOL(test_notify_fills_vacancies),
        ON_POOL(test_vacancy_stays_when_no_thread_starts),
        ON_POOL(test_spare_that_came_too_late),
        ON_POOL(test_sit_and_step_down),
        ON_POOL(test_blocking_nests),
        ON_POOL(test_blocking_without_a_seat),
        ON_POOL(test_blocking_with_work_waiting),
        ON_POOL(test_widen),
        ON_POOL(test_widen_takes_spares_and_keeps_to_the_limit),
        ON_POOL(test_widen_fails),
        ON_POOL(test_two_wishes),
        ON_POOL(test_park_sees_wishes),
        ON_POOL(test_wish_meets_a_spare_that_came_too_late),
        ON_POOL(test_wish_meets_a_place_that_was_left),
        ON_POOL(test_wake_all),
        ON_POOL(test_widen_fails_and_takes_the_ticket_up),
        ON_POOL(test_send_spare),
        ON_POOL(test_park_until_seated),
        ON_POOL(test_park_until_sent),
        ON_POOL(test_park_waits_for_the_ring),
        ON_POOL(test_park_retires),
        ON_POOL(test_park_sees_vacancy),
        ON_POOL(test_park_takes_a_seat_before_it_retires),
        ON_POOL(test_park_sees_stop),
        ON_POOL(test_park_sleeps_on_while_work_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
