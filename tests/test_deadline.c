/* test_deadline.c - calls with a deadline: when they return, what late tasks may touch, where their
 * results go. */
#include "support.h"

#include <sys/mman.h>

static gate hold = GATE;
static atomic_int runs, drops, dropped_sum, released;

static int setup(void **state)
{
    gate_reset(&hold);
    atomic_store(&runs, 0);
    atomic_store(&drops, 0);
    atomic_store(&dropped_sum, 0);
    atomic_store(&released, 0);
    return open_pool(state);
}

static void drop(void *result)
{
    atomic_fetch_add(&drops, 1);
    atomic_fetch_add(&dropped_sum, *(int *)result);
}

static int quick(int x)
{
    atomic_fetch_add(&runs, 1);
    return x;
}
PAR_DECORATE(int, quick, (int, x))

/* Outlasts the deadline, whatever that is: the test opens the gate when the call has returned. */
static int held(int x)
{
    atomic_fetch_add(&runs, 1);
    gate_pass(&hold);
    return x;
}
PAR_DECORATE(int, held, (int, x))

/* Neither early nor late: at least the time, and not some other one. */
static void test_when_it_returns(void **state)
{
    for (int way = 0; way < 4; way++) {
        PAR_AUTO(par_results) *results = NULL;
        bool silent = way % 2, absolute = way / 2;
        gate_reset(&hold);
        double before = now_seconds();
        assert_int_equal(par(&results,
                             par_named({"quick", quick_future(1)}, {"held", held_future(2)}),
                             .pool = *state, .timeout = absolute ? 0 : 0.05,
                             .deadline = absolute ? before + 0.05 : 0, .silent = silent,
                             .on_release = count_release, .context = &released),
                         silent ? 0 : PAR_ETIMEDOUT);
        double lasted = now_seconds() - before;
        gate_open(&hold);
        assert_true(comes_to(&released, way + 1));
        assert_true(lasted >= 0.05);
        assert_true(lasted < 10);
        const par_slot *slot = par_find(results, "held");
        assert_int_equal(slot->status, PAR_FAILED);
        assert_int_equal(slot->code, PAR_ETIMEDOUT);
        assert_string_not_equal(slot->message, "");
        assert_true((*par_message(results) == '\0') == silent);
    }
}

static void test_the_earlier_of_timeout_and_deadline(void **state)
{
    for (int way = 0; way < 2; way++) {
        PAR_AUTO(par_results) *results = NULL;
        gate_reset(&hold);
        double before = now_seconds();
        assert_int_equal(par(&results, par_list(held_future(1)), .pool = *state,
                             .timeout = way ? 0.02 : LONG, .deadline = before + (way ? LONG : 0.02),
                             .on_release = count_release, .context = &released),
                         PAR_ETIMEDOUT);
        double lasted = now_seconds() - before;
        gate_open(&hold);
        assert_true(comes_to(&released, way + 1));
        assert_true(lasted >= 0.02 && lasted < 10);
    }
}

/* In the past: at once, and nothing runs. */
static void test_deadline_in_the_past(void **state)
{
    const double pasts[] = {1e-9, 1e-3, now_seconds() - 10, now_seconds()};
    for (size_t i = 0; i < 4; i++) {
        for (int silent = 0; silent < 2; silent++) {
            PAR_AUTO(par_results) *results = NULL;
            PAR_AUTO(par_async) *async = NULL;
            const par_results *seen;
            atomic_store(&released, 0);
            int code = silent ? 0 : PAR_ETIMEDOUT;
            assert_int_equal(par(&results, par_list(quick_future(1), quick_future(2)),
                                 .pool = *state, .deadline = pasts[i], .silent = silent,
                                 .on_release = count_release, .context = &released),
                             code);
            assert_int_equal(atomic_load(&released), 1);
            assert_int_equal(par_failures(results), 2);
            assert_int_equal(par_at(results, 1)->code, PAR_ETIMEDOUT);
            assert_true(par_at(results, 1)->ran <= 0);
            assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = *state,
                                       .deadline = pasts[i], .silent = silent),
                             0);
            assert_int_equal(par_async_status(async), silent ? PAR_DONE : PAR_FAILED);
            assert_int_equal(par_async_results(async, &seen), code);
            assert_int_equal(par_at(seen, 0)->code, PAR_ETIMEDOUT);
        }
    }
    assert_int_equal(atomic_load(&runs), 0);
}

/* What the deadline has overtaken before it started never starts. */
static void test_expired_tasks_never_start(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(held_future(1), quick_future(2), quick_future(3)),
                         .pool = *state, .timeout = 0.02, .max_workers = 1,
                         .on_release = count_release, .context = &released),
                     PAR_ETIMEDOUT);
    assert_int_equal(atomic_load(&released), 0);
    gate_open(&hold);
    assert_true(comes_to(&released, 1));
    assert_int_equal(atomic_load(&runs), 1);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(par_at(results, i)->code, PAR_ETIMEDOUT);
    assert_true(par_at(results, 0)->ran > 0);
    assert_true(par_at(results, 1)->ran <= 0);
}

/* The caller gives all it has back at once; a late task finds its own arguments and strings
 * whole. */
typedef struct picture {
    double numbers[14];
} picture;

static atomic_int intact;

static picture late_copy(const char *text, picture p)
{
    gate_pass(&hold);
    if (strcmp(text, "a string on the caller's page, longer than any guess") == 0 &&
        p.numbers[13] - 13.5 == 0)
        atomic_fetch_add(&intact, 1);
    p.numbers[0] = 7;
    return p;
}
PAR_DECORATE(picture, late_copy, (const char *, text), (picture, p))

static void count_picture(void *result)
{
    if (((picture *)result)->numbers[0] - 7 == 0)
        atomic_fetch_add(&drops, 1);
}

static void test_the_callers_memory_may_go_at_once(void **state)
{
    atomic_store(&intact, 0);
    size_t size = 65536;
    char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(page != MAP_FAILED);
    char *text = page, *name = page + 128;
    par_named_task *tasks = (par_named_task *)(void *)(page + 256);
    strcpy(text, "a string on the caller's page, longer than any guess");
    for (size_t i = 0; i < 4; i++) {
        strcpy(name + 8 * i, "name?");
        name[8 * i + 4] = (char)('0' + i);
        tasks[i] = (par_named_task){name + 8 * i,
                                    late_copy_future(text, (picture){.numbers = {[13] = 13.5}})};
    }
    par_results *results;
    assert_int_equal(par(&results, par_named_array(tasks, 4), .pool = *state, .timeout = 0.02,
                         .max_workers = 2, .drop = count_picture, .on_release = count_release,
                         .context = &released),
                     PAR_ETIMEDOUT);
    assert_int_equal(munmap(page, size), 0);
    par_results_free(results);
    gate_open(&hold);
    assert_true(comes_to(&released, 1));
    assert_true(atomic_load(&drops) <= 2);
    assert_int_equal(atomic_load(&intact), atomic_load(&drops));
}

/* Late results are dropped, each once, whether or not the results they are not in have been
 * freed. */
static void test_late_results_are_dropped(void **state)
{
    for (int way = 0; way < 4; way++) {
        par_results *results;
        gate_reset(&hold);
        atomic_store(&drops, 0);
        atomic_store(&dropped_sum, 0);
        atomic_store(&released, 0);
        assert_int_equal(par(&results, par_list(quick_future(1), held_future(2), held_future(4)),
                             .pool = *state, .timeout = 0.03, .max_workers = 3, .silent = way % 2,
                             .drop = drop, .on_release = count_release, .context = &released),
                         way % 2 ? 0 : PAR_ETIMEDOUT);
        int shown = par_ok(results, 0) ? 1 : 0;
        if (way / 2 == 0)
            par_results_free(results);
        gate_open(&hold);
        assert_true(comes_to(&released, 1));
        assert_int_equal(atomic_load(&drops), atomic_load(&runs) - shown);
        if (way / 2 == 1) {
            assert_int_equal(par_at(results, 1)->code, PAR_ETIMEDOUT);
            par_results_free(results);
        }
        atomic_store(&runs, 0);
    }
}

/* A function without a result has none to drop. */
static void return_nothing(void)
{
}
PAR_DECORATE(void, return_nothing)

static void test_nothing_is_not_dropped(void **state)
{
    par_async *async;
    assert_int_equal(async_par(&async, par_list(return_nothing_future(), quick_future(5)),
                               .pool = *state, .drop = drop, .on_release = count_release,
                               .context = &released),
                     0);
    assert_true(comes_to(&released, 1));
    par_async_free(async);
    assert_int_equal(atomic_load(&drops), 1);
    assert_int_equal(atomic_load(&dropped_sum), 5);
}

/* A task that ends after the deadline has timed out, though nobody had asked for its result
 * before. */
static int end_after_the_deadline(int x)
{
    while (par_time_left() > 0)
        nap(0.001);
    ENSURE(par_cancelled());
    nap(0.001);
    return x;
}
PAR_DECORATE(int, end_after_the_deadline, (int, x))

static void test_late_though_nobody_waited(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(async_par(&async, par_list(end_after_the_deadline_future(3)), .pool = *state,
                               .timeout = 0.02, .drop = drop, .on_release = count_release,
                               .context = &released),
                     0);
    assert_true(comes_to(&released, 1));
    assert_int_equal(atomic_load(&drops), 1);
    assert_int_equal(par_async_status(async), PAR_FAILED);
    assert_int_equal(par_async_results(async, &seen), PAR_ETIMEDOUT);
    assert_int_equal(par_at(seen, 0)->code, PAR_ETIMEDOUT);
}

/* What a task sees of the time. */
static int look_at_the_clock(void)
{
    double left = par_time_left();
    ENSURE(left > 0 && left <= LONG);
    ENSURE(!par_cancelled());
    return 1;
}
PAR_DECORATE(int, look_at_the_clock)

static int see_no_deadline(void)
{
    ENSURE(isinf(par_time_left()) && par_time_left() > 0);
    ENSURE(!par_cancelled());
    return 1;
}
PAR_DECORATE(int, see_no_deadline)

static void test_time_left(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_results) *without = NULL;
    PAR_AUTO(par_results) *over = NULL;
    assert_int_equal(
        par(&results, par_list(look_at_the_clock_future()), .pool = *state, .timeout = LONG), 0);
    assert_int_equal(par(&without, par_list(see_no_deadline_future()), .pool = *state), 0);
    assert_int_equal(par(&over, par_list(end_after_the_deadline_future(1)), .pool = *state,
                         .timeout = 0.02, .drop = drop, .on_release = count_release,
                         .context = &released),
                     PAR_ETIMEDOUT);
    assert_true(comes_to(&released, 1));
    assert_int_equal(atomic_load(&drops), 1);
}

/* A call in a task: the nearer of the two deadlines holds. */
static int clock_inside(double limit)
{
    ENSURE(par_time_left() <= limit);
    return 1;
}
PAR_DECORATE(int, clock_inside, (double, limit))

static int nest(double inner, double limit)
{
    PAR_AUTO(par_results) *results = NULL;
    ENSURE(par(&results, par_list(clock_inside_future(limit)), .timeout = inner) == 0);
    return 1;
}
PAR_DECORATE(int, nest, (double, inner), (double, limit))

static void test_time_left_in_nested_calls(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results,
                         par_list(nest_future(1000, LONG), nest_future(LONG / 2, LONG / 2),
                                  nest_future(0, LONG)),
                         .pool = *state, .timeout = LONG),
                     0);
}

/* The inner call ends by the deadline of the outer, and its tasks that have not started never
 * do. */
static par_pool *inner_pool;
static atomic_int inner_code, inner_ended;

static int inner_call(double timeout)
{
    PAR_AUTO(par_results) *results = NULL;
    double until = now_seconds() + par_time_left();
    int rc = par(&results, par_list(held_future(1), quick_future(2)), .pool = inner_pool,
                 .timeout = timeout, .max_workers = 1);
    ENSURE(now_seconds() >= until - 1e-6 || timeout == 0);
    ENSURE(par_cancelled());
    atomic_store(&inner_code, rc);
    atomic_fetch_add(&inner_ended, 1);
    return rc;
}
PAR_DECORATE(int, inner_call, (double, timeout))

static void test_inherited_deadline(void **state)
{
    inner_pool = *state;
    for (int way = 0; way < 2; way++) {
        PAR_AUTO(par_results) *results = NULL;
        gate_reset(&hold);
        atomic_store(&inner_ended, 0);
        atomic_store(&runs, 0);
        atomic_store(&released, 0);
        double before = now_seconds();
        assert_int_equal(par(&results, par_list(inner_call_future(way ? LONG : 0)), .pool = *state,
                             .timeout = 0.04, .on_release = count_release, .context = &released),
                         PAR_ETIMEDOUT);
        assert_true(now_seconds() - before >= 0.04);
        /* With a deadline of its own the inner call returns though its task is held. */
        if (way == 1)
            assert_true(comes_to(&inner_ended, 1));
        gate_open(&hold);
        assert_true(comes_to(&released, 1));
        assert_int_equal(atomic_load(&inner_code), PAR_ETIMEDOUT);
        assert_int_equal(atomic_load(&runs), 1);
    }
}

/* Whose thread runs the tasks: never the caller's with a deadline; without one the caller helps. */
static pthread_t caller;
static atomic_int on_caller;

static int where_am_i(void)
{
    if (pthread_equal(pthread_self(), caller))
        atomic_fetch_add(&on_caller, 1);
    return 0;
}
PAR_DECORATE(int, where_am_i)

static void test_on_whose_thread(void **state)
{
    enum { N = 2000 };
    static par_task tasks[N];
    PAR_AUTO(par_results) *results = NULL;
    caller = pthread_self();
    for (int i = 0; i < N; i++)
        tasks[i] = where_am_i_future();
    atomic_store(&on_caller, 0);
    assert_int_equal(par(&results, par_array(tasks, N), .pool = *state, .timeout = LONG), 0);
    assert_int_equal(atomic_load(&on_caller), 0);
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(async_par(&async, par_array(tasks, N), .pool = *state, .timeout = LONG), 0);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(atomic_load(&on_caller), 0);
}

static void test_the_caller_helps(void **state)
{
    /* The only worker is held: what runs, runs on the caller's thread. */
    par_pool *pool;
    PAR_AUTO(par_async) *async = NULL;
    PAR_AUTO(par_results) *results = NULL;
    const par_results *seen;
    (void)state;
    caller = pthread_self();
    atomic_store(&on_caller, 0);
    assert_int_equal(par_pool_open(&pool, .workers = 1, .max_threads = 1), 0);
    assert_int_equal(async_par(&async, par_list(held_future(1)), .pool = pool), 0);
    assert_arrived(&hold, 1);
    assert_int_equal(
        par(&results, par_list(where_am_i_future(), where_am_i_future()), .pool = pool), 0);
    assert_int_equal(atomic_load(&on_caller), 2);
    gate_open(&hold);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETUP_ON_POOLS(test_when_it_returns, setup),
        SETUP_ON_POOLS(test_the_earlier_of_timeout_and_deadline, setup),
        SETUP_ON_POOLS(test_deadline_in_the_past, setup),
        SETUP_ON_POOLS(test_expired_tasks_never_start, setup),
        SETUP_ON_POOLS(test_the_callers_memory_may_go_at_once, setup),
        SETUP_ON_POOLS(test_late_results_are_dropped, setup),
        SETUP_ON_POOLS(test_nothing_is_not_dropped, setup),
        SETUP_ON_POOLS(test_late_though_nobody_waited, setup),
        SETUP_ON_POOLS(test_time_left, setup),
        SETUP_ON_POOLS(test_time_left_in_nested_calls, setup),
        SETUP_ON_POOLS(test_inherited_deadline, setup),
        SETUP_ON_POOLS(test_on_whose_thread, setup),
        ON_WORKERS(test_the_caller_helps, setup, 0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
