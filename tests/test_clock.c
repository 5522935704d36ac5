/* test_clock.c - the clock against the kernel's. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "../sched/clock.h"

static int64_t straight(int64_t time)
{
    (void)time;
    return 0;
}

/* What is added to the kernel's clock. */
static int64_t (*_Atomic bent)(int64_t time) = straight;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

/* Without assertions: this is called inside those of cmocka. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int rc = __real_clock_gettime(clock, now);
    now->tv_nsec += bent((int64_t)now->tv_sec * 1000000000 + now->tv_nsec);
    return rc;
}

/* Between two readings of the kernel's, but for what it may be behind. */
static void check_against_kernel(int64_t *worst)
{
    enum { BEHIND = 1000 };
    int64_t before = par_clock_of_kernel(), now = par_clock_now(), after = par_clock_of_kernel();
    assert_true(now <= after + 1);
    assert_true(now >= before - BEHIND);
    if (before - now > *worst)
        *worst = before - now;
}

static void test_agrees(void **state)
{
    (void)state;
    int64_t worst = 0, end = par_clock_of_kernel() + 50000000;
    while (par_clock_of_kernel() < end)
        check_against_kernel(&worst);
    for (long gap = 1000; gap < 200000000; gap *= 3) {
        nanosleep(&(struct timespec){.tv_nsec = gap}, NULL);
        for (int i = 0; i < 100; i++)
            check_against_kernel(&worst);
    }
    printf("behind by at most %lld ns\n", (long long)worst);
}

static void *test_does_not_go_back(void *unused)
{
    (void)unused;
    int64_t last = 0, end = par_clock_of_kernel() + 50000000;
    while (last < end) {
        int64_t now = par_clock_now();
        assert_true(now >= last);
        last = now;
    }
    return NULL;
}

static void test_does_not_go_back_in_any_thread(void **state)
{
    (void)state;
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, test_does_not_go_back, NULL), 0);
    test_does_not_go_back(NULL);
    pthread_join(other, NULL);
}

static void check_while_bent(int64_t (*by)(int64_t))
{
    bent = by;
    test_does_not_go_back(NULL);
    bent = straight;
}

/* One answer in two is late by half of what is still taken for an answer at once. */
static int64_t late(int64_t time)
{
    static unsigned turn;
    int64_t until = time + (turn++ % 2 == 0 ? 120 : 0);
    struct timespec now = {.tv_sec = 0};
    while ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec < until)
        __real_clock_gettime(CLOCK_MONOTONIC, &now);
    return 0;
}

static void test_answers_that_are_late(void **state)
{
    (void)state;
    check_while_bent(late);
}

/* The kernel's clock runs by a thousandth too fast for five milliseconds, and then as much too slow: twice
 * what it may by its own rules. */
static int64_t slewed(int64_t time)
{
    enum { SWING = 5000000, PART = 1000 };
    int64_t at = time % (2 * SWING);
    return (at < SWING ? at : 2 * SWING - at) / PART;
}

static void test_a_clock_that_is_slewed(void **state)
{
    (void)state;
    check_while_bent(slewed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees),
        cmocka_unit_test(test_does_not_go_back_in_any_thread),
        cmocka_unit_test(test_answers_that_are_late),
        cmocka_unit_test(test_a_clock_that_is_slewed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
