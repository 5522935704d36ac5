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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees),
        cmocka_unit_test(test_does_not_go_back_in_any_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
