/* test_timer.c - timers expire once, in order, not early; cancelled ones are over; T1 and T2. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../sched/os.h"
#include "../sched/timer.h"
#include "stress.h"

enum { MOST = 2000 };

typedef struct alarm_clock {
    par_timer timer;
    _Atomic unsigned overs; /* how often it was over */
    bool expired;
    int64_t when;      /* it was over */
    unsigned position; /* among all */
} alarm_clock;

static alarm_clock alarms[MOST];
static _Atomic unsigned overs; /* of all alarms */
static par_timers timers;

static void note(par_timer *timer, bool expired)
{
    alarm_clock *self = par_container_of(timer, alarm_clock, timer);
    self->expired = expired;
    self->when = par_now();
    self->position = par_add_relaxed(&overs, 1);
    par_add_release(&self->overs, 1);
}

static int start(void **state)
{
    (void)state;
    memset(alarms, 0, sizeof(alarms));
    par_store_relaxed(&overs, 0);
    par_timers_init(&timers);
    return 0;
}

static void set(size_t i, int64_t at)
{
    alarms[i].timer.at = at;
    alarms[i].timer.over = note;
    assert_int_equal(par_timers_set(&timers, &alarms[i].timer), 0);
}

static bool is_over(size_t i)
{
    return par_load_acquire(&alarms[i].overs) != 0;
}

static void wait_for(size_t i)
{
    while (!is_over(i))
        sched_yield();
}

static void test_no_timer_no_thread(void **state)
{
    (void)state;
    par_timers_stop(&timers);
    assert_false(timers.started);
}

static int no_thread(pthread_t *thread, size_t stack, void *(*run)(void *), void *argument)
{
    (void)thread;
    (void)stack;
    (void)run;
    (void)argument;
    return EAGAIN;
}

/* A timer that was not set is never over; the next one tries again to start the thread. */
static void test_thread_cannot_be_started(void **state)
{
    (void)state;
    par_os real = par_os_table;
    par_os_table.start_thread = no_thread;
    alarms[0].timer.at = 0;
    alarms[0].timer.over = note;
    assert_int_equal(par_timers_set(&timers, &alarms[0].timer), EAGAIN);
    par_os_table = real;
    set(1, 0);
    wait_for(1);
    par_timers_stop(&timers);
    assert_false(is_over(0));
}

static void test_expires_not_early(void **state)
{
    (void)state;
    for (size_t i = 0; i < 20; i++) {
        int64_t at = par_now() + (int64_t)i * 200000;
        set(i, at);
        wait_for(i);
        assert_true(alarms[i].expired);
        assert_true(alarms[i].when >= at);
    }
    par_timers_stop(&timers);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(alarms[i].overs, 1);
}

/* T1: one that is earlier than all the thread sleeps for wakes it. */
static void test_earlier_one_wakes_the_thread(void **state)
{
    (void)state;
    set(0, PAR_NEVER);
    for (size_t i = 1; i < 100; i++) {
        if (i % 2) /* or else as it comes */
            while (par_load_relaxed(&timers.sleeps_until) == INT64_MIN)
                sched_yield();
        set(i, par_now() + 1000);
        wait_for(i);
        assert_true(alarms[i].expired);
    }
    par_timers_stop(&timers);
    assert_true(is_over(0));
    assert_false(alarms[0].expired);
}

static _Atomic int64_t clock_at;

static int64_t standing_now(void)
{
    return par_load_acquire(&clock_at);
}

static par_os real_os;

/* Real time means nothing to a clock that stands: asleep until woken. */
static void wait_for_ring(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    (void)deadline;
    real_os.futex_wait(word, expected, PAR_NEVER);
}

static int start_standing(void **state)
{
    real_os = par_os_table;
    par_os_table.now = standing_now;
    par_os_table.futex_wait = wait_for_ring;
    par_store_relaxed(&clock_at, 1000);
    return start(state);
}

static int put_back(void **state)
{
    (void)state;
    par_os_table = real_os;
    return 0;
}

/* When the second of two timers that are due is over, all that were due before it are. */
static void move_clock(int64_t to)
{
    enum { BELL = MOST - 1 };
    par_store_release(&clock_at, to);
    for (int i = 0; i < 2; i++) {
        par_store_relaxed(&alarms[BELL].overs, 0);
        set(BELL, 0);
        wait_for(BELL);
    }
}

/* Any heap, with some taken out of its middle, gives its timers in order, and no others. */
static void test_order(void **state)
{
    uint64_t random = 7;
    unsigned cancelled = 0;
    (void)state;
    for (size_t i = 0; i < 1000; i++)
        set(i, 2000 + (int64_t)(stress_random(&random) % 500));
    for (size_t i = 0; i < 1000; i += 1 + stress_random(&random) % 5) {
        par_timers_cancel(&timers, &alarms[i].timer);
        cancelled++;
    }
    for (int64_t now = 1999; now <= 2500; now += 1 + (int64_t)(stress_random(&random) % 40)) {
        move_clock(now);
        for (size_t i = 0; i < 1000; i++) {
            bool due = alarms[i].timer.at <= now;
            if (is_over(i) && alarms[i].expired)
                assert_true(due);
            else if (due)
                assert_true(is_over(i)); /* cancelled, or it would be late */
        }
    }
    move_clock(10000);
    unsigned expired = 0;
    const alarm_clock *by_position[2 * MOST] = {NULL};
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(alarms[i].overs, 1);
        by_position[alarms[i].position] = &alarms[i];
        expired += alarms[i].expired;
    }
    assert_int_equal(expired, 1000 - cancelled);
    int64_t last = 0;
    for (size_t i = 0; i < 2 * MOST; i++) {
        if (by_position[i] != NULL && by_position[i]->expired) {
            assert_true(by_position[i]->timer.at >= last);
            last = by_position[i]->timer.at;
        }
    }
    par_timers_stop(&timers);
}

/* T2: at most a fixed number of cancelled timers wait, though nothing expires. */
static void test_cancelled_are_let_go(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        set(i, 1000000 + (int64_t)i);
        par_timers_cancel(&timers, &alarms[i].timer);
        while (i + 1 - par_load_relaxed(&overs) > 200)
            sched_yield();
    }
    par_timers_stop(&timers);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(alarms[i].overs, 1);
        assert_false(alarms[i].expired);
    }
}

/* Cancelled twice, or after it has expired: without effect. */
static void test_cancel_without_effect(void **state)
{
    (void)state;
    set(0, 0);
    wait_for(0);
    par_timers_cancel(&timers, &alarms[0].timer);
    set(1, PAR_NEVER);
    par_timers_cancel(&timers, &alarms[1].timer);
    par_timers_cancel(&timers, &alarms[1].timer);
    par_timers_stop(&timers);
    assert_true(alarms[0].expired);
    assert_false(alarms[1].expired);
    assert_int_equal(alarms[0].overs, 1);
    assert_int_equal(alarms[1].overs, 1);
}

/* What is still set when they stop is over, not expired. */
static void test_stop(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        if (round > 0)
            start(state);
        for (size_t i = 0; i < 100; i++)
            set(i, PAR_NEVER - (int64_t)i);
        for (size_t i = 0; i < 100; i += 3)
            par_timers_cancel(&timers, &alarms[i].timer);
        par_timers_stop(&timers);
        for (size_t i = 0; i < 100; i++) {
            assert_int_equal(alarms[i].overs, 1);
            assert_false(alarms[i].expired);
        }
    }
}

enum { SETTERS = 3, EACH = 3000 };
static _Atomic unsigned setters_expired, setters_cancelled;

static void free_it(par_timer *timer, bool expired)
{
    par_add_relaxed(expired ? &setters_expired : &setters_cancelled, 1);
    free(par_container_of(timer, alarm_clock, timer));
}

static void *set_and_cancel(void *argument)
{
    uint64_t random = (uintptr_t)argument;
    for (int i = 0; i < EACH; i++) {
        alarm_clock *one = calloc(1, sizeof(*one));
        one->timer.over = free_it;
        bool cancels = stress_random(&random) % 2;
        /* One that this thread will cancel must live until then. */
        one->timer.at =
            cancels ? PAR_NEVER - 1 : par_now() + (int64_t)(stress_random(&random) % 30000);
        if (par_timers_set(&timers, &one->timer) != 0)
            abort();
        if (cancels)
            par_timers_cancel(&timers, &one->timer);
    }
    return NULL;
}

/* Several threads set and cancel at once; each timer is over once, and freed there. */
static void test_many_setters(void **state)
{
    pthread_t threads[SETTERS];
    (void)state;
    for (uintptr_t i = 0; i < SETTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, set_and_cancel, (void *)(i + 1)), 0);
    for (int i = 0; i < SETTERS; i++)
        pthread_join(threads[i], NULL);
    par_timers_stop(&timers);
    assert_int_equal(setters_expired + setters_cancelled, SETTERS * EACH);
}

static alarm_clock racing;

static void *cancel_it(void *go)
{
    while (!par_load_acquire((_Atomic bool *)go))
        par_spin_hint();
    par_timers_cancel(&timers, &racing.timer);
    return NULL;
}

/* Cancelled just as it expires: over once, either way, with everything seen that was written
 * before. */
static void test_cancel_races_expiry(void **state)
{
    (void)state;
    for (int round = 0; round < 500; round++) {
        _Atomic bool go = false;
        pthread_t canceller;
        memset(&racing, 0, sizeof(racing));
        racing.timer.over = note;
        assert_int_equal(pthread_create(&canceller, NULL, cancel_it, &go), 0);
        racing.timer.at = par_now() + 20000;
        assert_int_equal(par_timers_set(&timers, &racing.timer), 0);
        while (par_now() < racing.timer.at + (round % 100 - 50) * 200)
            par_spin_hint();
        par_store_release(&go, true);
        pthread_join(canceller, NULL);
        set(0, 0); /* makes the thread look at what was cancelled */
        while (par_load_acquire(&racing.overs) == 0)
            sched_yield();
        wait_for(0);
        par_store_relaxed(&alarms[0].overs, 0);
        assert_int_equal(racing.overs, 1);
    }
    par_timers_stop(&timers);
}

static alarm_clock again;

static void set_again(par_timer *timer, bool expired)
{
    alarm_clock *self = par_container_of(timer, alarm_clock, timer);
    if (!expired || par_load_relaxed(&self->overs) == 100)
        return;
    par_add_release(&self->overs, 1);
    timer->at = par_now() + 1000;
    if (par_timers_set(&timers, timer) != 0)
        abort();
}

/* Once it is over a timer may be set again, from there too. */
static void test_set_again(void **state)
{
    (void)state;
    again.timer.over = set_again;
    assert_int_equal(par_timers_set(&timers, &again.timer), 0);
    while (par_load_acquire(&again.overs) != 100)
        sched_yield();
    par_timers_stop(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_timer_no_thread, start),
        cmocka_unit_test_setup(test_thread_cannot_be_started, start),
        cmocka_unit_test_setup(test_expires_not_early, start),
        cmocka_unit_test_setup(test_earlier_one_wakes_the_thread, start),
        cmocka_unit_test_setup_teardown(test_order, start_standing, put_back),
        cmocka_unit_test_setup_teardown(test_cancelled_are_let_go, start_standing, put_back),
        cmocka_unit_test_setup(test_cancel_without_effect, start),
        cmocka_unit_test_setup(test_stop, start),
        cmocka_unit_test_setup(test_many_setters, start),
        cmocka_unit_test_setup(test_cancel_races_expiry, start),
        cmocka_unit_test_setup(test_set_again, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
