/* test_threads_fail.c - threads that can't be started: a pool works with those it got, says so when
 * it got none, and calls that would have liked more do with what there is. */
#include "support.h"

#include "../sched/os.h"

static par_os saved;
static atomic_long starts;      /* since the last reset */
static long fail_from, fail_to; /* of those, the ones that fail */
static int fail_code;

static int failing_start(pthread_t *thread, size_t stack, void *(*run)(void *), void *argument)
{
    long n = atomic_fetch_add(&starts, 1);
    if (n >= fail_from && n < fail_to)
        return fail_code;
    return saved.start_thread(thread, stack, run, argument);
}

static void fail_starts(long from, long to, int code)
{
    atomic_store(&starts, 0);
    fail_from = from;
    fail_to = to;
    fail_code = code;
}

static const int codes[] = {EAGAIN, ENOMEM, EPERM};

static int quick(int x)
{
    return x;
}
PAR_DECORATE(int, quick, (int, x))

static void works(par_pool *pool)
{
    enum { N = 100 };
    par_task tasks[N];
    for (int i = 0; i < N; i++)
        tasks[i] = quick_future(i);
    for (int timed = 0; timed < 2; timed++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(
            par(&results, par_array(tasks, N), .pool = pool, .timeout = timed ? LONG : 0), 0);
        for (int i = 0; i < N; i++)
            assert_int_equal(par_get(results, i, int), i);
    }
}

/* The k-th can't be started, and none after it. */
static void test_fewer_threads(void **state)
{
    (void)state;
    for (size_t c = 0; c < 3; c++) {
        for (long k = 0; k <= 8; k++) {
            par_pool *pool = (par_pool *)1;
            fail_starts(k, LONG_MAX, codes[c]);
            int rc = par_pool_open(&pool, .workers = 8);
            if (k == 0) {
                assert_int_equal(rc, codes[c] == ENOMEM ? PAR_ENOMEM : PAR_EAGAIN);
                assert_null(pool);
                continue;
            }
            assert_int_equal(rc, 0);
            works(pool);
            assert_int_equal(par_pool_close(pool, LONG), 0);
        }
    }
    fail_starts(0, 0, 0);
}

/* One that fails among others that do not. */
static void test_one_missing(void **state)
{
    (void)state;
    for (long k = 0; k < 8; k++) {
        par_pool *pool = (par_pool *)1;
        fail_starts(k, k + 1, EAGAIN);
        int rc = par_pool_open(&pool, .workers = 8);
        assert_true(rc == 0 || (rc == PAR_EAGAIN && k == 0));
        if (rc == 0) {
            works(pool);
            assert_int_equal(par_pool_close(pool, LONG), 0);
        }
    }
    fail_starts(0, 0, 0);
}

/* No thread for the default pool: the call says so, and the next one that finds threads works. */
static void test_no_default_pool(void **state)
{
    (void)state;
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    atomic_int released = 0;
    fail_starts(0, LONG_MAX, EAGAIN);
    assert_null(par_pool_default());
    assert_int_equal(
        par(&results, par_list(quick_future(1)), .on_release = count_release, .context = &released),
        PAR_EAGAIN);
    assert_int_equal(atomic_load(&released), 1);
    assert_non_null(results);
    assert_string_not_equal(par_message(results), "");
    assert_int_equal(async_par(&async, par_list(quick_future(1))), PAR_EAGAIN);
    assert_int_equal(par_async_status(async), PAR_FAILED);
    assert_int_equal(par_async_results(async, &seen), PAR_EAGAIN);
    fail_starts(0, 0, 0);
    works(NULL);
    assert_non_null(par_pool_default());
    assert_int_equal(par_pool_close(par_pool_default(), LONG), 0);
}

/* Spare threads that can't be started: calls end all the same. */
static int nest(par_pool *pool, int depth);
PAR_DECORATE(int, nest, (par_pool *, pool), (int, depth))

static int nest(par_pool *pool, int depth)
{
    PAR_AUTO(par_results) *results = NULL;
    if (depth == 0)
        return 0;
    ENSURE(par(&results, par_list(nest_future(pool, depth - 1), nest_future(pool, 0)),
               .pool = pool) == 0);
    return par_get(results, 0, int) + 1;
}

static int block(int x)
{
    par_blocking_begin();
    nap(0.0005);
    par_blocking_end();
    return x;
}
PAR_DECORATE(int, block, (int, x))

static void test_no_spares(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 8; workers *= 2) {
        for (size_t c = 0; c < 3; c++) {
            par_pool *pool;
            par_task tasks[30];
            PAR_AUTO(par_results) *wide = NULL;
            PAR_AUTO(par_results) *deep = NULL;
            PAR_AUTO(par_results) *blocking = NULL;
            assert_int_equal(par_pool_open(&pool, .workers = workers), 0);
            fail_starts(0, LONG_MAX, codes[c]);
            for (int i = 0; i < 30; i++)
                tasks[i] = block_future(i);
            assert_int_equal(
                par(&wide, par_array(tasks, 30), .pool = pool, .max_workers = 30, .timeout = LONG),
                0);
            assert_int_equal(par(&blocking, par_array(tasks, 30), .pool = pool, .timeout = LONG),
                             0);
            assert_int_equal(par(&deep, par_list(nest_future(pool, 40), nest_future(pool, 40)),
                                 .pool = pool, .timeout = LONG),
                             0);
            assert_int_equal(par_get(deep, 1, int), 40);
            fail_starts(0, 0, 0);
            works(pool);
            assert_int_equal(par_pool_close(pool, LONG), 0);
        }
    }
}

/* Every second start fails, at random. */
static atomic_uint dice = 1;

static int random_start(pthread_t *thread, size_t stack, void *(*run)(void *), void *argument)
{
    if ((atomic_fetch_add(&dice, 2654435761U) >> 16 & 1) != 0)
        return EAGAIN;
    return saved.start_thread(thread, stack, run, argument);
}

static void test_half_of_the_spares(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        par_pool *pool;
        par_task tasks[30];
        assert_int_equal(par_pool_open(&pool, .workers = 2, .max_threads = 12), 0);
        par_os_table.start_thread = random_start;
        for (int i = 0; i < 30; i++)
            tasks[i] = i % 3 ? block_future(i) : nest_future(pool, 20);
        for (int k = 0; k < 3; k++) {
            PAR_AUTO(par_results) *results = NULL;
            assert_int_equal(par(&results, par_array(tasks, 30), .pool = pool, .max_workers = 10,
                                 .timeout = LONG),
                             0);
        }
        assert_int_equal(par_pool_close(pool, LONG), 0);
        par_os_table.start_thread = failing_start;
    }
}

/* Without a thread for the timer a descriptor with a deadline can't be had; the call itself is
 * unharmed. */
static void call_back(par_async *async, void *argument)
{
    (void)async;
    count_release(argument);
}

static void test_no_timer_thread(void **state)
{
    (void)state;
    par_pool *pool;
    const par_results *seen;
    atomic_int called = 0;
    assert_int_equal(par_pool_open(&pool, .workers = 2), 0);
    PAR_AUTO(par_async) *async = NULL;
    assert_int_equal(async_par(&async, par_list(block_future(1)), .pool = pool, .timeout = LONG),
                     0);
    fail_starts(0, LONG_MAX, EAGAIN);
    int fd = par_async_fd(async);
    assert_true(fd == PAR_EAGAIN || fd >= 0); /* the call may be over */
    int rc = par_async_then(async, call_back, &called);
    assert_true(rc == PAR_EAGAIN || rc == 0);
    fail_starts(0, 0, 0);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_true(par_async_fd(async) >= 0);
    assert_int_equal(par_async_then(async, call_back, &called), 0);
    assert_true(comes_to(&called, rc == 0 ? 2 : 1));
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fewer_threads),      cmocka_unit_test(test_one_missing),
        cmocka_unit_test(test_no_default_pool),    cmocka_unit_test(test_no_spares),
        cmocka_unit_test(test_half_of_the_spares), cmocka_unit_test(test_no_timer_thread),
    };
    saved = par_os_table;
    par_os_table.start_thread = failing_start;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
