/* test_blocking.c - tasks that say that they block: others run meanwhile, and the threads that were
 * started for them end again. */
#include "support.h"

static gate all = GATE;
static atomic_int runs;

static int setup(void **state)
{
    gate_reset(&all);
    atomic_store(&runs, 0);
    return open_pool(state);
}

static int meet(unsigned n)
{
    par_blocking_begin();
    bool met = gate_meet(&all, n);
    par_blocking_end();
    atomic_fetch_add(&runs, 1);
    return met;
}
PAR_DECORATE(int, meet, (unsigned, n))

/* 64 tasks wait for each other, on however few workers. */
static void test_all_meet(void **state)
{
    par_task tasks[64];
    for (int i = 0; i < 64; i++)
        tasks[i] = meet_future(64);
    for (int way = 0; way < 3; way++) {
        PAR_AUTO(par_results) *results = NULL;
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        gate_reset(&all);
        if (way < 2) {
            assert_int_equal(
                par(&results, par_array(tasks, 64), .pool = *state, .timeout = way ? LONG : 0), 0);
            seen = results;
        } else {
            assert_int_equal(async_par(&async, par_array(tasks, 64), .pool = *state), 0);
            assert_int_equal(par_async_results(async, &seen, .timeout = LONG), 0);
        }
        for (int i = 0; i < 64; i++)
            assert_int_equal(par_get(seen, i, int), 1);
    }
    assert_int_equal(atomic_load(&runs), 3 * 64);
}

/* Beside a task that blocks, other calls go on. */
static int held(unsigned unused)
{
    (void)unused;
    par_blocking_begin();
    par_blocking_begin(); /* they nest */
    par_blocking_end();
    gate_pass(&all);
    par_blocking_end();
    return 1;
}
PAR_DECORATE(int, held, (unsigned, unused))

static int quick(int x)
{
    return x;
}
PAR_DECORATE(int, quick, (int, x))

static void test_other_calls_go_on(void **state)
{
    par_task tasks[20];
    PAR_AUTO(par_async) *blocked = NULL;
    const par_results *seen;
    for (int i = 0; i < 20; i++)
        tasks[i] = held_future(0);
    assert_int_equal(async_par(&blocked, par_array(tasks, 20), .pool = *state), 0);
    assert_arrived(&all, 20);
    for (int i = 0; i < 100; i++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(par(&results, par_list(quick_future(i)), .pool = *state, .timeout = LONG),
                         0);
        assert_int_equal(par_get(results, 0, int), i);
    }
    gate_open(&all);
    assert_int_equal(par_async_results(blocked, &seen), 0);
}

/* Between begin and end, and after: the task may make calls. */
static int call_while_blocked(par_pool *pool)
{
    PAR_AUTO(par_results) *results = NULL;
    par_blocking_begin();
    ENSURE(par(&results, par_list(quick_future(1), quick_future(2)), .pool = pool) == 0);
    par_blocking_end();
    return par_get(results, 1, int);
}
PAR_DECORATE(int, call_while_blocked, (par_pool *, pool))

static void test_calls_while_blocked(void **state)
{
    par_task tasks[50];
    PAR_AUTO(par_results) *results = NULL;
    for (int i = 0; i < 50; i++)
        tasks[i] = call_while_blocked_future(*state);
    assert_int_equal(par(&results, par_array(tasks, 50), .pool = *state, .timeout = LONG), 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(par_get(results, i, int), 2);
}

/* No more threads than max_threads, and still an end. */
static int block(int x)
{
    par_blocking_begin();
    nap(0.001);
    par_blocking_end();
    return x;
}
PAR_DECORATE(int, block, (int, x))

static void test_no_more_than_max_threads(void **state)
{
    par_pool *pool;
    par_task tasks[64];
    PAR_AUTO(par_results) *results = NULL;
    (void)state;
    assert_int_equal(par_pool_close(par_pool_default(), LONG), 0); /* with its spare threads */
    long before = thread_count();
    for (int i = 0; i < 64; i++)
        tasks[i] = block_future(i);
    assert_int_equal(par_pool_open(&pool, .workers = 2, .max_threads = 5), 0);
    assert_int_equal(par(&results, par_array(tasks, 64), .pool = pool, .timeout = LONG), 0);
    assert_true(thread_count() <= before + 5 + 1); /* the monitor */
    PAR_AUTO(par_results) *wide = NULL;
    assert_int_equal(
        par(&wide, par_array(tasks, 64), .pool = pool, .timeout = LONG, .max_workers = 64), 0);
    assert_true(thread_count() <= before + 5 + 1); /* the monitor */
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* As many tasks as there may be threads block, and say nothing: calls wait for their turn, or for their
 * deadline, and then nothing of them has run; and all goes on when the tasks come back. */
static gate for_good = GATE;
static atomic_int ran_meanwhile;

static int block_for_good(int x)
{
    gate_arrive(&for_good);
    ENSURE(gate_wait_for(&for_good, 0, LONG));
    return x;
}
PAR_DECORATE(int, block_for_good, (int, x))

static int note_run(int x)
{
    atomic_fetch_add(&ran_meanwhile, 1);
    return x;
}
PAR_DECORATE(int, note_run, (int, x))

static void test_all_threads_blocked(void **state)
{
    enum { THREADS = 6 };
    par_pool *pool;
    par_task tasks[THREADS];
    PAR_AUTO(par_async) *blocked = NULL, *waiting = NULL;
    const par_results *seen;
    (void)state;
    gate_reset(&for_good);
    atomic_store(&ran_meanwhile, 0);
    for (int i = 0; i < THREADS; i++)
        tasks[i] = block_for_good_future(i);
    assert_int_equal(par_pool_open(&pool, .workers = 2, .max_threads = THREADS), 0);
    assert_int_equal(async_par(&blocked, par_array(tasks, THREADS), .pool = pool), 0);
    assert_arrived(&for_good, THREADS);
    assert_int_equal(async_par(&waiting, par_list(note_run_future(1)), .pool = pool), 0);
    for (int i = 0; i < 10; i++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(par(&results, par_list(note_run_future(2), note_run_future(3)),
                             .pool = pool, .timeout = 0.01),
                         PAR_ETIMEDOUT);
        assert_true(par_at(results, 0)->ran == 0);
    }
    assert_int_equal(atomic_load(&ran_meanwhile), 0);
    assert_int_equal(par_async_status(waiting), PAR_STARTED);
    gate_open(&for_good);
    assert_int_equal(par_async_results(waiting, &seen, .timeout = LONG), 0);
    assert_int_equal(par_async_results(blocked, &seen, .timeout = LONG), 0);
    assert_int_equal(atomic_load(&ran_meanwhile), 1);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* Spare threads end when nothing has come for them; the workers stay, and the monitor. */
static void test_spares_retire(void **state)
{
    par_pool *pool;
    par_task tasks[64];
    (void)state;
    assert_int_equal(par_pool_close(par_pool_default(), LONG), 0); /* with its spare threads */
    assert_int_equal(par_pool_open(&pool, .workers = 2), 0);
    long before = thread_count();
    for (int i = 0; i < 64; i++)
        tasks[i] = meet_future(64);
    for (int round = 0; round < 2; round++) {
        PAR_AUTO(par_results) *results = NULL;
        gate_reset(&all);
        assert_int_equal(par(&results, par_array(tasks, 64), .pool = pool, .timeout = LONG), 0);
        assert_true(thread_count() >= before + 40);
        double until = now_seconds() + LONG;
        while (thread_count() > before + 1 && now_seconds() < until)
            nap(0.02);
        assert_int_equal(thread_count(), before + 1);
    }
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETUP_ON_POOLS(test_all_meet, setup),
        SETUP_ON_POOLS(test_other_calls_go_on, setup),
        SETUP_ON_POOLS(test_calls_while_blocked, setup),
        ON_WORKERS(test_no_more_than_max_threads, setup, 0),
        ON_WORKERS(test_all_threads_blocked, setup, 0),
        ON_WORKERS(test_spares_retire, setup, 0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
