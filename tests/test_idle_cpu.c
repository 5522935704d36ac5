/* test_idle_cpu.c - a pool that has nothing to do uses no processor time and wakes up for
 * nothing. */
#include "support.h"

#include <sys/resource.h>

static int quick(int x)
{
    return x;
}
PAR_DECORATE(int, quick, (int, x))

static int block(int x)
{
    par_blocking_begin();
    nap(0.002);
    par_blocking_end();
    return x;
}
PAR_DECORATE(int, block, (int, x))

static double cpu_seconds(const struct rusage *use)
{
    return (double)use->ru_utime.tv_sec + (double)use->ru_stime.tv_sec +
           1e-6 * (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec);
}

/* After work of every kind, spare threads and a timer included. */
static void test_idle(void **state)
{
    enum { N = 32 };
    par_task tasks[N];
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    for (int i = 0; i < N; i++)
        tasks[i] = i % 2 ? quick_future(i) : block_future(i);
    long threads = thread_count();
    for (int i = 0; i < 20; i++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(
            par(&results, par_array(tasks, N), .pool = *state, .timeout = i % 2 ? LONG : 0), 0);
    }
    for (int i = 0; i < 1000; i++) { /* cheap ones, which have an alarm */
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(par(&results, par_list(quick_future(1), quick_future(2)), .pool = *state),
                         0);
    }
    assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = *state, .timeout = LONG),
                     0);
    assert_true(par_async_fd(async) >= 0);
    assert_int_equal(par_async_results(async, &seen), 0);
    double until = now_seconds() + LONG; /* spares end; a worker's last search is microseconds */
    while (thread_count() > threads + 9 && now_seconds() < until)
        nap(0.05);
    nap(0.1);

    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    nap(1);
    getrusage(RUSAGE_SELF, &after);
    double used = cpu_seconds(&after) - cpu_seconds(&before);
    long switches = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw;
    printf("idle for 1 s: %.3f ms of processor time, %ld context switches\n", used * 1e3, switches);
    assert_true(used < (UNDER_TSAN || UNDER_ASAN ? 0.05 : 0.005));
    /* This thread's own sleep, spares that end meanwhile; under a sanitizer its own thread as
     * well. */
    assert_true(switches < (UNDER_TSAN ? 500 : 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_POOLS(test_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
