/* test_stuck.c - tasks that take too long are told of, once; and pools that change their size. */
#include "support.h"

#include <sched.h>

static gate hold = GATE;
static atomic_int told, runs;
static char told_name[32], told_function[32], told_argument[32];
static double told_seconds;

static int held(const char *what)
{
    (void)what;
    gate_arrive(&hold);
    ENSURE(gate_wait_for(&hold, 0, LONG));
    return 1;
}
PAR_DECORATE(int, held, (const char *, what))

static int quick(int x)
{
    atomic_fetch_add(&runs, 1);
    return x;
}
PAR_DECORATE(int, quick, (int, x))

static void note_stuck(const par_slot *task, double seconds, void *context)
{
    ENSURE(context == &told);
    if (strcmp(task->function, "held") != 0)
        return; /* the one that waits for this */
    ENSURE(task->status == PAR_STARTED && task->n_args == 1);
    ENSURE(seconds >= 0.05 && task->ran == seconds && task->waited >= 0);
    snprintf(told_name, sizeof(told_name), "%s", task->name != NULL ? task->name : "");
    snprintf(told_function, sizeof(told_function), "%s", task->function);
    if (task->args[0].type == PAR_STRING)
        snprintf(told_argument, sizeof(told_argument), "%s", task->args[0].as.s);
    told_seconds = seconds;
    atomic_fetch_add(&told, 1);
}

/* Once for the task that is held, whoever runs it, and not for quick ones; while it is held, and while
 * nothing else waits. */
static void test_stuck_is_told_once(void **state)
{
    unsigned workers = (unsigned)(uintptr_t)*state;
    par_pool *pool;
    atomic_store(&told, 0);
    assert_int_equal(par_pool_open(&pool, .workers = workers, .on_stuck = note_stuck,
                                   .context = &told, .stuck_after = 0.05),
                     0);
    for (int round = 0; round < 3; round++) {
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        gate_reset(&hold);
        assert_int_equal(async_par(&async,
                                   par_named({"a", held_future("this")}, {"b", quick_future(2)}),
                                   .pool = pool, .timeout = round == 1 ? LONG : 0),
                         0);
        assert_true(comes_to(&told, round + 1));
        assert_string_equal(told_name, "a");
        assert_string_equal(told_function, "held");
        assert_string_equal(told_argument, "this");
        nap(0.12); /* more than twice as long, and not told again */
        assert_int_equal(atomic_load(&told), round + 1);
        gate_open(&hold);
        assert_int_equal(par_async_results(async, &seen), 0);
        assert_int_equal(par_at(seen, 0)->status, PAR_DONE);
    }
    assert_int_equal(par_pool_close(pool, LONG), 0);
    assert_int_equal(atomic_load(&told), 3);
}

/* The caller's own thread runs it. */
static int open_later(void)
{
    while (atomic_load(&told) == 0)
        nap(0.001);
    gate_open(&hold);
    return 1;
}
PAR_DECORATE(int, open_later)

static void test_stuck_on_the_caller(void **state)
{
    par_pool *pool;
    PAR_AUTO(par_results) *results = NULL;
    (void)state;
    atomic_store(&told, 0);
    gate_reset(&hold);
    assert_int_equal(par_pool_open(&pool, .workers = 1, .max_threads = 1, .on_stuck = note_stuck,
                                   .context = &told, .stuck_after = 0.05),
                     0);
    assert_int_equal(par(&results, par_list(held_future("x"), open_later_future()), .pool = pool),
                     0);
    assert_int_equal(atomic_load(&told), 1);
    assert_string_equal(told_name, "");
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

static void test_bad_stuck_after(void **state)
{
    (void)state;
    const double bad[] = {-1, (double)NAN};
    for (int i = 0; i < 2; i++) {
        par_pool *pool;
        assert_int_equal(par_pool_open(&pool, .on_stuck = note_stuck, .stuck_after = bad[i]),
                         PAR_EINVAL);
    }
}

/* --- Resizing --------------------------------------------------------------------------------- */

static atomic_int at_once, most_at_once;

static int compute(int rounds)
{
    int now = atomic_fetch_add(&at_once, 1) + 1;
    int most = atomic_load(&most_at_once);
    while (now > most && !atomic_compare_exchange_strong(&most_at_once, &most, now))
        ;
    for (int i = 0; i < rounds; i++)
        sched_yield();
    atomic_fetch_sub(&at_once, 1);
    return rounds;
}
PAR_DECORATE(int, compute, (int, rounds))

static int most_of(par_pool *pool)
{
    enum { N = 400 };
    static par_task tasks[N];
    PAR_AUTO(par_results) *results = NULL;
    for (int i = 0; i < N; i++)
        tasks[i] = compute_future(20);
    atomic_store(&most_at_once, 0);
    assert_int_equal(par(&results, par_array(tasks, N), .pool = pool, .timeout = LONG), 0);
    return atomic_load(&most_at_once);
}

static void test_resize(void **state)
{
    par_pool *pool;
    (void)state;
    assert_int_equal(par_pool_open(&pool, .workers = 2, .max_threads = 10), 0);
    assert_in_range(most_of(pool), 1, 2);
    assert_int_equal(par_pool_resize(pool, 6), 0);
    assert_in_range(most_of(pool), 3, 6);
    assert_int_equal(par_pool_resize(pool, 1), 0);
    most_of(pool); /* those that were too many each end a task at most */
    assert_int_equal(most_of(pool), 1);
    assert_int_equal(par_pool_resize(pool, 0), 0);
    assert_true(most_of(pool) >= 1);
    assert_int_equal(par_pool_resize(pool, 11), PAR_EINVAL);
    assert_int_equal(par_pool_resize(pool, 4097), PAR_EINVAL);
    assert_int_equal(par_pool_resize(NULL, 2), PAR_EINVAL);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    assert_int_equal(par_pool_resize(pool, 2), PAR_ECLOSED);
}

/* While calls are under way, from any thread. */
static void *resize_often(void *pool)
{
    for (unsigned i = 0; i < 300; i++)
        ENSURE(par_pool_resize(pool, i % 8 + 1) == 0);
    return NULL;
}

static void test_resize_under_load(void **state)
{
    par_pool *pool;
    pthread_t thread;
    (void)state;
    assert_int_equal(par_pool_open(&pool, .workers = 2, .max_threads = 20), 0);
    assert_int_equal(pthread_create(&thread, NULL, resize_often, pool), 0);
    for (int i = 0; i < 20; i++)
        most_of(pool);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(par_pool_resize(pool, 2), 0);
    most_of(pool);
    assert_in_range(most_of(pool), 1, 2);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"test_stuck_is_told_once on 1", test_stuck_is_told_once, NULL, NULL, (void *)1},
        {"test_stuck_is_told_once on 2", test_stuck_is_told_once, NULL, NULL, (void *)2},
        {"test_stuck_is_told_once on 8", test_stuck_is_told_once, NULL, NULL, (void *)8},
        cmocka_unit_test(test_stuck_on_the_caller),
        cmocka_unit_test(test_bad_stuck_after),
        cmocka_unit_test(test_resize),
        cmocka_unit_test(test_resize_under_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
