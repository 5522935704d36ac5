/* test_fork.c - children of fork(): the default pool starts afresh, the parent's handles say so,
 * nothing hangs. */
#include "support.h"

static gate hold = GATE;

#if UNDER_TSAN
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}
#endif

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
    gate_reset(&hold);
    return open_pool(state);
}

/* In a child, which has no assertions of cmocka's. */
static void calls_work(void)
{
    for (int i = 0; i < 5; i++) {
        PAR_AUTO(par_results) *results = NULL;
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        ENSURE(par(&results, par_list(quick_future(1), quick_future(2)),
                   .timeout = i % 2 ? 30 : 0) == 0);
        ENSURE(par_get(results, 1, int) == 2);
        ENSURE(async_par(&async, par_list(quick_future(3))) == 0);
        ENSURE(par_async_results(async, &seen, .timeout = 30) == 0);
        ENSURE(par_get(seen, 0, int) == 3);
    }
}

static void use_the_default_pool(void *unused)
{
    (void)unused;
    calls_work();
    ENSURE(par_pool_close(par_pool_default(), 30) == 0);
    calls_work();
}

static void test_child_uses_the_default_pool(void **state)
{
    par_pool *pool = *state;
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(quick_future(1)), .pool = pool), 0);
    assert_child_exits(in_child(use_the_default_pool, NULL), 0);
    PAR_AUTO(par_results) *again = NULL;
    assert_int_equal(par(&again, par_list(quick_future(1)), .pool = pool), 0);
}

static void in_grandchild(void *unused)
{
    calls_work();
    int status = in_child(use_the_default_pool, unused);
    ENSURE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    calls_work();
}

static void test_grandchild(void **state)
{
    (void)state;
    calls_work();
    assert_child_exits(in_child(in_grandchild, NULL), 0);
}

/* The parent's pool by its handle. */
static void use_the_parents_pool(void *argument)
{
    par_pool *pool = argument;
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    atomic_int released = 0;
    ENSURE(par(&results, par_list(quick_future(1)), .pool = pool, .on_release = count_release,
               .context = &released) == PAR_EFORKED);
    ENSURE(atomic_load(&released) == 1);
    ENSURE(*par_message(results) != '\0');
    ENSURE(async_par(&async, par_list(quick_future(1)), .pool = pool) == PAR_EFORKED);
    ENSURE(par_async_status(async) == PAR_FAILED);
    ENSURE(par_async_results(async, &seen) == PAR_EFORKED);
    ENSURE(par_pool_close(pool, 1) == PAR_EFORKED);
    par_pool *own;
    ENSURE(par_pool_open(&own, .workers = 2) == 0);
    PAR_AUTO(par_results) *there = NULL;
    ENSURE(par(&there, par_list(quick_future(1)), .pool = own) == 0);
    ENSURE(par_pool_close(own, 30) == 0);
    ENSURE(par_pool_close(own, 30) == PAR_ECLOSED);
    ENSURE(par_pool_close(pool, 1) == PAR_EFORKED);
}

static void test_the_parents_pool(void **state)
{
    par_pool *pool = *state != NULL ? *state : par_pool_default();
    assert_child_exits(in_child(use_the_parents_pool, pool), 0);
}

/* The parent's calls by their handles. */
static void use_the_parents_call(void *argument)
{
    par_async *async = argument;
    const par_results *seen = NULL;
    ENSURE(par_async_results(async, &seen) == PAR_EFORKED);
    ENSURE(par_async_results(async, &seen, .timeout = 1) == PAR_EFORKED);
    ENSURE(par_count(seen) == 2);
    ENSURE(par_async_fd(async) == PAR_EFORKED);
    ENSURE(par_async_then(async, (void (*)(par_async *, void *))0, NULL) == PAR_EINVAL);
    par_async_status(async);
    par_async_cancel(async);
    calls_work();
    par_async_free(async);
    calls_work();
}

static void detach_the_parents_call(void *argument)
{
    par_async_detach(argument);
    calls_work();
}

static void test_the_parents_calls(void **state)
{
    for (int way = 0; way < 2; way++) {
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        gate_reset(&hold);
        assert_int_equal(async_par(&async, par_list(held_future(1), held_future(2)), .pool = *state,
                                   .timeout = way ? LONG : 0),
                         0);
        assert_arrived(&hold, 1);
        int used = in_child(use_the_parents_call, async);
        int detached = in_child(detach_the_parents_call, async);
        gate_open(&hold);
        assert_child_exits(used, 0);
        assert_child_exits(detached, 0);
        assert_int_equal(par_async_results(async, &seen), 0);
        assert_int_equal(par_get(seen, 1, int), 2);
    }
}

/* A handle answers the same whether or not its call was over before the fork; results that had been
 * handed out are memory like any other. */
static void read_what_was_over(void *argument)
{
    const par_results *seen;
    ENSURE(par_async_results(argument, &seen) == PAR_EFORKED);
    ENSURE(par_count(seen) == 1);
    ENSURE(par_async_fd(argument) == PAR_EFORKED);
    par_async_free(argument);
}

static void read_results(void *argument)
{
    ENSURE(par_get((par_results *)argument, 0, int) == 7);
    ENSURE(par_at(argument, 0)->status == PAR_DONE);
}

static void test_a_call_that_was_over(void **state)
{
    for (int asked = 0; asked < 2; asked++) {
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        assert_int_equal(async_par(&async, par_list(quick_future(7)), .pool = *state), 0);
        if (asked)
            assert_int_equal(par_async_results(async, &seen), 0);
        while (par_async_status(async) == PAR_STARTED)
            nap(0.001);
        assert_child_exits(in_child(read_what_was_over, async), 0);
    }
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(quick_future(7)), .pool = *state), 0);
    assert_child_exits(in_child(read_results, results), 0);
}

/* A thread that fills slots in at the moment of a fork() does not hold the child's readers up. */
static _Atomic(par_results *) read_by_another;
static atomic_bool reading_ends;
static atomic_int reads;

static void *read_slots(void *unused)
{
    while (!atomic_load(&reading_ends)) {
        par_results *results = atomic_exchange(&read_by_another, NULL);
        for (size_t i = 0; i < par_count(results); i++)
            par_at(results, i);
        if (results != NULL)
            atomic_fetch_add(&reads, 1);
    }
    return unused;
}

static void read_all(void *argument)
{
    size_t n;
    par_succeeded(argument, &n);
    ENSURE(n == 300);
    ENSURE(par_at(argument, 299)->status == PAR_DONE);
}

static void test_fork_while_another_reads(void **state)
{
    pthread_t thread;
    par_task tasks[300];
    for (int i = 0; i < 300; i++)
        tasks[i] = quick_future(i);
    atomic_store(&reading_ends, false);
    atomic_store(&reads, 0);
    assert_int_equal(pthread_create(&thread, NULL, read_slots, NULL), 0);
    for (int round = 0; round < 200; round++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(par(&results, par_array(tasks, 300), .pool = *state), 0);
        atomic_store(&read_by_another, results);
        assert_child_exits(in_child(read_all, results), 0);
        assert_int_equal(par_failures(results), 0);
        assert_true(comes_to(&reads, round + 1));
    }
    atomic_store(&reading_ends, true);
    pthread_join(thread, NULL);
}

/* fork() in a task. The child leaves by _exit(), or makes calls first. */
static void leave(void *unused)
{
    (void)unused;
}

static int fork_in_task(int uses)
{
    int status = in_child(uses ? use_the_default_pool : leave, NULL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
PAR_DECORATE(int, fork_in_task, (int, uses))

static void test_fork_in_tasks(void **state)
{
    enum { N = 60 };
    par_task tasks[N];
    for (int i = 0; i < N; i++)
        tasks[i] = fork_in_task_future(i % 2);
    for (int timed = 0; timed < 2; timed++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(
            par(&results, par_array(tasks, N), .pool = *state, .timeout = timed ? 10 * LONG : 0),
            0);
        for (int i = 0; i < N; i++)
            assert_int_equal(par_get(results, i, int), 0);
    }
}

/* fork() in a task, and the child returns from the task: where par() helped, it says PAR_EFORKED;
 * on a thread of the pool the child ends. Neither runs any further task of the parent's. */
static pid_t original;

static int fork_and_return(int x)
{
    if (getpid() != original)
        _exit(99); /* a task of the parent's, run in a child */
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        return x;
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
PAR_DECORATE(int, fork_and_return, (int, x))

static int fork_below(par_pool *pool)
{
    PAR_AUTO(par_results) *results = NULL;
    par_task tasks[20];
    for (int i = 0; i < 20; i++)
        tasks[i] = fork_and_return_future(i);
    int rc = par(&results, par_array(tasks, 20), .pool = pool);
    if (getpid() != original)
        _exit(rc == PAR_EFORKED ? 0 : 98);
    for (int i = 0; i < 20; i++)
        rc |= par_get(results, i, int);
    return rc;
}
PAR_DECORATE(int, fork_below, (par_pool *, pool))

static void test_child_returns_from_the_task(void **state)
{
    original = getpid();
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_results) *nested = NULL;
    int rc = par(
        &results,
        par_list(fork_and_return_future(0), fork_and_return_future(1), fork_and_return_future(2)),
        .pool = *state);
    if (getpid() != original) /* the calling thread had helped */
        _exit(rc == PAR_EFORKED ? 0 : 97);
    assert_int_equal(rc, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(par_get(results, i, int), 0);
    rc = par(&nested, par_list(fork_below_future(*state), fork_below_future(*state)),
             .pool = *state, .timeout = 10 * LONG);
    assert_int_equal(rc, 0);
    assert_int_equal(par_get(nested, 0, int), 0);
    assert_int_equal(par_get(nested, 1, int), 0);
}

/* A storm: threads fork while others run calls and a pool is opened and closed. */
static atomic_int stop_storm, storm_calls;

static void *make_calls(void *pool)
{
    while (!atomic_load(&stop_storm)) {
        par_results *results;
        int rc = par(&results, par_list(quick_future(1), quick_future(2), quick_future(3)),
                     .pool = pool, .timeout = atomic_fetch_add(&storm_calls, 1) % 2 ? LONG : 0);
        if (rc != 0)
            fprintf(stderr, "%d: %s\n", rc, par_message(results));
        ENSURE(rc == 0);
        par_results_free(results);
    }
    return NULL;
}

static void *open_and_close(void *unused)
{
    while (!atomic_load(&stop_storm)) {
        par_pool *pool;
        ENSURE(par_pool_open(&pool, .workers = 2) == 0);
        ENSURE(par_pool_close(pool, LONG) == 0);
    }
    return unused;
}

static void test_fork_storm(void **state)
{
    enum { N = 150 };
    pthread_t threads[3];
    atomic_store(&stop_storm, 0);
    assert_int_equal(pthread_create(&threads[0], NULL, make_calls, *state), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, make_calls, NULL), 0);
    assert_int_equal(pthread_create(&threads[2], NULL, open_and_close, NULL), 0);
    for (int i = 0; i < N; i++)
        assert_child_exits(in_child(i % 3 ? leave : use_the_default_pool, NULL), 0);
    atomic_store(&stop_storm, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
    if (UNDER_ASAN || UNDER_TSAN) {
        puts("left out: the sanitizer's runtime breaks down when a child of fork() starts threads");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        SETUP_ON_POOLS(test_child_uses_the_default_pool, setup),
        ON_WORKERS(test_grandchild, setup, 0),
        SETUP_ON_POOLS(test_the_parents_pool, setup),
        SETUP_ON_POOLS(test_the_parents_calls, setup),
        SETUP_ON_POOLS(test_a_call_that_was_over, setup),
        SETUP_ON_POOLS(test_fork_while_another_reads, setup),
        SETUP_ON_POOLS(test_fork_in_tasks, setup),
        SETUP_ON_POOLS(test_fork_storm, setup),
        SETUP_ON_POOLS(test_child_returns_from_the_task, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
