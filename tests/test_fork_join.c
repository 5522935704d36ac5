/* test_fork_join.c - forkable functions as a program uses them: results and parameters of all kinds, from
 * any thread, in tasks, many open spawns, and which threads take part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>
#include <par.h>

#include "support.h"

PAR_FORKABLE(long, fib, (int, n))
{
    if (n < 2)
        return n;
    par_spawn(fib, n - 1);
    long right = par_here(fib, n - 2);
    return par_sync(fib) + right;
}

PAR_DECORATE(long, fib, (int, n))

static void test_from_ordinary_code(void **state)
{
    (void)state;
    assert_int_equal(fib(0), 0);
    assert_int_equal(fib(1), 1);
    assert_int_equal(fib(25), 75025);
}

typedef struct point {
    double x, y;
} point;

PAR_FORKABLE(point, six, (char, a), (const point, b), (double, c), (int (*)(int), d), (void *, e),
             (_Bool, f))
{
    return (point){b.x + a + c, b.y + d(1) + (e != NULL) + f};
}

static int twice(int n)
{
    return 2 * n;
}

PAR_FORKABLE(point, spawn_six, (int, n))
{
    for (int i = 0; i < n; i++)
        par_spawn(six, (char)i, ((point){i, 1}), 0.5, twice, &n, i % 2);
    point all = {0, 0};
    for (int i = n - 1; i >= 0; i--) {
        point one = par_sync(six);
        assert_true(one.x == 2 * i + 0.5);
        all.x += one.x;
        all.y += one.y;
    }
    return all;
}

static void test_six_parameters_of_any_type(void **state)
{
    (void)state;
    point all = spawn_six(100);
    assert_true(all.x == 9950);
    assert_true(all.y == 450);
}

PAR_FORKABLE_DECLARE(_Bool, is_odd, (unsigned, n));

PAR_FORKABLE(_Bool, is_even, (unsigned, n))
{
    if (n == 0)
        return 1;
    par_spawn(is_odd, n - 1);
    return par_sync(is_odd);
}

PAR_FORKABLE(_Bool, is_odd, (unsigned, n))
{
    if (n == 0)
        return 0;
    par_spawn(is_even, n - 1);
    return par_sync(is_even);
}

static void test_mutual_recursion(void **state)
{
    (void)state;
    assert_true(is_even(2000));
    assert_false(is_odd(2000));
}

static _Atomic long calls;

PAR_FORKABLE(void, count_call)
{
    calls++;
}

PAR_FORKABLE(void, count_calls, (long, n))
{
    for (long i = 0; i < n; i++)
        par_spawn(count_call);
    par_here(count_call);
    for (long i = 0; i < n; i++)
        par_sync(count_call);
}

static void test_void_without_parameters(void **state)
{
    (void)state;
    calls = 0;
    count_call();
    count_calls(10);
    assert_int_equal(calls, 12);
}

static void test_more_open_spawns_than_there_is_room(void **state)
{
    (void)state;
    calls = 0;
    count_calls(100000);
    assert_int_equal(calls, 100001);
}

/* A join among the arguments of a call: the callee's spawns must not go where the joined one was. */
PAR_FORKABLE(long, fold, (long, so_far), (int, n))
{
    if (n == 0)
        return so_far;
    for (int i = 0; i < 3; i++)
        par_spawn(count_call);
    for (int i = 0; i < 3; i++)
        par_sync(count_call);
    par_spawn(fib, 3);
    return par_here(fold, so_far + par_sync(fib), n - 1);
}

static void test_joins_among_arguments(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        calls = 0;
        assert_int_equal(fold(0, 20), 40);
        assert_int_equal(calls, 60);
    }
}

/* The newest spawn is joined first, whichever function it is of. */
PAR_FORKABLE(int, number, (int, n))
{
    return n;
}

PAR_FORKABLE(int, in_order)
{
    int digits = 0;
    par_spawn(number, 1);
    par_spawn(number, 2);
    digits = 10 * digits + par_sync(number);
    par_spawn(fib, 4);
    par_spawn(number, 4);
    digits = 10 * digits + par_sync(number);
    digits = 10 * digits + (int)par_sync(fib);
    return 10 * digits + par_sync(number);
}

static void test_joins_newest_first(void **state)
{
    (void)state;
    assert_int_equal(in_order(), 2431);
}

static void test_in_tasks(void **state)
{
    (void)state;
    PAR_AUTO(par_results) *results = NULL;
    par_task tasks[20];
    for (int i = 0; i < 20; i++)
        tasks[i] = par_future(fib, i);
    assert_int_equal(par(&results, par_array(tasks, 20)), 0);
    for (int i = 1; i < 20; i++)
        assert_int_equal(par_get(results, i, long), fib(i));
}

static long fib_by_tasks(int n)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(par_future(fib, n - 1), par_future(fib, n - 2))), 0);
    return par_get(results, 0, long) + par_get(results, 1, long);
}

PAR_FORKABLE(long, fib_of_tasks, (int, n))
{
    if (n < 15)
        return fib_by_tasks(n); /* a call, in which fib() begins anew */
    par_spawn(fib_of_tasks, n - 1);
    long right = par_here(fib_of_tasks, n - 2);
    return par_sync(fib_of_tasks) + right;
}

static void test_around_calls(void **state)
{
    (void)state;
    assert_int_equal(fib_of_tasks(20), 6765);
}

static void *fib_on_thread(void *n)
{
    for (int i = 0; i < 50; i++)
        assert_int_equal(fib(15), 610);
    return n;
}

/* More threads than there are deques for roots at once, 64. */
static void test_from_many_threads(void **state)
{
    (void)state;
    pthread_t threads[80];
    for (int i = 0; i < 80; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fib_on_thread, NULL), 0);
    for (int i = 0; i < 80; i++)
        pthread_join(threads[i], NULL);
}

/* Spawned calls run at once if there are workers for them: each waits for the other. */
static _Atomic int here;

/* Waits until what was spawned last has begun. Spawns and joins answer the workers that ask for work; nothing
 * else does. */
#define WAIT_FOR_A_THIEF()        \
    do {                          \
        while (here == 0) {       \
            par_spawn(number, 0); \
            par_sync(number);     \
        }                         \
    } while (0)

PAR_FORKABLE(int, meet, (int, all))
{
    here++;
    while (here < all)
        sched_yield();
    return here;
}

PAR_FORKABLE(int, meet_two)
{
    par_spawn(meet, 2);
    WAIT_FOR_A_THIEF();
    int there = par_here(meet, 2);
    return par_sync(meet) + there;
}

static int meet_in_task(void)
{
    return meet_two();
}

PAR_DECORATE(int, meet_in_task)

static void test_idle_workers_take_part(void **state)
{
    for (int i = 0; i < 200; i++) {
        PAR_AUTO(par_results) *results = NULL;
        here = 0;
        assert_int_equal(par(&results, par_list(par_future(meet_in_task)), .pool = *state), 0);
        assert_int_equal(par_get(results, 0, int), 4);
        if (i % 10 == 0)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* they sleep */
    }
}

static void *_Atomic where;

PAR_FORKABLE(int, note_thread)
{
    static _Thread_local char me;
    where = &me;
    return 0;
}

PAR_FORKABLE(int, note_threads, (int, n))
{
    note_thread();
    void *own = where;
    int elsewhere = 0;
    for (int i = 0; i < n; i++) {
        par_spawn(note_thread);
        par_spawn(note_thread);
        par_sync(note_thread);
        elsewhere += where != own;
        par_sync(note_thread);
        elsewhere += where != own;
    }
    return elsewhere;
}

static int note_in_task(int n)
{
    return note_threads(n);
}

PAR_DECORATE(int, note_in_task, (int, n))

static void test_one_worker_works_alone(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_list(par_future(note_in_task, 1000)), .pool = *state), 0);
    assert_int_equal(par_get(results, 0, int), 0);
}

/* A thief that is still at work when its call is joined, for long: the owner sleeps meanwhile. */
PAR_FORKABLE(int, be_slow)
{
    here++;
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    return 7;
}

PAR_FORKABLE(int, wait_for_slow)
{
    par_spawn(be_slow);
    WAIT_FOR_A_THIEF();
    return par_sync(be_slow);
}

static int wait_in_task(void)
{
    return wait_for_slow();
}

PAR_DECORATE(int, wait_in_task)

static void test_waits_for_a_slow_thief(void **state)
{
    for (int i = 0; i < 10; i++) {
        PAR_AUTO(par_results) *results = NULL;
        here = 0;
        assert_int_equal(par(&results, par_list(par_future(wait_in_task)), .pool = *state), 0);
        assert_int_equal(par_get(results, 0, int), 7);
    }
}

/* Where no thread can take its place, a thread that waits for a thief works on what the thief spawns, also
 * when it has gone to sleep meanwhile. */
PAR_FORKABLE(int, note_and_rest, (void *const *, owner))
{
    static _Thread_local char me;
    if (owner == NULL)
        where = &me;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return owner != NULL && &me == *owner;
}

PAR_FORKABLE(int, long_left, (void *const *, owner))
{
    int by_owner = 0;
    here++;
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    for (int i = 0; i < 64; i++)
        par_spawn(note_and_rest, owner);
    for (int i = 0; i < 64; i++)
        by_owner += par_sync(note_and_rest);
    return by_owner;
}

PAR_FORKABLE(int, help_the_thief)
{
    par_here(note_and_rest, NULL);
    void *const owner = where;
    par_spawn(long_left, &owner);
    WAIT_FOR_A_THIEF();
    return par_sync(long_left);
}

static int help_in_task(void)
{
    return help_the_thief();
}

PAR_DECORATE(int, help_in_task)

static void test_a_sleeping_waiter_helps_its_thief(void **state)
{
    (void)state;
    par_pool *pool;
    assert_int_equal(par_pool_open(&pool, .workers = 2, .max_threads = 2), 0);
    for (int i = 0; i < 5; i++) {
        PAR_AUTO(par_results) *results = NULL;
        here = 0;
        assert_int_equal(par(&results, par_list(par_future(help_in_task)), .pool = pool), 0);
        assert_true(par_get(results, 0, int) > 0);
    }
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* What a task spawns is a part of it on whatever thread. */
PAR_FORKABLE(int, obey)
{
    here++;
    ENSURE(par_time_left() <= LONG);
    while (!par_cancelled())
        sched_yield();
    return 1;
}

PAR_FORKABLE(int, fail_elsewhere)
{
    here++;
    par_fail(ENOENT, "lost %d", 5);
    return 1;
}

PAR_FORKABLE(int, obey_elsewhere)
{
    par_spawn(obey);
    WAIT_FOR_A_THIEF();
    return par_sync(obey);
}

PAR_FORKABLE(int, fail_twice)
{
    par_spawn(fail_elsewhere);
    WAIT_FOR_A_THIEF();
    int one = par_sync(fail_elsewhere);
    par_fail(EPERM, "the second one does not count");
    return one;
}

static int obey_in_task(void)
{
    return obey_elsewhere();
}

static int fail_in_task(void)
{
    return fail_twice();
}

PAR_DECORATE(int, obey_in_task)
PAR_DECORATE(int, fail_in_task)

/* That the pool closes, which waits for both threads, shows it. */
static void test_spawned_calls_are_cancelled(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    here = 0;
    assert_int_equal(
        par(&results, par_list(par_future(obey_in_task)), .pool = *state, .timeout = 0.05),
        PAR_ETIMEDOUT);
}

static void test_spawned_calls_fail(void **state)
{
    for (int i = 0; i < 100; i++) {
        PAR_AUTO(par_results) *results = NULL;
        here = 0;
        assert_int_equal(par(&results, par_list(par_future(fail_in_task)), .pool = *state),
                         PAR_ETASK);
        assert_int_equal(par_at(results, 0)->code, ENOENT);
        assert_string_equal(par_at(results, 0)->message, "lost 5");
    }
}

/* The child of a call that was stolen is in no task: the task's thread is the parent's. */
PAR_FORKABLE(int, fork_elsewhere)
{
    here++;
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        errno = 0;
        par_fail(ENOENT, "in no task");
        _exit(errno == ENOENT && isinf(par_time_left()) ? 7 : 8);
    }
    int status;
    ENSURE(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

PAR_FORKABLE(int, fork_in_stolen)
{
    par_spawn(fork_elsewhere);
    WAIT_FOR_A_THIEF();
    return par_sync(fork_elsewhere);
}

static int fork_in_task(void)
{
    return fork_in_stolen();
}

PAR_DECORATE(int, fork_in_task)

static void test_spawned_calls_fork(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    here = 0;
    assert_int_equal(
        par(&results, par_list(par_future(fork_in_task)), .pool = *state, .timeout = LONG), 0);
    assert_int_equal(par_get(results, 0, int), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_ordinary_code),
        cmocka_unit_test(test_six_parameters_of_any_type),
        cmocka_unit_test(test_mutual_recursion),
        cmocka_unit_test(test_void_without_parameters),
        cmocka_unit_test(test_more_open_spawns_than_there_is_room),
        cmocka_unit_test(test_joins_among_arguments),
        cmocka_unit_test(test_joins_newest_first),
        cmocka_unit_test(test_in_tasks),
        cmocka_unit_test(test_around_calls),
        cmocka_unit_test(test_from_many_threads),
        ON_WORKERS(test_idle_workers_take_part, open_pool, 2),
        ON_WORKERS(test_one_worker_works_alone, open_pool, 1),
        ON_WORKERS(test_waits_for_a_slow_thief, open_pool, 2),
        cmocka_unit_test(test_a_sleeping_waiter_helps_its_thief),
        ON_WORKERS(test_spawned_calls_are_cancelled, open_pool, 2),
        ON_WORKERS(test_spawned_calls_fail, open_pool, 2),
        ON_WORKERS(test_spawned_calls_fork, open_pool, 2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
