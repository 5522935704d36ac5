/* test_latch.c - opening, waiting, deadlines, and what is asked of the kernel. */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../sched/latch.h"
#include "../sched/os.h"

static par_os original;
static int waits, wakes, woken;
static void (*in_wait)(const _Atomic uint32_t *word, uint32_t expected);

/* Counts what the main thread asks for, and sleeps not at all: as if woken for no reason. */
static void counting_wait(const _Atomic uint32_t *futex, uint32_t expected, int64_t deadline)
{
    (void)deadline;
    waits++;
    if (in_wait != NULL)
        in_wait(futex, expected);
}

static void counting_wake(const _Atomic uint32_t *futex, int count)
{
    (void)futex;
    wakes++;
    woken = count;
}

static int count_calls(void **state)
{
    (void)state;
    original = par_os_table;
    par_os_table.futex_wait = counting_wait;
    par_os_table.futex_wake = counting_wake;
    waits = wakes = woken = 0;
    in_wait = NULL;
    return 0;
}

static int put_back(void **state)
{
    (void)state;
    par_os_table = original;
    return 0;
}

static void test_open(void **state)
{
    par_latch latch;
    (void)state;
    par_latch_init(&latch);
    assert_false(par_latch_is_open(&latch));
    assert_false(par_latch_spin(&latch, 0));
    par_latch_open(&latch);
    assert_true(par_latch_is_open(&latch));
    assert_true(par_latch_spin(&latch, 0));
    assert_true(par_latch_wait(&latch, PAR_NEVER, 0));
    par_latch_open(&latch);
    assert_true(par_latch_is_open(&latch));
}

/* An open latch answers true even when the deadline has long passed. */
static void test_open_beats_deadline(void **state)
{
    par_latch latch;
    (void)state;
    par_latch_init(&latch);
    par_latch_open(&latch);
    assert_true(par_latch_wait(&latch, 0, 0));
    assert_true(par_latch_wait(&latch, 0, 1000));
}

/* Nobody asleep: no system call. Somebody asleep: all are woken. */
static void test_system_calls(void **state)
{
    par_latch latch;
    (void)state;
    par_latch_init(&latch);
    par_latch_open(&latch);
    assert_true(par_latch_wait(&latch, PAR_NEVER, 0));
    assert_int_equal(wakes, 0);
    assert_int_equal(waits, 0);
    par_latch_init(&latch);
    assert_false(par_latch_wait(&latch, par_now(), 0));
    assert_int_equal(waits, 0);
    par_latch_open(
        &latch); /* the waiter that gave up has left its mark: one call too many is allowed */
    assert_true(wakes == 0 || woken == INT_MAX);
}

static par_latch *opened_in_wait;
static int sleeps_left;

/* The kernel is asked to sleep while the word is what it is. */
static void open_at_last(const _Atomic uint32_t *futex, uint32_t expected)
{
    assert_ptr_equal(futex, &opened_in_wait->word);
    assert_int_equal(par_load_relaxed(&opened_in_wait->word), PAR_LATCH_AWAITED);
    assert_int_equal(expected, PAR_LATCH_AWAITED);
    if (--sleeps_left == 0)
        par_latch_open(opened_in_wait);
}

/* A wait that returns early, any number of times, is no opening; and what opens it wakes all. */
static void test_spurious_returns(void **state)
{
    par_latch latch;
    (void)state;
    par_latch_init(&latch);
    opened_in_wait = &latch;
    sleeps_left = 100;
    in_wait = open_at_last;
    assert_true(par_latch_wait(&latch, PAR_NEVER, 0));
    assert_int_equal(waits, 100);
    assert_int_equal(wakes, 1);
    assert_int_equal(woken, INT_MAX);
}

/* Never early: when the wait is over and it is shut, the deadline has come. */
static void test_deadline(void **state)
{
    par_latch latch;
    (void)state;
    par_latch_init(&latch);
    static const int64_t spins[] = {0, 1, 1000, 100000000};
    for (size_t i = 0; i < sizeof(spins) / sizeof(*spins); i++) {
        int64_t deadline = par_now() + 3000000;
        assert_false(par_latch_wait(&latch, deadline, spins[i]));
        assert_true(par_now() >= deadline);
        deadline = par_now() + 1000000;
        assert_false(par_latch_spin(&latch, deadline));
        assert_true(par_now() >= deadline);
    }
    assert_false(par_latch_wait(&latch, 0, 0));
    assert_false(par_latch_wait(&latch, INT64_C(-5), 1000));
    /* A deadline that was missed is not kept against the latch. */
    par_latch_open(&latch);
    assert_true(par_latch_wait(&latch, PAR_NEVER, 0));
}

typedef struct gate {
    par_latch latch;
    int payload;
    int64_t spin;
} gate;

static void *wait_and_read(void *argument)
{
    gate *shared = argument;
    bool open = par_latch_wait(&shared->latch, PAR_NEVER, shared->spin);
    return open && shared->payload == 42 ? shared : NULL;
}

/* L1, L2: eight threads wait, asleep or not yet, and each sees what was written before the
 * opening. */
static void test_many_wait(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        gate shared = {.spin = round % 2 * 100000};
        pthread_t threads[8];
        par_latch_init(&shared.latch);
        for (int i = 0; i < 8; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, wait_and_read, &shared), 0);
        if (round % 3 == 0) {
            while (par_load_relaxed(&shared.latch.word) != PAR_LATCH_AWAITED)
                par_spin_hint();
        }
        shared.payload = 42;
        par_latch_open(&shared.latch);
        for (int i = 0; i < 8; i++) {
            void *seen;
            pthread_join(threads[i], &seen);
            assert_ptr_equal(seen, &shared);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_open_beats_deadline),
        cmocka_unit_test_setup_teardown(test_system_calls, count_calls, put_back),
        cmocka_unit_test_setup_teardown(test_spurious_returns, count_calls, put_back),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_many_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
