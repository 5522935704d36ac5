/* test_solo.c - cheap calls, which their callers run alone: that nobody is woken for them, what makes a
 * call cheap, and that a wrong estimate does not hold up the call's other tasks. */
#include "support.h"

#include "../api/cost.h"
#include "../api/pool.h"
#include "../sched/worker.h"

static par_os real_os;
static atomic_int wakes, alarms, alarms_refused;

static void counted_wake(const _Atomic uint32_t *word, int count)
{
    atomic_fetch_add(&wakes, 1);
    real_os.futex_wake(word, count);
}

static void counted_alarm(int alarm, int64_t at, int64_t every)
{
    atomic_fetch_add(&alarms, 1);
    real_os.alarm_set(alarm, at, every);
}

static int no_alarm(void)
{
    atomic_fetch_add(&alarms_refused, 1);
    return -1;
}

/* Before a pool is opened, and after it has been closed. */
static int open_counted(void **state)
{
    real_os = par_os_table;
    par_os_table.futex_wake = counted_wake;
    par_os_table.alarm_set = counted_alarm;
    return open_pool(state);
}

static int close_counted(void **state)
{
    int rc = close_pool(state);
    par_os_table = real_os;
    return rc;
}

#define COUNTED(f, n)                                                        \
    {                                                                        \
#f " on " #n, f, open_counted, close_counted, (void *)(uintptr_t)(n) \
    }

/* Is there a call in one of the pool's slots? */
static bool in_a_slot(par_pool *pool)
{
    par_pool_state *state;
    bool found = false;
    ENSURE(par_pool_enter(&pool, 1, true, &state) == 0);
    par_solo *solo = &state->scheduler->solo;
    for (unsigned i = 0; i < PAR_SOLO_SLOTS; i++)
        found = found || par_load_relaxed(&solo->slots[i].word) > 1;
    par_pool_leave(pool);
    return found;
}

/* A function that is cheap until it is told to be otherwise. */
typedef enum { CHEAP, SPINS, SLEEPS, WAITS, FAILS, FORKS } mood;
static _Atomic mood now_it;
static atomic_int begun, were_alone;
static par_pool *calls_pool;
static double calls_timeout; /* with one, a worker runs the call */
static gate meeting = GATE;

static int moody(int x)
{
    mood is = atomic_load(&now_it);
    if (is == CHEAP)
        return x;
    bool first = atomic_fetch_add(&begun, 1) == 0;
    if (is == WAITS)
        gate_arrive(&meeting);
    if (first && in_a_slot(calls_pool))
        atomic_fetch_add(&were_alone, 1);
    if (!first && is != FAILS && is != FORKS) /* the first one has been found to take long */
        ENSURE(!in_a_slot(calls_pool));
    double until = now_seconds() + LONG;
    while (first && is == SPINS && atomic_load(&begun) == 1)
        ENSURE(now_seconds() < until);
    while (first && is == SLEEPS && atomic_load(&begun) == 1) {
        ENSURE(now_seconds() < until);
        nap(0.005);
    }
    if (first && is == WAITS)
        ENSURE(gate_wait_for(&meeting, 2, LONG));
    if (first && is == FAILS)
        par_fail(ENOENT, "no");
    return x;
}
PAR_DECORATE(int, moody, (int, x))

static void call(par_pool *pool, int expected)
{
    PAR_AUTO(par_results) *results = NULL;
    int rc = par(&results, par_list(moody_future(1), moody_future(2), moody_future(3)),
                 .pool = pool, .timeout = calls_timeout);
    ENSURE(rc == expected);
    for (int i = 0; i < 3 && rc == 0; i++)
        ENSURE(par_get(results, i, int) == i + 1);
}

/* Makes it known that the function is cheap, and the lookout come. */
static void learn(par_pool *pool)
{
    atomic_store(&now_it, CHEAP);
    for (int i = 0; i < 100; i++)
        call(pool, 0);
}

/* On a machine that is busy with other things a call may be interrupted, and then others are told. */
static void test_nobody_is_woken(void **state)
{
    enum { CALLS = 1000 };
    learn(*state);
    nap(0.05);
    atomic_store(&wakes, 0);
    atomic_store(&alarms, 0);
    for (int i = 0; i < CALLS; i++)
        call(*state, 0);
    printf("%d calls: %d wakes, %d settings of the alarm\n", CALLS, atomic_load(&wakes),
           atomic_load(&alarms));
    assert_true(atomic_load(&wakes) < CALLS / 4);
    assert_true(atomic_load(&alarms) < CALLS / 4);
}

/* The first task does not end before another one has begun, whatever it does meanwhile. */
static void misjudge(par_pool *pool, mood how)
{
    calls_pool = pool;
    atomic_store(&were_alone, 0);
    for (int i = 0; i < 100 && atomic_load(&were_alone) < 2; i++) {
        learn(pool);
        gate_reset(&meeting);
        atomic_store(&begun, 0);
        atomic_store(&now_it, how);
        call(pool, 0);
        ENSURE(atomic_load(&begun) == 3);
    }
    ENSURE(atomic_load(&were_alone) >= 2);
}

static void test_computing_is_noticed(void **state)
{
    misjudge(*state, SPINS);
}

static void test_sleeping_is_noticed(void **state)
{
    misjudge(*state, SLEEPS);
}

static void test_waiting_is_noticed(void **state)
{
    misjudge(*state, WAITS);
}

/* The same in calls that tasks make; not of one that computes, since on one worker nobody could come. */
static int nested(int how)
{
    misjudge(calls_pool, (mood)how);
    return 0;
}
PAR_DECORATE(int, nested, (int, how))

static void test_nested_is_noticed(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    calls_pool = *state;
    for (int how = SLEEPS; how <= WAITS; how++) {
        par_results_free(results);
        assert_int_equal(
            par(&results, par_list(nested_future(how)), .pool = *state, .timeout = LONG), 0);
    }
}

static void test_worker_is_noticed(void **state)
{
    calls_timeout = LONG;
    misjudge(*state, SLEEPS);
    misjudge(*state, WAITS);
    calls_timeout = 0;
}

static void test_failing_cancels(void **state)
{
    learn(*state);
    calls_pool = *state;
    atomic_store(&begun, 0);
    atomic_store(&now_it, FAILS);
    PAR_AUTO(par_results) *results = NULL;
    int rc =
        par(&results, par_list(moody_future(1), moody_future(2), moody_future(3)), .pool = *state);
    assert_int_equal(rc, PAR_ETASK);
    assert_int_equal(par_at(results, 0)->code, ENOENT);
    assert_int_equal(par_at(results, 2)->code, PAR_ECANCELED);
}

/* Workers and no room for another thread: the workers are woken all the same. */
static void test_no_spare_threads(void **state)
{
    (void)state;
    par_pool *pool;
    assert_int_equal(par_pool_open(&pool, .workers = 2, .max_threads = 2), 0);
    misjudge(pool, WAITS);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

static void ignore_stuck(const par_slot *task, double seconds, void *context)
{
    (void)task;
    (void)seconds;
    (void)context;
}

/* A cheap call whose tasks then wait for each other: it has others from the start. Closes the pool. */
static void expect_not_alone(par_pool *pool)
{
    calls_pool = pool;
    learn(pool);
    atomic_store(&begun, 0);
    atomic_store(&now_it, WAITS);
    gate_reset(&meeting);
    call(pool, 0);
    assert_int_equal(atomic_load(&were_alone), 0);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* Who wants to know of every task, or more threads than there are workers, or cannot have an alarm. */
static void test_not_alone(void **state)
{
    (void)state;
    par_pool *pool;
    atomic_store(&were_alone, 0);
    assert_int_equal(par_pool_open(&pool, .workers = 2, .on_stuck = ignore_stuck), 0);
    expect_not_alone(pool);

    real_os = par_os_table;
    par_os_table.alarm_open = no_alarm;
    assert_int_equal(par_pool_open(&pool, .workers = 2), 0);
    expect_not_alone(pool);
    par_os_table = real_os;
    printf("asked for an alarm %d times\n", atomic_load(&alarms_refused));
    assert_in_range(atomic_load(&alarms_refused), 1, 100);
}

static int splits(int x)
{
    static atomic_int forked;
    if (atomic_load(&now_it) == FORKS && atomic_fetch_add(&forked, 1) == 0) {
        pid_t child = fork();
        ENSURE(child >= 0);
        if (child == 0) {
            alarm(60);
            return -1;
        }
        int status;
        ENSURE(waitpid(child, &status, 0) == child && WIFEXITED(status));
        ENSURE(WEXITSTATUS(status) == 7);
    }
    return x;
}
PAR_DECORATE(int, splits, (int, x))

/* The child comes out of the call in its middle. */
static void test_fork_in_a_task(void **state)
{
    if (UNDER_TSAN)
        skip();
    for (int i = 0; i < 100; i++) {
        PAR_AUTO(par_results) *results = NULL;
        pid_t before = getpid();
        atomic_store(&now_it, i == 99 ? FORKS : CHEAP);
        int rc = par(&results, par_list(splits_future(1), splits_future(2)), .pool = *state);
        if (getpid() != before)
            _exit(rc == PAR_EFORKED ? 7 : 8);
        assert_int_equal(rc, 0);
    }
}

/* Estimates */

static void test_estimate(void **state)
{
    (void)state;
    uint32_t cost = 0;
    par_function function = {.cost = &cost}, none = {.cost = NULL};
    assert_true(par_cost_of(&function) > PAR_COST_CHEAP);
    assert_true(par_cost_of(&none) > PAR_COST_CHEAP);
    par_cost_note(&none, 100);
    par_cost_note(&function, 100);
    assert_int_equal(par_cost_of(&function), 100);
    par_cost_note(&function, 199); /* about the same */
    par_cost_note(&function, 51);
    assert_int_equal(cost, 100);
    par_cost_note(&function, 5000000); /* once: three of them are not cheap any more */
    assert_true(3 * par_cost_of(&function) > PAR_COST_CHEAP && cost < PAR_COST_MOST);
    for (int i = 0; i < 100; i++)
        par_cost_note(&function, 5000000);
    assert_in_range(cost, PAR_COST_MOST / 2, PAR_COST_MOST);
    int steps = 0;
    while (3 * par_cost_of(&function) > PAR_COST_CHEAP && steps < 1000) {
        par_cost_note(&function, 0);
        steps++;
    }
    assert_in_range(steps, 4, 40);
    for (int i = 0; i < 1000; i++)
        par_cost_note(&function, 0);
    assert_in_range(cost, 1, 2 * PAR_COST_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_estimate),
        COUNTED(test_nobody_is_woken, 1), /* while there is no default pool */
        COUNTED(test_nobody_is_woken, 2),
        cmocka_unit_test(test_not_alone),
        cmocka_unit_test(test_no_spare_threads),
        ON_POOLS(test_computing_is_noticed),
        ON_POOLS(test_sleeping_is_noticed),
        ON_POOLS(test_waiting_is_noticed),
        ON_POOLS(test_nested_is_noticed),
        ON_POOLS(test_worker_is_noticed),
        ON_POOLS(test_failing_cancels),
        ON_POOLS(test_fork_in_a_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
