/* test_nested.c - calls made in tasks: deep, wide, across pools, cancelled and timed out with the
 * call around them, on as little as one worker and on small stacks. */
#include "support.h"

/* The pool of the calls that tasks make. */
static par_pool *inner_pool;

static int depth_below(int depth);
PAR_DECORATE(int, depth_below, (int, depth))

/* Each task makes a call of one task. */
static int depth_below(int depth)
{
    if (depth == 0)
        return 0;
    PAR_AUTO(par_results) *below = NULL;
    int rc = par(&below, par_list(depth_below_future(depth - 1)), .pool = inner_pool);
    ENSURE(rc == 0);
    return par_get(below, 0, int) + 1;
}

static void test_deep_from_outside(void **state)
{
    inner_pool = *state;
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(depth_below_future(500)), .pool = *state), 0);
    assert_int_equal(par_get(results, 0, int), 500);
}

/* On a worker from the start: nobody outside helps. */
static void test_deep_from_a_worker(void **state)
{
    inner_pool = *state;
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(
        par(&results, par_list(depth_below_future(500)), .pool = *state, .timeout = LONG), 0);
    assert_int_equal(par_get(results, 0, int), 500);
    assert_int_equal(async_par(&async, par_list(depth_below_future(500)), .pool = *state), 0);
    assert_int_equal(par_async_results(async, &seen, .timeout = LONG), 0);
    assert_int_equal(par_get(seen, 0, int), 500);
}

/* A thousand tasks, each of which makes a call of twenty. */
static int one(int x)
{
    return x;
}
PAR_DECORATE(int, one, (int, x))

static long fan(int tasks)
{
    par_task inner[20];
    ENSURE(tasks <= 20);
    for (int i = 0; i < tasks; i++)
        inner[i] = one_future(i);
    PAR_AUTO(par_results) *results = NULL;
    ENSURE(par(&results, par_array(inner, (size_t)tasks), .pool = inner_pool) == 0);
    long sum = 0;
    for (int i = 0; i < tasks; i++)
        sum += par_get(results, i, int);
    return sum;
}
PAR_DECORATE(long, fan, (int, tasks))

static void test_fan_out_in_fan_out(void **state)
{
    enum { OUTER = 1000 };
    static par_task outer[OUTER];
    inner_pool = *state;
    for (int i = 0; i < OUTER; i++)
        outer[i] = fan_future(20);
    for (int timed = 0; timed < 2; timed++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(
            par(&results, par_array(outer, OUTER), .pool = *state, .timeout = timed ? LONG : 0), 0);
        for (int i = 0; i < OUTER; i++)
            assert_int_equal(par_get(results, i, long), 190);
    }
}

static long tree(int n);
PAR_DECORATE(long, tree, (int, n))

/* Fibonacci numbers, a call of two tasks at each step. */
static long tree(int n)
{
    if (n < 2)
        return n;
    PAR_AUTO(par_results) *results = NULL;
    ENSURE(par(&results, par_list(tree_future(n - 1), tree_future(n - 2)), .pool = inner_pool) ==
           0);
    return par_get(results, 0, long) + par_get(results, 1, long);
}

static void test_recursion_tree(void **state)
{
    inner_pool = *state;
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(par(&results, par_list(tree_future(17)), .pool = *state), 0);
    assert_int_equal(par_get(results, 0, long), 1597);
    assert_int_equal(async_par(&async, par_list(tree_future(17)), .pool = *state), 0);
    assert_int_equal(par_async_results(async, &seen, .timeout = LONG), 0);
    assert_int_equal(par_get(seen, 0, long), 1597);
}

/* Two pools whose tasks wait for each other's. */
static par_pool *crossing[2];

static int cross(int depth);
PAR_DECORATE(int, cross, (int, depth))

static int cross(int depth)
{
    if (depth == 0)
        return 0;
    PAR_AUTO(par_results) *results = NULL;
    int rc = par(&results, par_list(cross_future(depth - 1), cross_future(0)),
                 .pool = crossing[depth % 2], .timeout = depth % 3 == 0 ? LONG : 0);
    ENSURE(rc == 0);
    return par_get(results, 0, int) + 1;
}

static void test_two_pools_crossing(void **state)
{
    crossing[0] = *state;
    assert_int_equal(par_pool_open(&crossing[1], .workers = 1), 0);
    PAR_AUTO(par_async) *there = NULL;
    PAR_AUTO(par_async) *back = NULL;
    const par_results *seen;
    assert_int_equal(
        async_par(&there, par_list(cross_future(100), cross_future(101)), .pool = crossing[0]), 0);
    assert_int_equal(
        async_par(&back, par_list(cross_future(100), cross_future(101)), .pool = crossing[1]), 0);
    assert_int_equal(par_async_results(there, &seen, .timeout = LONG), 0);
    assert_int_equal(par_get(seen, 1, int), 101);
    assert_int_equal(par_async_results(back, &seen, .timeout = LONG), 0);
    assert_int_equal(par_get(seen, 0, int), 100);
    assert_int_equal(par_pool_close(crossing[1], LONG), 0);
}

/* Cancelling a call: its task's call sees it. */
static gate inner_runs = GATE;
static atomic_int inner_saw, inner_started;

static int until_cancelled(void)
{
    atomic_fetch_add(&inner_started, 1);
    gate_arrive(&inner_runs);
    double until = now_seconds() + LONG;
    while (!par_cancelled() && now_seconds() < until)
        nap(0.0005);
    atomic_fetch_add(&inner_saw, par_cancelled());
    return 1;
}
PAR_DECORATE(int, until_cancelled)

static int make_inner(void)
{
    PAR_AUTO(par_results) *results = NULL;
    par_task tasks[100];
    for (size_t i = 0; i < 100; i++)
        tasks[i] = until_cancelled_future();
    int rc = par(&results, par_array(tasks, 100), .pool = inner_pool, .max_workers = 1);
    ENSURE(par_cancelled());
    return rc;
}
PAR_DECORATE(int, make_inner)

static void test_cancelled_with_the_call_around_it(void **state)
{
    inner_pool = *state;
    gate_reset(&inner_runs);
    atomic_store(&inner_saw, 0);
    atomic_store(&inner_started, 0);
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(async_par(&async, par_list(make_inner_future()), .pool = *state), 0);
    assert_arrived(&inner_runs, 1);
    par_async_cancel(async);
    assert_int_equal(par_async_results(async, &seen, .timeout = LONG), PAR_ECANCELED);
    assert_int_equal(par_get(seen, 0, int), PAR_ECANCELED);
    assert_int_equal(atomic_load(&inner_started), 1);
    assert_int_equal(atomic_load(&inner_saw), 1);
}

/* So it is when all its tasks had started and each ended by itself; silent, the call returns 0. */
static int make_small_inner(bool silent)
{
    PAR_AUTO(par_results) *results = NULL;
    int rc =
        par(&results, par_list(until_cancelled_future()), .pool = inner_pool, .silent = silent);
    ENSURE(par_get(results, 0, int) == 1);
    return rc;
}
PAR_DECORATE(int, make_small_inner, (bool, silent))

static void test_cancelled_after_all_had_started(void **state)
{
    inner_pool = *state;
    for (int silent = 0; silent < 2; silent++) {
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        gate_reset(&inner_runs);
        assert_int_equal(
            async_par(&async, par_list(make_small_inner_future(silent)), .pool = *state), 0);
        assert_arrived(&inner_runs, 1);
        par_async_cancel(async);
        assert_int_equal(par_async_results(async, &seen, .timeout = LONG), PAR_ECANCELED);
        assert_int_equal(par_get(seen, 0, int), silent ? 0 : PAR_ECANCELED);
    }
}

/* A call of two, the second of which waits for the first to be seen running before it fails. */
static int fail_when_inner_runs(void)
{
    ENSURE(gate_wait_for(&inner_runs, 1, LONG));
    return par_fail(ENOENT, "on purpose");
}
PAR_DECORATE(int, fail_when_inner_runs)

static void test_cancelled_by_a_failure_beside_it(void **state)
{
    inner_pool = *state;
    gate_reset(&inner_runs);
    atomic_store(&inner_saw, 0);
    atomic_store(&inner_started, 0);
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(make_inner_future(), fail_when_inner_runs_future()),
                         .pool = *state, .max_workers = 4, .timeout = LONG),
                     PAR_ETASK);
    assert_int_equal(par_at(results, 1)->code, ENOENT);
    assert_int_equal(par_get(results, 0, int), PAR_ECANCELED);
    assert_int_equal(atomic_load(&inner_started), 1);
}

/* A deadline of the inner call's own, on whatever worker is there: the task that made it goes on.
 */
static atomic_int inner_released;

static int outlast(gate *g)
{
    ENSURE(gate_wait_for(g, 0, LONG));
    return 1;
}
PAR_DECORATE(int, outlast, (gate *, g))

static int give_inner_a_deadline(gate *g)
{
    PAR_AUTO(par_results) *results = NULL;
    double before = now_seconds();
    int rc = par(&results, par_list(outlast_future(g)), .pool = inner_pool, .timeout = 0.02,
                 .on_release = count_release, .context = &inner_released);
    ENSURE(now_seconds() - before >= 0.02);
    ENSURE(!par_cancelled());
    ENSURE(isinf(par_time_left()));
    gate_open(g);
    return rc;
}
PAR_DECORATE(int, give_inner_a_deadline, (gate *, g))

static void test_deadline_of_the_inner_call(void **state)
{
    static gate g = GATE;
    inner_pool = *state;
    atomic_store(&inner_released, 0);
    for (int i = 0; i < 3; i++) {
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        gate_reset(&g);
        assert_int_equal(
            async_par(&async, par_list(give_inner_a_deadline_future(&g)), .pool = *state), 0);
        assert_int_equal(par_async_results(async, &seen, .timeout = LONG), 0);
        assert_int_equal(par_get(seen, 0, int), PAR_ETIMEDOUT);
        assert_true(comes_to(&inner_released, i + 1));
    }
}

#if !UNDER_TSAN && !UNDER_ASAN /* there frames are many times as large */
/* Stacks of 64 KiB: waiting tasks must not pile up on one of them. */
static void test_small_stacks(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    par_pool *pool;
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par_pool_open(&pool, .workers = workers, .stack_size = 64 * 1024), 0);
    inner_pool = pool;
    assert_int_equal(par(&results, par_list(tree_future(12), depth_below_future(20)), .pool = pool,
                         .timeout = LONG),
                     0);
    assert_int_equal(par_get(results, 0, long), 144);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

static void test_deep_on_small_stacks(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    par_pool *pool;
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par_pool_open(&pool, .workers = workers, .stack_size = 64 * 1024), 0);
    inner_pool = pool;
    assert_int_equal(
        par(&results, par_list(depth_below_future(500)), .pool = pool, .timeout = LONG), 0);
    assert_int_equal(par_get(results, 0, int), 500);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* The same through two pools: tasks of the one must not pile up on a stack of the other's. */
static int cross_only(int depth);
PAR_DECORATE(int, cross_only, (int, depth))

static int cross_only(int depth)
{
    if (depth == 0)
        return 0;
    PAR_AUTO(par_results) *results = NULL;
    par_pool *pool = crossing[depth % 100 != 0];
    ENSURE(par(&results, par_list(cross_only_future(depth - 1)), .pool = pool) == 0);
    return par_get(results, 0, int) + 1;
}

static void test_crossing_on_small_stacks(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    PAR_AUTO(par_results) *results = NULL;
    for (int i = 0; i < 2; i++)
        assert_int_equal(par_pool_open(&crossing[i], .workers = workers, .stack_size = 64 * 1024),
                         0);
    assert_int_equal(
        par(&results, par_list(cross_only_future(500)), .pool = crossing[0], .timeout = LONG), 0);
    assert_int_equal(par_get(results, 0, int), 500);
    for (int i = 0; i < 2; i++)
        assert_int_equal(par_pool_close(crossing[i], LONG), 0);
}

/* No stack and no thread are left: the innermost call fails, and nothing runs into the guard page. */
static int as_deep_as_it_gets(int depth);
PAR_DECORATE(int, as_deep_as_it_gets, (int, depth))

static int as_deep_as_it_gets(int depth)
{
    PAR_AUTO(par_results) *results = NULL;
    int rc = par(&results, par_list(as_deep_as_it_gets_future(depth + 1)), .pool = inner_pool);
    if (rc == 0)
        return par_get(results, 0, int);
    ENSURE(rc == PAR_EAGAIN);
    ENSURE(par_at(results, 0)->code == PAR_EAGAIN);
    return depth;
}

static void test_no_stack_and_no_thread_left(void **state)
{
    unsigned threads = (unsigned)(uintptr_t)*state;
    assert_int_equal(
        par_pool_open(&inner_pool, .workers = 1, .max_threads = threads, .stack_size = 64 * 1024),
        0);
    for (int again = 0; again < 3; again++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(par(&results, par_list(as_deep_as_it_gets_future(0)), .pool = inner_pool,
                             .timeout = LONG),
                         0);
        assert_true(par_get(results, 0, int) > 10 * (int)threads);
    }
    assert_int_equal(par_pool_close(inner_pool, LONG), 0);
}

/* And from a thread of the program's own with such a stack. */
static void *call_deep(void *unused)
{
    PAR_AUTO(par_results) *results = NULL;
    ENSURE(par(&results, par_list(depth_below_future(500)), .pool = inner_pool) == 0);
    ENSURE(par_get(results, 0, int) == 500);
    return unused;
}

static void test_deep_from_a_small_stack(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    pthread_t thread;
    pthread_attr_t attributes;
    assert_int_equal(par_pool_open(&inner_pool, .workers = workers), 0);
    pthread_attr_init(&attributes);
    assert_int_equal(pthread_attr_setstacksize(&attributes, 64 * 1024), 0);
    assert_int_equal(pthread_create(&thread, &attributes, call_deep, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    assert_int_equal(par_pool_close(inner_pool, LONG), 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] =
    { ON_POOLS(test_deep_from_outside),
      ON_POOLS(test_deep_from_a_worker),
      ON_POOLS(test_fan_out_in_fan_out),
      ON_POOLS(test_recursion_tree),
      ON_POOLS(test_two_pools_crossing),
      ON_POOLS(test_cancelled_with_the_call_around_it),
      ON_POOLS(test_cancelled_after_all_had_started),
      ON_POOLS(test_cancelled_by_a_failure_beside_it),
      ON_POOLS(test_deadline_of_the_inner_call),
#if !UNDER_TSAN && !UNDER_ASAN
      {"test_small_stacks on 1", test_small_stacks, NULL, NULL, (void *)1},
      {"test_small_stacks on 2", test_small_stacks, NULL, NULL, (void *)2},
      {"test_small_stacks on 8", test_small_stacks, NULL, NULL, (void *)8},
      {"test_deep_on_small_stacks on 1", test_deep_on_small_stacks, NULL, NULL, (void *)1},
      {"test_deep_on_small_stacks on 2", test_deep_on_small_stacks, NULL, NULL, (void *)2},
      {"test_deep_on_small_stacks on 8", test_deep_on_small_stacks, NULL, NULL, (void *)8},
      {"test_crossing_on_small_stacks on 1", test_crossing_on_small_stacks, NULL, NULL, (void *)1},
      {"test_crossing_on_small_stacks on 8", test_crossing_on_small_stacks, NULL, NULL, (void *)8},
      {"no_stack_and_no_thread_left of 1", test_no_stack_and_no_thread_left, NULL, NULL, (void *)1},
      {"no_stack_and_no_thread_left of 2", test_no_stack_and_no_thread_left, NULL, NULL, (void *)2},
      {"test_deep_from_a_small_stack on 1", test_deep_from_a_small_stack, NULL, NULL, (void *)1},
      {"test_deep_from_a_small_stack on 8", test_deep_from_a_small_stack, NULL, NULL, (void *)8},
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
