/* test_os.c - the table of the operating system, as it stands on Linux. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../sched/clock.h"
#include "../sched/os.h"

static _Atomic uint32_t word;

/* A word that differs, a deadline that has passed: no sleep. */
static void test_futex_wait_returns_at_once(void **state)
{
    (void)state;
    par_store_relaxed(&word, 1);
    par_os_table.futex_wait(&word, 0, PAR_NEVER);
    par_os_table.futex_wait(&word, 1, 0);
    par_os_table.futex_wait(&word, 1, par_now() - 1);
}

/* The deadline is an instant of CLOCK_MONOTONIC, in nanoseconds: it is not slept past by seconds
 * (the test would time out) and, when nothing wakes the thread, not missed either. */
static void test_futex_wait_until(void **state)
{
    (void)state;
    par_store_relaxed(&word, 1);
    for (int i = 0; i < 5; i++) {
        int64_t deadline = par_now() + 2000000;
        while (par_now() < deadline)
            par_os_table.futex_wait(&word, 1, deadline);
    }
    /* The carry into the next second. */
    int64_t deadline = (par_now() / 1000000000 + 1) * 1000000000 + 1;
    while (par_now() < deadline)
        par_os_table.futex_wait(&word, 1, deadline);
}

static _Atomic uint32_t asleep, awake;

static void *sleep_on_word(void *unused)
{
    (void)unused;
    par_add_relaxed(&asleep, 1);
    while (par_load_acquire(&word) == 1)
        par_os_table.futex_wait(&word, 1, PAR_NEVER);
    par_add_relaxed(&awake, 1);
    return NULL;
}

/* Waking wakes; waking an address at which nobody sleeps, or that is not mapped any more, does
 * nothing. */
static void test_futex_wake(void **state)
{
    pthread_t threads[4];
    (void)state;
    par_store_relaxed(&word, 1);
    par_store_relaxed(&asleep, 0);
    par_store_relaxed(&awake, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(par_os_table.start_thread(&threads[i], 0, sleep_on_word, NULL), 0);
    while (par_load_relaxed(&asleep) != 4)
        par_spin_hint();
    par_store_release(&word, 2);
    par_os_table.futex_wake(&word, INT_MAX);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(par_load_relaxed(&awake), 4);
    par_os_table.futex_wake(&word, INT_MAX);
    par_os_table.futex_wake((const _Atomic uint32_t *)(uintptr_t)sysconf(_SC_PAGESIZE), 1);
}

/* `count` is heeded: each call ends the sleep of one of them, so that n calls are enough for n. */
static void test_futex_wake_one_by_one(void **state)
{
    pthread_t threads[3];
    (void)state;
    par_store_relaxed(&word, 1);
    par_store_relaxed(&asleep, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(par_os_table.start_thread(&threads[i], 0, sleep_on_word, NULL), 0);
    while (par_load_relaxed(&asleep) != 3)
        par_spin_hint();
    par_store_release(&word, 2);
    for (int i = 0; i < 3; i++)
        par_os_table.futex_wake(&word, 1);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

static void test_now(void **state)
{
    struct timespec time;
    (void)state;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t before = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec, last = before;
    for (int i = 0; i < 100000; i++) {
        int64_t now = par_now();
        assert_true(now >= last);
        last = now;
    }
    clock_gettime(CLOCK_MONOTONIC, &time);
    assert_true(last > before);
    assert_true(last <= (int64_t)time.tv_sec * 1000000000 + time.tv_nsec);
}

typedef struct view {
    sigset_t mask;
    par_stack stack;
    const char *frame;
    size_t size;
} view;

static void *look_around(void *argument)
{
    view *seen = argument;
    pthread_attr_t attributes;
    seen->frame = __builtin_frame_address(0);
    seen->stack = par_stack_of_thread();
    pthread_sigmask(SIG_SETMASK, NULL, &seen->mask);
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstacksize(&attributes, &seen->size);
    pthread_attr_destroy(&attributes);
    return NULL;
}

/* All signals that can be are blocked in the new thread, and the creator's mask is what it was. */
static void test_threads_take_no_signals(void **state)
{
    sigset_t before, after;
    pthread_t thread;
    view seen;
    (void)state;
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &some, &before);
    assert_int_equal(par_os_table.start_thread(&thread, 0, look_around, &seen), 0);
    pthread_sigmask(SIG_SETMASK, &before, &after);
    pthread_join(thread, NULL);
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (number == SIGKILL || number == SIGSTOP || (number > SIGSYS && number < SIGRTMIN))
            continue; /* these two cannot be; the others are the C library's own */
        assert_true(sigismember(&seen.mask, number));
        assert_int_equal(sigismember(&after, number), number == SIGUSR1);
    }
}

/* When no thread could be started the mask is put back all the same. */
static void test_failure_is_an_errno(void **state)
{
    sigset_t before, after;
    pthread_t thread;
    (void)state;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(par_os_table.start_thread(&thread, 1, look_around, NULL), EINVAL);
    assert_int_not_equal(par_os_table.start_thread(&thread, SIZE_MAX / 2, look_around, NULL), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number <= SIGRTMAX; number++)
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
}

static void test_stack_size(void **state)
{
    static const size_t sizes[] = {256 << 10, 1 << 20, 16 << 20};
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        pthread_t thread;
        view seen;
        assert_int_equal(par_os_table.start_thread(&thread, sizes[i], look_around, &seen), 0);
        pthread_join(thread, NULL);
        assert_int_equal(seen.size, sizes[i]);
        assert_non_null(seen.stack.low);
        assert_true(seen.stack.size >= sizes[i] / 2 && seen.stack.size <= sizes[i]);
        assert_true(seen.frame >= seen.stack.low);
        assert_true(seen.frame < seen.stack.low + seen.stack.size);
    }
}

/* It goes off when it is set to and from then on, not before; one that has passed at once. */
static void test_alarm(void **state)
{
    (void)state;
    int alarm = par_os_table.alarm_open();
    assert_true(alarm >= 0);
    int64_t at = par_clock_of_kernel() + 2000000;
    par_os_table.alarm_set(alarm, PAR_NEVER, 0);
    par_os_table.alarm_set(alarm, at + INT64_C(60000000000), 1);
    par_os_table.alarm_set(alarm, at, 1000000);
    for (int i = 0; i < 3; i++) {
        par_os_table.alarm_wait(alarm);
        assert_true(par_clock_of_kernel() >= at + i * 1000000);
    }
    par_os_table.alarm_set(alarm, 1, 1000000);
    par_os_table.alarm_wait(alarm);
    par_os_table.alarm_set(alarm, PAR_NEVER, 0);
    par_os_table.alarm_close(alarm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_futex_wait_returns_at_once),
        cmocka_unit_test(test_futex_wait_until),
        cmocka_unit_test(test_futex_wake),
        cmocka_unit_test(test_futex_wake_one_by_one),
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_threads_take_no_signals),
        cmocka_unit_test(test_failure_is_an_errno),
        cmocka_unit_test(test_stack_size),
        cmocka_unit_test(test_alarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
