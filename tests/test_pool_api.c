/* test_pool_api.c - pools: opening and closing, and what a closed one answers. */
#include "support.h"

static gate hold = GATE;
static atomic_int released;

static int quick(int x)
{
    return x;
}
PAR_DECORATE(int, quick, (int, x))

static int held(int x)
{
    gate_pass(&hold);
    return x;
}
PAR_DECORATE(int, held, (int, x))

static int setup(void **state)
{
    (void)state;
    gate_reset(&hold);
    atomic_store(&released, 0);
    return 0;
}

static void works(par_pool *pool)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(
        par(&results, par_list(quick_future(1), quick_future(2)), .pool = pool, .timeout = LONG),
        0);
    assert_int_equal(par_get(results, 1, int), 2);
}

static void test_options(void **state)
{
    (void)state;
    const par_pool_options good[] = {
        {.size = sizeof(*good)},
        {.size = sizeof(*good), .workers = 1, .max_threads = 1},
        {.size = sizeof(*good), .workers = 3, .max_threads = 200, .spin_us = 1},
        {.size = sizeof(*good), .workers = 2, .spin_us = 1000},
        {.size = sizeof(*good), .workers = 2, .stack_size = 262144 + 1, .name = ""},
        {.size = sizeof(*good), .workers = 2, .name = "a name that is longer than any thread's"},
        {.size = offsetof(par_pool_options, max_threads), .workers = 2, .max_threads = 1},
        {.size = sizeof(size_t), .workers = 5000},
        {.size = sizeof(*good), .max_threads = 1},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        par_pool *pool = NULL;
        assert_int_equal(par_pool_create(&pool, &good[i]), 0);
        assert_non_null(pool);
        works(pool);
        assert_int_equal(par_pool_close(pool, LONG), 0);
    }
    par_pool *pool;
    assert_int_equal(par_pool_create(&pool, NULL), 0);
    works(pool);
    assert_int_equal(par_pool_close(pool, 0), 0);
}

static void test_bad_options(void **state)
{
    (void)state;
    const struct {
        par_pool_options known;
        char tail[16];
    } newer = {{.size = sizeof(newer)}, {[15] = 1}};
    const par_pool_options bad[] = {
        {.size = 0},
        {.size = 1},
        {.size = SIZE_MAX},
        {.size = sizeof(*bad), .workers = 4097},
        {.size = sizeof(*bad), .workers = UINT_MAX},
        {.size = sizeof(*bad), .workers = 2, .max_threads = 1},
        {.size = sizeof(*bad), .max_threads = 65537},
        {.size = sizeof(*bad), .stack_size = 1},
        {.size = sizeof(*bad), .spin_us = UINT_MAX},
    };
    par_pool *pool = (par_pool *)1;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        pool = (par_pool *)1;
        assert_int_equal(par_pool_create(&pool, &bad[i]), PAR_EINVAL);
        assert_null(pool);
    }
    pool = (par_pool *)1;
    assert_int_equal(par_pool_create(&pool, &newer.known), PAR_EINVAL);
    assert_null(pool);
    assert_int_equal(par_pool_create(NULL, NULL), PAR_EINVAL);
}

/* A stack that no machine has: refused, or no thread could be started; never another size. */
static void test_stacks_that_cannot_be(void **state)
{
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 100, SIZE_MAX - 4095, SIZE_MAX / 2};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        par_pool *pool = (par_pool *)1;
        int rc = par_pool_open(&pool, .workers = 1, .stack_size = sizes[i]);
        if (rc == 0)
            par_pool_close(pool, LONG);
        assert_true(rc == PAR_EINVAL || rc == PAR_EAGAIN || rc == PAR_ENOMEM);
        assert_null(pool);
    }
}

static void refuses(par_pool *pool, int code)
{
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_async) *async = NULL;
    atomic_store(&released, 0);
    assert_int_equal(par(&results, par_list(quick_future(1)), .pool = pool,
                         .on_release = count_release, .context = &released),
                     code);
    assert_int_equal(atomic_load(&released), 1);
    assert_string_not_equal(par_message(results), "");
    assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = pool), code);
    assert_int_equal(par_async_status(async), PAR_FAILED);
    assert_int_equal(par_pool_close(pool, 0), code);
}

/* Handles that were never given out. */
static void test_no_handles(void **state)
{
    par_pool *pool;
    (void)state;
    assert_int_equal(par_pool_open(&pool, .workers = 1), 0);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    refuses((par_pool *)1, PAR_ECLOSED);
    refuses((par_pool *)((uintptr_t)pool + 2048), PAR_ECLOSED);
    refuses((par_pool *)((uintptr_t)pool - 2048), PAR_ECLOSED);
    refuses((par_pool *)UINTPTR_MAX, PAR_ECLOSED);
}

/* The first call of a process, from a thread with the smallest stack there is. */
static void *call_from_here(void *unused)
{
    works(NULL);
    return unused;
}

static void test_first_call_on_a_small_stack(void **state)
{
    pthread_t thread;
    pthread_attr_t attributes;
    size_t least = UNDER_TSAN || UNDER_ASAN ? 131072 : (size_t)PTHREAD_STACK_MIN;
    (void)state;
    assert_int_equal(par_pool_close(par_pool_default(), LONG), 0);
    pthread_attr_init(&attributes);
    assert_int_equal(pthread_attr_setstacksize(&attributes, least), 0);
    assert_int_equal(pthread_create(&thread, &attributes, call_from_here, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

static void test_closed_for_ever(void **state)
{
    par_pool *first, *others[20];
    (void)state;
    assert_int_equal(par_pool_open(&first, .workers = 2), 0);
    works(first);
    assert_int_equal(par_pool_close(first, LONG), 0);
    refuses(first, PAR_ECLOSED);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 20; i++) {
            assert_int_equal(par_pool_open(&others[i], .workers = 1), 0);
            assert_ptr_not_equal(first, others[i]);
        }
        refuses(first, PAR_ECLOSED);
        for (int i = 0; i < 20; i++)
            assert_int_equal(par_pool_close(others[i], LONG), 0);
    }
    refuses(first, PAR_ECLOSED);
}

static void test_times_of_closing(void **state)
{
    par_pool *pool;
    (void)state;
    assert_int_equal(par_pool_open(&pool, .workers = 1), 0);
    assert_int_equal(par_pool_close(pool, -1), PAR_EINVAL);
    assert_int_equal(par_pool_close(pool, (double)NAN), PAR_EINVAL);
    works(pool);
    assert_int_equal(par_pool_close(pool, (double)INFINITY), 0);
    assert_int_equal(par_pool_close(NULL, 0), PAR_EINVAL);
}

/* Closing while a task runs: it times out, new calls are refused, the task goes on, and closing
 * again ends it. */
static void test_close_with_tasks_running(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    par_pool *pool;
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(par_pool_open(&pool, .workers = workers), 0);
    assert_int_equal(async_par(&async, par_list(held_future(1), quick_future(2)), .pool = pool,
                               .max_workers = 1),
                     0);
    assert_arrived(&hold, 1);
    double before = now_seconds();
    assert_int_equal(par_pool_close(pool, 0.03), PAR_ETIMEDOUT);
    assert_true(now_seconds() - before >= 0.03);
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(quick_future(1)), .pool = pool), PAR_ECLOSED);
    assert_int_equal(par_pool_close(pool, 1e-9), PAR_ETIMEDOUT);
    gate_open(&hold);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(par_get(seen, 0, int), 1);
    assert_int_equal(par_get(seen, 1, int), 2);
}

/* Calls that tasks make are run though the pool is being closed. */
static int call_when_opened(par_pool *pool)
{
    PAR_AUTO(par_results) *results = NULL;
    gate_pass(&hold);
    int rc = par(&results, par_list(quick_future(1), quick_future(2)), .pool = pool);
    return rc == 0 ? par_get(results, 1, int) : rc;
}
PAR_DECORATE(int, call_when_opened, (par_pool *, pool))

/* The same from a task of another pool's that a task of this one waits for. */
static int call_through(par_pool *other, par_pool *pool)
{
    PAR_AUTO(par_results) *results = NULL;
    int rc = par(&results, par_list(call_when_opened_future(pool)), .pool = other, .timeout = LONG);
    return rc == 0 ? par_get(results, 0, int) : rc;
}
PAR_DECORATE(int, call_through, (par_pool *, other), (par_pool *, pool))

static void test_calls_of_tasks_while_closing(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    for (int through = 0; through < 2; through++) {
        par_pool *pool, *other;
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        gate_reset(&hold);
        assert_int_equal(par_pool_open(&pool, .workers = workers), 0);
        assert_int_equal(par_pool_open(&other, .workers = workers), 0);
        assert_int_equal(async_par(&async,
                                   par_list(through ? call_through_future(other, pool)
                                                    : call_when_opened_future(pool)),
                                   .pool = pool),
                         0);
        assert_arrived(&hold, 1);
        assert_int_equal(par_pool_close(pool, 1e-3), PAR_ETIMEDOUT);
        gate_open(&hold);
        assert_int_equal(par_pool_close(pool, LONG), 0);
        assert_int_equal(par_async_results(async, &seen), 0);
        assert_int_equal(par_get(seen, 0, int), 2);
        assert_int_equal(par_pool_close(other, LONG), 0);
    }
}

static int close_own(par_pool *pool)
{
    return par_pool_close(pool, 0.01);
}
PAR_DECORATE(int, close_own, (par_pool *, pool))

static atomic_int callback_said, callbacks;

static void close_in_callback(par_async *async, void *pool)
{
    (void)async;
    atomic_store(&callback_said, par_pool_close(pool, 0.01));
    atomic_fetch_add(&callbacks, 1);
}

static void test_closing_from_inside(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    par_pool *pool;
    assert_int_equal(par_pool_open(&pool, .workers = workers), 0);
    for (int way = 0; way < 3; way++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(par(&results, par_list(close_own_future(pool), close_own_future(pool)),
                             .pool = pool, .timeout = way == 1 ? LONG : 0, .max_workers = 2),
                         0);
        assert_int_equal(par_get(results, 0, int), PAR_EDEADLK);
        assert_int_equal(par_get(results, 1, int), PAR_EDEADLK);
    }
    PAR_AUTO(par_async) *async = NULL;
    atomic_store(&callbacks, 0);
    assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = pool), 0);
    assert_int_equal(par_async_then(async, close_in_callback, pool), 0);
    assert_true(comes_to(&callbacks, 1));
    assert_int_equal(atomic_load(&callback_said), PAR_EDEADLK);
    works(pool);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* on_release, on the caller's thread or a worker: closing would wait for the call itself. */
static atomic_int release_said;

static void close_in_release(void *pool)
{
    atomic_store(&release_said, par_pool_close(pool, 0));
}

static void test_closing_from_on_release(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    par_pool *pool;
    assert_int_equal(par_pool_open(&pool, .workers = workers), 0);
    for (int way = 0; way < 3; way++) {
        PAR_AUTO(par_results) *results = NULL;
        atomic_store(&release_said, 0);
        assert_int_equal(par(&results, way == 0 ? par_list() : par_list(quick_future(1)),
                             .pool = pool, .timeout = way == 2 ? LONG : 0,
                             .on_release = close_in_release, .context = pool),
                         0);
        assert_int_equal(atomic_load(&release_said), PAR_EDEADLK);
    }
    works(pool);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

static void use_the_default_pool(void *unused)
{
    (void)unused;
    works(NULL);
}

static void test_1024_pools(void **state)
{
    static par_pool *pools[1025];
    size_t n = 0;
    int rc = 0;
    (void)state;
    while (n < 1025 && (rc = par_pool_open(&pools[n], .workers = 1, .max_threads = 1,
                                           .stack_size = 65536)) == 0)
        n++;
    assert_null(pools[n]);
    assert_int_equal(rc, PAR_EAGAIN);
    assert_in_range(n, 1000, 1024); /* the default pool may be one */
    if (!UNDER_TSAN && !UNDER_ASAN) /* a child of fork() has room for its own */
        assert_child_exits(in_child(use_the_default_pool, NULL), 0);
    works(pools[0]);
    works(pools[n - 1]);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(par_pool_close(pools[i], LONG), 0);
    assert_int_equal(par_pool_open(&pools[0], .workers = 1), 0);
    assert_int_equal(par_pool_close(pools[0], LONG), 0);
}

static void test_opened_and_closed_often(void **state)
{
    (void)state;
    assert_int_equal(par_pool_close(par_pool_default(), LONG), 0);
    for (int i = 0; i < 500; i++) {
        par_pool *pool;
        assert_int_equal(par_pool_open(&pool, .workers = (unsigned)(1 + i % 4)), 0);
        if (i % 2 == 0)
            works(pool);
        assert_int_equal(par_pool_close(pool, LONG), 0);
    }
    /* A thread that was joined or has detached itself is gone for the kernel at once or soon. */
    double until = now_seconds() + LONG;
    while (thread_count() > 1 + UNDER_TSAN && now_seconds() < until)
        nap(0.001);
    assert_true(thread_count() <= 1 + UNDER_TSAN);
}

static void test_the_default_pool_starts_again(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        par_pool *pool = par_pool_default();
        assert_non_null(pool);
        assert_ptr_equal(pool, par_pool_default());
        works(NULL);
        works(pool);
        assert_int_equal(par_pool_close(pool, LONG), 0);
        assert_int_equal(par_pool_close(pool, LONG), PAR_ECLOSED);
        works(NULL);
        assert_ptr_not_equal(pool, par_pool_default());
    }
}

#define ON(f, n)                                             \
    {                                                        \
#f " on " #n, f, setup, NULL, (void *)(uintptr_t)(n) \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(test_options, 0),
        ON(test_bad_options, 0),
        ON(test_no_handles, 0),
        ON(test_first_call_on_a_small_stack, 0),
        ON(test_closed_for_ever, 0),
        ON(test_times_of_closing, 0),
        ON(test_close_with_tasks_running, 1),
        ON(test_close_with_tasks_running, 2),
        ON(test_close_with_tasks_running, 8),
        ON(test_closing_from_inside, 1),
        ON(test_closing_from_inside, 2),
        ON(test_closing_from_inside, 8),
        ON(test_closing_from_on_release, 1),
        ON(test_closing_from_on_release, 2),
        ON(test_1024_pools, 0),
        ON(test_opened_and_closed_often, 0),
        ON(test_the_default_pool_starts_again, 0),
        ON(test_calls_of_tasks_while_closing, 1),
        ON(test_calls_of_tasks_while_closing, 2),
        ON(test_calls_of_tasks_while_closing, 8),
        ON(test_stacks_that_cannot_be, 0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
