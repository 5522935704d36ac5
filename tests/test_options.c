/* test_options.c - each option of a call: sizes of the struct, times, how many tasks at once, who
 * hears of the end. */
#include "support.h"

static atomic_int runs, now_running, most_running, released, drops;

static int setup(void **state)
{
    atomic_store(&runs, 0);
    atomic_store(&now_running, 0);
    atomic_store(&most_running, 0);
    atomic_store(&released, 0);
    atomic_store(&drops, 0);
    return open_pool(state);
}

static int quick(int x)
{
    atomic_fetch_add(&runs, 1);
    return x;
}
PAR_DECORATE(int, quick, (int, x))

static void count_drop(void *result)
{
    (void)result;
    atomic_fetch_add(&drops, 1);
}

/* Sizes */

static void test_size_0(void **state)
{
    (void)state;
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    par_options none = {.timeout = 1};
    assert_int_equal(par_run(&results, par_list(quick_future(1)), &none), PAR_EINVAL);
    assert_non_null(results);
    assert_string_not_equal(par_message(results), "");
    assert_int_equal(par_start(&async, par_list(quick_future(1)), &none), PAR_EINVAL);
    assert_int_equal(par_async_results(async, &seen), PAR_EINVAL);
    assert_int_equal(atomic_load(&runs), 0);
}

/* An older program's struct: what it does not have is the default. */
static void test_smaller_size(void **state)
{
    (void)state;
    PAR_AUTO(par_results) *results = NULL;
    par_options options = {.size = offsetof(par_options, max_workers),
                           .timeout = LONG,
                           .max_workers = 3,
                           .silent = true,
                           .on_release = count_release,
                           .context = &released,
                           .pool = (par_pool *)12345};
    assert_int_equal(par_run(&results, par_list(quick_future(1)), &options), 0);
    assert_int_equal(par_get(results, 0, int), 1);
    assert_int_equal(atomic_load(&released), 0);
    PAR_AUTO(par_results) *again = NULL;
    options.size = sizeof(size_t);
    assert_int_equal(par_run(&again, par_list(quick_future(2)), &options), 0);
    assert_int_equal(par_get(again, 0, int), 2);
}

/* A newer program's struct: it is understood if it asks for nothing new. */
typedef struct newer_options {
    par_options known;
    char tail[40];
} newer_options;

static void test_larger_size(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    newer_options options;
    memset(&options, 0, sizeof(options));
    options.known = (par_options){
        .size = sizeof(options), .pool = *state, .on_release = count_release, .context = &released};
    assert_int_equal(par_run(&results, par_list(quick_future(1)), &options.known), 0);
    assert_int_equal(par_get(results, 0, int), 1);
    assert_int_equal(atomic_load(&released), 1);
}

static void test_larger_size_with_something_unknown(void **state)
{
    for (size_t at = 0; at < sizeof((newer_options){0}.tail); at += 13) {
        PAR_AUTO(par_results) *results = NULL;
        PAR_AUTO(par_async) *async = NULL;
        newer_options options;
        memset(&options, 0, sizeof(options));
        options.known = (par_options){.size = sizeof(options),
                                      .pool = *state,
                                      .on_release = count_release,
                                      .context = &released};
        options.tail[at] = 1;
        atomic_store(&released, 0);
        assert_int_equal(par_run(&results, par_list(quick_future(1)), &options.known), PAR_EINVAL);
        assert_non_null(results);
        assert_int_equal(atomic_load(&released), 1);
        assert_int_equal(par_start(&async, par_list(quick_future(1)), &options.known), PAR_EINVAL);
        assert_int_equal(atomic_load(&released), 2);
    }
    assert_int_equal(atomic_load(&runs), 0);
}

/* Times */

static void test_times_that_mean_nothing(void **state)
{
    const double bad[] = {(double)NAN, -(double)NAN, -1, -1e-300, -(double)INFINITY};
    for (size_t i = 0; i < 5; i++) {
        PAR_AUTO(par_results) *results = NULL;
        PAR_AUTO(par_async) *async = NULL;
        PAR_AUTO(par_results) *absolute = NULL;
        atomic_store(&released, 0);
        assert_int_equal(par(&results, par_list(quick_future(1)), .pool = *state, .timeout = bad[i],
                             .on_release = count_release, .context = &released),
                         PAR_EINVAL);
        assert_int_equal(atomic_load(&released), 1);
        assert_non_null(strstr(par_message(results), "timeout"));
        assert_int_equal(
            async_par(&async, par_list(quick_future(1)), .pool = *state, .timeout = bad[i]),
            PAR_EINVAL);
        if (!isnan(bad[i]))
            continue;
        assert_int_equal(
            par(&absolute, par_list(quick_future(1)), .pool = *state, .deadline = bad[i]),
            PAR_EINVAL);
        assert_non_null(strstr(par_message(absolute), "deadline"));
    }
    assert_int_equal(atomic_load(&runs), 0);
}

/* Absurdly large is none: a task of the call sees no deadline. */
static double time_left(void)
{
    return par_time_left();
}
PAR_DECORATE(double, time_left)

static void test_absurdly_large_times(void **state)
{
    const double large[] = {(double)INFINITY, 1e300, 1e10, 0};
    for (size_t i = 0; i < 4; i++) {
        PAR_AUTO(par_results) *results = NULL;
        PAR_AUTO(par_results) *absolute = NULL;
        assert_int_equal(
            par(&results, par_list(time_left_future()), .pool = *state, .timeout = large[i]), 0);
        assert_true(isinf(par_get(results, 0, double)));
        assert_int_equal(
            par(&absolute, par_list(time_left_future()), .pool = *state, .deadline = large[i]), 0);
        assert_true(isinf(par_get(absolute, 0, double)));
    }
    PAR_AUTO(par_results) *year = NULL;
    assert_int_equal(par(&year, par_list(time_left_future()), .pool = *state, .timeout = 3.2e7), 0);
    assert_true(par_get(year, 0, double) > 3.1e7);
    PAR_AUTO(par_results) *tiny = NULL;
    assert_int_equal(par(&tiny, par_list(quick_future(1)), .pool = *state, .timeout = 1e-300),
                     PAR_ETIMEDOUT);
    assert_int_equal(atomic_load(&runs), 0);
}

/* max_workers */

static void in_company(void)
{
    int running = atomic_fetch_add(&now_running, 1) + 1;
    int most = atomic_load(&most_running);
    while (running > most && !atomic_compare_exchange_weak(&most_running, &most, running))
        ;
    for (int i = 0; i < 50; i++)
        sched_yield();
    atomic_fetch_sub(&now_running, 1);
}
PAR_DECORATE(void, in_company)

static void test_never_more_at_once_than_max_workers(void **state)
{
    enum { N = 400 };
    static par_task tasks[N];
    for (int i = 0; i < N; i++)
        tasks[i] = in_company_future();
    for (unsigned limit = 1; limit <= 3; limit++) {
        for (int way = 0; way < 3; way++) {
            PAR_AUTO(par_results) *results = NULL;
            PAR_AUTO(par_async) *async = NULL;
            const par_results *seen;
            atomic_store(&most_running, 0);
            if (way < 2)
                assert_int_equal(par(&results, par_array(tasks, N), .pool = *state,
                                     .max_workers = limit, .timeout = way ? LONG : 0),
                                 0);
            else
                assert_int_equal(
                    async_par(&async, par_array(tasks, N), .pool = *state, .max_workers = limit),
                    0);
            if (way == 2)
                assert_int_equal(par_async_results(async, &seen), 0);
            assert_in_range(atomic_load(&most_running), 1, limit);
        }
    }
}

/* As many as max_workers do run at once, whatever the size of the pool: they all meet. */
static gate all = GATE;

static int meet(unsigned n)
{
    return gate_meet(&all, n);
}
PAR_DECORATE(int, meet, (unsigned, n))

static void test_as_many_at_once_as_max_workers(void **state)
{
    static par_task tasks[64];
    const unsigned sizes[] = {3, 64};
    for (size_t i = 0; i < 2; i++) {
        unsigned n = sizes[i];
        for (unsigned k = 0; k < n; k++)
            tasks[k] = meet_future(n);
        for (int way = 0; way < 3; way++) {
            PAR_AUTO(par_results) *results = NULL;
            PAR_AUTO(par_async) *async = NULL;
            const par_results *seen;
            gate_reset(&all);
            if (way < 2) {
                assert_int_equal(par(&results, par_array(tasks, n), .pool = *state,
                                     .max_workers = n, .timeout = way ? LONG : 0),
                                 0);
                seen = results;
            } else {
                assert_int_equal(
                    async_par(&async, par_array(tasks, n), .pool = *state, .max_workers = n), 0);
                assert_int_equal(par_async_results(async, &seen, .timeout = LONG), 0);
            }
            for (unsigned k = 0; k < n; k++)
                assert_int_equal(par_get(seen, k, int), 1);
        }
    }
}

static void test_max_workers_absurdly_large(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(quick_future(1), quick_future(2), quick_future(3)),
                         .pool = *state, .max_workers = UINT_MAX),
                     0);
    assert_int_equal(par_get(results, 2, int), 3);
}

/* A blocked call does not lower the throughput of another. */
static gate hold = GATE;

static int held(void)
{
    gate_pass(&hold);
    return 1;
}
PAR_DECORATE(int, held)

static void test_limit_of_one_call_is_not_anothers(void **state)
{
    static par_task tasks[64];
    PAR_AUTO(par_async) *blocked = NULL;
    PAR_AUTO(par_results) *results = NULL;
    const par_results *seen;
    gate_reset(&hold);
    gate_reset(&all);
    for (int i = 0; i < 64; i++)
        tasks[i] = held_future();
    assert_int_equal(async_par(&blocked, par_array(tasks, 64), .pool = *state, .max_workers = 1),
                     0);
    assert_arrived(&hold, 1);
    assert_int_equal(par(&results,
                         par_list(meet_future(4), meet_future(4), meet_future(4), meet_future(4)),
                         .pool = *state, .max_workers = 4, .timeout = LONG),
                     0);
    gate_open(&hold);
    assert_int_equal(par_async_results(blocked, &seen), 0);
}

/* on_release, drop */

static int fails(int code)
{
    return par_fail(code, "so");
}
PAR_DECORATE(int, fails, (int, code))

#define RELEASE .pool = *state, .on_release = count_release, .context = &released

static void test_on_release_once_on_every_path(void **state)
{
    par_task bad = {0};
    int expected = 0;
    for (int way = 0; way < 12; way++) {
        par_results *results = NULL;
        par_async *async = NULL;
        switch (way) {
        case 0:
            par(&results, par_list(quick_future(1)), RELEASE);
            break;
        case 1:
            par(&results, par_list(quick_future(1), fails_future(5)), RELEASE);
            break;
        case 2:
            par(&results, par_list(), RELEASE);
            break;
        case 3:
            par(&results, par_list(bad), RELEASE);
            break;
        case 4:
            par(&results, par_named({"", quick_future(1)}), RELEASE);
            break;
        case 5:
            par(&results, par_list(quick_future(1)), RELEASE, .timeout = -1);
            break;
        case 6:
            par(&results, par_list(quick_future(1)), RELEASE, .deadline = 1);
            break;
        case 7:
            par(&results, par_array(NULL, 3), RELEASE);
            break;
        case 8:
            async_par(&async, par_list(quick_future(1)), RELEASE);
            break;
        case 9:
            async_par(&async, par_list(bad), RELEASE);
            break;
        case 10:
            async_par(&async, par_list(quick_future(1)), RELEASE, .deadline = 1);
            break;
        default:
            async_par(&async, par_list(quick_future(1)), RELEASE, .timeout = LONG);
            break;
        }
        expected++;
        if (way < 8 || way == 9)
            assert_int_equal(atomic_load(&released), expected);
        par_results_free(results);
        par_async_free(async);
        assert_int_equal(atomic_load(&released), expected);
    }
    assert_int_equal(par(NULL, par_list(quick_future(1)), RELEASE), PAR_EINVAL);
    assert_int_equal(atomic_load(&released), expected);
}

/* Results that the caller has are not dropped, in calls that failed neither. */
static void test_drop_only_what_nobody_takes(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_results) *failed = NULL;
    assert_int_equal(par(&results, par_list(quick_future(1), quick_future(2)), .pool = *state,
                         .drop = count_drop),
                     0);
    assert_int_equal(par(&failed, par_list(quick_future(1), fails_future(1), quick_future(2)),
                         .pool = *state, .drop = count_drop, .max_workers = 1),
                     PAR_ETASK);
    assert_int_equal(par_get(failed, 0, int), 1);
    assert_int_equal(atomic_load(&drops), 0);
    par_async *async;
    assert_int_equal(async_par(&async, par_list(quick_future(1), fails_future(1)), RELEASE,
                               .drop = count_drop, .silent = true),
                     0);
    assert_true(comes_to(&released, 1));
    par_async_free(async);
    assert_int_equal(atomic_load(&drops), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_WORKERS(test_size_0, setup, 0),
        ON_WORKERS(test_smaller_size, setup, 0),
        SETUP_ON_POOLS(test_larger_size, setup),
        SETUP_ON_POOLS(test_times_that_mean_nothing, setup),
        SETUP_ON_POOLS(test_absurdly_large_times, setup),
        SETUP_ON_POOLS(test_never_more_at_once_than_max_workers, setup),
        SETUP_ON_POOLS(test_as_many_at_once_as_max_workers, setup),
        SETUP_ON_POOLS(test_max_workers_absurdly_large, setup),
        SETUP_ON_POOLS(test_limit_of_one_call_is_not_anothers, setup),
        SETUP_ON_POOLS(test_on_release_once_on_every_path, setup),
        SETUP_ON_POOLS(test_drop_only_what_nobody_takes, setup),
        SETUP_ON_POOLS(test_larger_size_with_something_unknown, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
