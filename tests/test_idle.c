/* test_idle.c - the set of sleepers and the bell, in one thread; a ring from another. */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../sched/idle.h"
#include "../sched/os.h"

enum { WORDS = 3 };
static _Atomic uint64_t bits[WORDS];

static par_idle made(void)
{
    par_idle set;
    par_idle_init(&set, bits, WORDS);
    return set;
}

static void test_new_one_is_empty(void **state)
{
    (void)state;
    par_idle set = made();
    assert_false(par_idle_any(&set));
    assert_int_equal(par_idle_take(&set), -1);
    assert_false(par_idle_leave(&set, 0));
}

static void test_join_and_leave(void **state)
{
    (void)state;
    par_idle set = made();
    for (unsigned who = 0; who < 64 * WORDS; who++) {
        par_idle_join(&set, who);
        assert_true(par_idle_any(&set));
        assert_true(par_idle_leave(&set, who));
        assert_false(par_idle_leave(&set, who));
        assert_false(par_idle_any(&set));
    }
}

/* Each member is given out once, the lowest number first, over all words. */
static void test_take_each_once(void **state)
{
    (void)state;
    par_idle set = made();
    for (unsigned i = 0; i < 64 * WORDS; i++)
        par_idle_join(&set, (i * 7 + 5) % (64 * WORDS));
    for (int who = 0; who < 64 * WORDS; who++) {
        assert_true(par_idle_any(&set));
        assert_int_equal(par_idle_take(&set), who);
        assert_false(par_idle_leave(&set, (unsigned)who));
    }
    assert_int_equal(par_idle_take(&set), -1);
    assert_false(par_idle_any(&set));
}

/* Leaving takes out nobody else. */
static void test_members_are_independent(void **state)
{
    static const unsigned members[] = {0, 1, 63, 64, 65, 127, 128, 191};
    enum { N = sizeof(members) / sizeof(*members) };
    (void)state;
    par_idle set = made();
    for (int i = 0; i < N; i++)
        par_idle_join(&set, members[i]);
    for (int i = 1; i < N; i += 2)
        assert_true(par_idle_leave(&set, members[i]));
    for (int i = 0; i < N; i += 2)
        assert_int_equal(par_idle_take(&set), (int)members[i]);
    assert_false(par_idle_any(&set));
}

static void test_bell_counts(void **state)
{
    par_bell bell;
    (void)state;
    par_bell_init(&bell);
    uint32_t key = par_bell_key(&bell);
    assert_false(par_bell_wait(&bell, key, 0)); /* not rung, and the deadline has passed */
    par_bell_ring(&bell);
    assert_true(par_bell_wait(&bell, key, PAR_NEVER));
    assert_true(par_bell_wait(&bell, key, 0)); /* rung beats the deadline */
    key = par_bell_key(&bell);
    assert_false(par_bell_wait(&bell, key, par_now()));
    par_bell_ring_all(&bell);
    assert_true(par_bell_wait(&bell, key, PAR_NEVER));
}

/* The count may go round: what matters is that it differs from the key. */
static void test_bell_wraps(void **state)
{
    par_bell bell;
    (void)state;
    par_bell_init(&bell);
    par_store_relaxed(&bell.rung, UINT32_MAX);
    uint32_t key = par_bell_key(&bell);
    assert_int_equal(key, UINT32_MAX);
    par_bell_ring(&bell);
    assert_int_equal(par_bell_key(&bell), 0);
    assert_true(par_bell_wait(&bell, key, PAR_NEVER));
}

static void test_bell_deadline(void **state)
{
    par_bell bell;
    (void)state;
    par_bell_init(&bell);
    for (int i = 0; i < 5; i++) {
        int64_t deadline = par_now() + 1000000;
        assert_false(par_bell_wait(&bell, par_bell_key(&bell), deadline));
        assert_true(par_now() >= deadline);
    }
}

static par_os real_os;
static par_bell watched;
static int waits, wakes, woken;

static void spurious_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    assert_ptr_equal(word, &watched.rung);
    assert_int_equal(expected, par_load_relaxed(&watched.rung));
    assert_true(deadline == PAR_NEVER);
    if (++waits == 100)
        par_bell_ring(&watched);
}

static void counting_wake(const _Atomic uint32_t *word, int count)
{
    (void)word;
    wakes++;
    woken = count;
}

static int replace_os(void **state)
{
    (void)state;
    real_os = par_os_table;
    par_os_table.futex_wait = spurious_wait;
    par_os_table.futex_wake = counting_wake;
    return 0;
}

static int put_back_os(void **state)
{
    (void)state;
    par_os_table = real_os;
    return 0;
}

/* A sleep that ends for no reason is begun again; ring is for one sleeper, ring_all for all. */
static void test_spurious_returns(void **state)
{
    (void)state;
    par_bell_init(&watched);
    waits = wakes = 0;
    assert_true(par_bell_wait(&watched, par_bell_key(&watched), PAR_NEVER));
    assert_int_equal(waits, 100);
    assert_int_equal(wakes, 1);
    assert_int_equal(woken, 1);
    par_bell_ring_all(&watched);
    assert_int_equal(wakes, 2);
    assert_int_equal(woken, INT_MAX);
}

typedef struct sleeper {
    par_bell bell;
    int errand; /* E1: written before the ring, read after it */
    uint32_t key;
} sleeper;

static void *sleep_and_read(void *argument)
{
    sleeper *self = argument;
    par_bell_wait(&self->bell, self->key, PAR_NEVER);
    return (void *)(intptr_t)self->errand;
}

/* E1 between two threads, at every stage of the sleep. */
static void test_ring_from_another_thread(void **state)
{
    (void)state;
    for (int round = 1; round <= 500; round++) {
        sleeper one = {.errand = 0};
        pthread_t thread;
        void *seen;
        par_bell_init(&one.bell);
        one.key = par_bell_key(&one.bell);
        assert_int_equal(pthread_create(&thread, NULL, sleep_and_read, &one), 0);
        for (int i = 0; i < round * 20; i++)
            par_spin_hint();
        one.errand = round;
        par_bell_ring(&one.bell);
        pthread_join(thread, &seen);
        assert_int_equal((intptr_t)seen, round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_one_is_empty),
        cmocka_unit_test(test_join_and_leave),
        cmocka_unit_test(test_take_each_once),
        cmocka_unit_test(test_members_are_independent),
        cmocka_unit_test(test_bell_counts),
        cmocka_unit_test(test_bell_wraps),
        cmocka_unit_test(test_bell_deadline),
        cmocka_unit_test_setup_teardown(test_spurious_returns, replace_os, put_back_os),
        cmocka_unit_test(test_ring_from_another_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
