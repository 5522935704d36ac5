/* test_pool.c - the scheduler as its callers see it: starting, submitting, helping, waiting,
 * stopping. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../sched/worker.h"
#include "items.h"
#include "pool_state.h"
#include "still_pool.h"
#include "stress.h"

static par_scheduler *scheduler;

static void start_with(unsigned workers, unsigned max_threads, int64_t spin, size_t capacity)
{
    par_scheduler_options options = {.workers = workers,
                                     .max_threads = max_threads,
                                     .spin = spin,
                                     .deque_capacity = capacity,
                                     .name = "test"};
    assert_int_equal(par_scheduler_start(&scheduler, &options), 0);
}

static int start_count(void **state)
{
    (void)state;
    par_store_relaxed(&items_alive, 0);
    return 0;
}

static void stop(void)
{
    assert_true(par_scheduler_stop(scheduler, PAR_NEVER));
    assert_int_equal(par_load_relaxed(&items_alive), 0);
}

static void run(items *call, par_submit_mode mode)
{
    par_scheduler_submit(scheduler, &call->batch, mode);
    if (mode == PAR_SUBMIT_HELP)
        par_scheduler_help(scheduler, &call->batch, true);
    if (!par_scheduler_wait(scheduler, &call->batch, PAR_NEVER))
        abort();
}

/* Sleeps, in a task or out of it, until another thread says so. */
static void await(_Atomic unsigned *counter, unsigned value)
{
    while (par_load_acquire(counter) < value)
        sched_yield();
}

/* Pools of one worker and of some, with and without spinning, with the smallest deques. */
static const struct {
    unsigned workers, max_threads;
    int64_t spin;
    size_t capacity;
} pools[] = {{1, 1, 0, 2}, {1, 2, 1000, 2}, {2, 2, 0, 0}, {2, 64, 20000, 2}, {8, 8, 1000, 4}};
enum { POOLS = sizeof(pools) / sizeof(*pools) };

static void start_pool(int i)
{
    start_with(pools[i].workers, pools[i].max_threads, pools[i].spin, pools[i].capacity);
}

static void test_start_and_stop(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        start_pool(round % POOLS);
        assert_int_equal(par_scheduler_workers(scheduler), pools[round % POOLS].workers);
        assert_null(par_scheduler_current());
        stop();
    }
}

static unsigned starts_left;
static int start_error;
static par_os real_os;

static int start_some(pthread_t *thread, size_t stack, void *(*main)(void *), void *argument)
{
    if (starts_left == 0)
        return start_error;
    starts_left--;
    return real_os.start_thread(thread, stack, main, argument);
}

/* When only some threads can be started, those are the workers; when none, that is the error. */
static void test_threads_that_do_not_start(void **state)
{
    static const int errors[] = {EAGAIN, ENOMEM, EPERM};
    (void)state;
    real_os = par_os_table;
    par_os_table.start_thread = start_some;
    for (int i = 0; i < 3; i++) {
        start_error = errors[i];
        for (unsigned some = 0; some <= 4; some++) {
            par_scheduler_options options = {.workers = 4, .max_threads = 8, .name = "few"};
            starts_left = some;
            int rc = par_scheduler_start(&scheduler, &options);
            if (some == 0) {
                assert_int_equal(rc, errors[i] == ENOMEM ? -ENOMEM : -EAGAIN);
                continue;
            }
            assert_int_equal(rc, 0);
            assert_int_equal(par_scheduler_workers(scheduler), some);
            items *call = items_new(100, 100, NULL, NULL, NULL);
            run(call, PAR_SUBMIT_WAIT);
            items_drop(call);
            stop();
        }
    }
    par_os_table = real_os;
}

/* Every item once, whatever the number of items, the limit, the way of waiting and the pool. */
static void test_every_item_once(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 31, 32, 33, 1000};
    static const uint32_t limits[] = {1, 2, 3, 100, PAR_BATCH_UNLIMITED};
    (void)state;
    for (int pool = 0; pool < POOLS; pool++) {
        start_pool(pool);
        for (size_t n = 0; n < sizeof(sizes) / sizeof(*sizes); n++) {
            for (size_t l = 0; l < sizeof(limits) / sizeof(*limits); l++) {
                for (int mode = PAR_SUBMIT_LEAVE; mode <= PAR_SUBMIT_HELP; mode++) {
                    items *call = items_new(sizes[n], limits[l], NULL, NULL, NULL);
                    run(call, (par_submit_mode)mode);
                    assert_int_equal(items_count(call, ITEMS_RAN), sizes[n]);
                    items_drop(call);
                }
            }
        }
        stop();
    }
}

static _Atomic unsigned running, most_running;

static void count_running(items *call, size_t index)
{
    (void)call;
    unsigned now = par_add_acq_rel(&running, 1) + 1;
    unsigned most = par_load_relaxed(&most_running);
    while (most < now && !par_cas_relaxed(&most_running, &most, now))
        ;
    if (index % 4 == 0)
        sched_yield();
    par_sub_acq_rel(&running, 1);
}

/* Never more threads in a batch than it has seats, the helping caller among them. */
static void test_limit(void **state)
{
    (void)state;
    for (int pool = 0; pool < POOLS; pool++) {
        start_pool(pool);
        for (uint32_t limit = 1; limit <= 5; limit++) {
            for (int mode = PAR_SUBMIT_LEAVE; mode <= PAR_SUBMIT_HELP; mode++) {
                items *call = items_new(500, limit, NULL, count_running, NULL);
                par_store_relaxed(&most_running, 0);
                run(call, (par_submit_mode)mode);
                assert_in_range(par_load_relaxed(&most_running), 1, limit);
                items_drop(call);
            }
        }
        stop();
    }
}

static _Atomic unsigned arrived;

/* All of them must be in their tasks at once. Nobody says that he blocks. */
static void meet(items *call, size_t index)
{
    (void)index;
    par_add_acq_rel(&arrived, 1);
    await(&arrived, (unsigned)call->batch.n);
}

/* As many tasks at once as there are workers; with a limit above, as many as that, by spares. */
static void test_rendezvous(void **state)
{
    static const struct {
        unsigned workers, max_threads, limit;
    } cases[] = {{1, 1, 1}, {2, 2, 2}, {8, 8, 8}, {1, 16, 16}, {2, 66, 64}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        start_with(cases[i].workers, cases[i].max_threads, 1000, 2);
        for (int round = 0; round < 20; round++) {
            items *call = items_new(cases[i].limit, cases[i].limit, NULL, meet, NULL);
            par_store_relaxed(&arrived, 0);
            run(call, PAR_SUBMIT_LEAVE);
            items_drop(call);
        }
        stop();
    }
}

/* The caller that helps is one of them, with seats for all. */
static void test_rendezvous_with_the_caller(void **state)
{
    (void)state;
    start_with(2, 2, 0, 2);
    for (int round = 0; round < 100; round++) {
        items *call = items_new(3, 3, NULL, meet, NULL);
        par_store_relaxed(&arrived, 0);
        run(call, PAR_SUBMIT_HELP);
        items_drop(call);
    }
    stop();
}

/* Calls that asked for more threads than there can be do not stay in memory for it. */
static void test_wide_calls_are_freed(void **state)
{
    (void)state;
    start_with(2, 2, 0, 0);
    for (int round = 0; round < 200; round++) {
        items *call = items_new(10, 10, NULL, NULL, NULL);
        run(call, PAR_SUBMIT_HELP);
        items_drop(call);
    }
    assert_true(pool_comes_to_rest(scheduler)); /* the last tickets are looked at and dropped */
    assert_in_range(par_load_relaxed(&items_alive), 0, 1);
    stop();
}

static void meet_blocking(items *call, size_t index)
{
    par_scheduler_blocking_begin();
    meet(call, index);
    par_scheduler_blocking_end();
}

/* Tasks that say that they block leave their seats to spares. */
static void test_rendezvous_of_the_blocked(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 2; workers++) {
        start_with(workers, 20, 1000, 2);
        for (int round = 0; round < 20; round++) {
            items *call = items_new(20, PAR_BATCH_UNLIMITED, NULL, meet_blocking, NULL);
            par_store_relaxed(&arrived, 0);
            run(call, PAR_SUBMIT_WAIT);
            items_drop(call);
        }
        stop();
    }
}

static _Atomic unsigned leaves;
static par_submit_mode nested_mode;

static void branch(items *call, size_t index)
{
    (void)index;
    unsigned depth = (unsigned)(uintptr_t)call->context;
    if (par_scheduler_current() != scheduler && par_worker_current() != NULL)
        abort();
    if (depth == 0) {
        par_add_relaxed(&leaves, 1);
        return;
    }
    items *child = items_new(2, 2, &call->batch, branch, (void *)(uintptr_t)(depth - 1));
    run(child, nested_mode);
    items_drop(child);
}

/* Calls in tasks, at any depth, on one worker too; by helping without any spare. */
static void test_nested(void **state)
{
    (void)state;
    for (int pool = 0; pool < POOLS; pool++) {
        start_pool(pool);
        for (int mode = PAR_SUBMIT_LEAVE; mode <= PAR_SUBMIT_HELP; mode++) {
            bool spares = pools[pool].max_threads >= pools[pool].workers + 16;
            if (mode != PAR_SUBMIT_HELP && !spares)
                continue; /* a task that runs nothing while it waits needs a thread that does */
            unsigned depth = mode == PAR_SUBMIT_HELP ? 9 : 3;
            nested_mode = (par_submit_mode)mode;
            par_store_relaxed(&leaves, 0);
            items *root = items_new(2, 2, NULL, branch, (void *)(uintptr_t)depth);
            run(root, PAR_SUBMIT_WAIT);
            items_drop(root);
            assert_int_equal(par_load_relaxed(&leaves), 2U << depth);
        }
        stop();
    }
}

static void hold(items *call, size_t index)
{
    (void)index;
    par_add_acq_rel(&running, 1);
    await(call->context, 1);
    par_sub_acq_rel(&running, 1);
}

/* A wait that gives up returns false, not early; what it waited for goes on, and can be waited for
 * again. */
static void test_wait_until_deadline(void **state)
{
    (void)state;
    for (int pool = 0; pool < POOLS; pool++) {
        for (int mode = PAR_SUBMIT_LEAVE; mode <= PAR_SUBMIT_WAIT; mode++) {
            _Atomic unsigned go = 0;
            start_pool(pool);
            items *call = items_new(3, 3, NULL, hold, &go);
            par_scheduler_submit(scheduler, &call->batch, (par_submit_mode)mode);
            assert_false(par_scheduler_wait(scheduler, &call->batch, 0));
            int64_t deadline = par_now() + 2000000;
            assert_false(par_scheduler_wait(scheduler, &call->batch, deadline));
            assert_true(par_now() >= deadline);
            par_store_release(&go, 1);
            assert_true(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER));
            assert_true(par_scheduler_wait(scheduler, &call->batch, 0));
            items_drop(call);
            stop();
        }
    }
}

/* What has not begun never does; a retracted batch is in nobody's memory any more. */
static void test_cancel_and_retract(void **state)
{
    (void)state;
    for (int pool = 0; pool < POOLS; pool++) {
        _Atomic unsigned go = 0;
        start_pool(pool);
        par_store_relaxed(&running, 0);
        items *held = items_new(pools[pool].workers, pools[pool].workers, NULL, hold, &go);
        par_scheduler_submit(scheduler, &held->batch, PAR_SUBMIT_LEAVE);
        await(&running, pools[pool].workers);
        items *other = items_new(1, 1, NULL, NULL, NULL);
        items *call = items_new(10, 10, NULL, NULL, NULL);
        call->batch.limit = pools[pool].workers; /* no spares are sent for it */
        par_scheduler_submit(scheduler, &other->batch, PAR_SUBMIT_LEAVE);
        par_scheduler_submit(scheduler, &call->batch, PAR_SUBMIT_LEAVE);
        assert_int_equal(items_cancel(call), 10);
        par_scheduler_retract(scheduler, &call->batch);
        assert_int_equal(par_load_relaxed(&call->batch.references), 1);
        assert_true(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER));
        items_drop(call);
        par_store_release(&go, 1);
        assert_true(par_scheduler_wait(scheduler, &other->batch, PAR_NEVER));
        assert_true(par_scheduler_wait(scheduler, &held->batch, PAR_NEVER));
        items_drop(held);
        items_drop(other);
        stop();
    }
}

/* Taking back a call whose ticket lies under another's takes that one out and puts it back: a worker that
 * looked meanwhile and fell asleep is woken. */
static void test_retract_wakes(void **state)
{
    (void)state;
    scheduler = still_start(2, 2, 4);
    par_worker_set_current(still_worker(scheduler, 0));
    items *calls[2];
    for (int i = 0; i < 2; i++) {
        calls[i] = items_new(1, 1, NULL, NULL, NULL);
        par_scheduler_submit(scheduler, &calls[i]->batch, PAR_SUBMIT_LEAVE);
    }
    items_cancel(calls[0]);
    par_idle_join(&scheduler->idle, 1);
    par_scheduler_retract(scheduler, &calls[0]->batch);
    assert_int_equal(still_rings(scheduler, 1), 1);
    assert_true(par_steal_any(scheduler));
    items_cancel(calls[1]);
    items_drop(calls[0]);
    items_drop(calls[1]);
    still_stop(scheduler);
    assert_int_equal(par_load_relaxed(&items_alive), 0);
}

static void cancel_inside(items *call, size_t index)
{
    (void)index;
    items *first = items_new(5, 1, &call->batch, NULL, NULL);
    items *second = items_new(5, 1, &call->batch, NULL, NULL);
    par_scheduler_submit(scheduler, &first->batch, PAR_SUBMIT_LEAVE);
    par_scheduler_submit(scheduler, &second->batch, PAR_SUBMIT_LEAVE);
    items_cancel(second);
    par_scheduler_retract(scheduler, &second->batch);
    items_cancel(first);
    par_scheduler_retract(scheduler, &first->batch);
    items_drop(first);
    items_drop(second);
}

static void test_retract_inside(void **state)
{
    (void)state;
    for (int pool = 0; pool < POOLS; pool++) {
        start_pool(pool);
        items *call = items_new(1000, PAR_BATCH_UNLIMITED, NULL, cancel_inside, NULL);
        run(call, PAR_SUBMIT_WAIT);
        items_drop(call);
        stop();
    }
}

/* P2, P3: stop gives up at its deadline while a thread is still there, and is called again. */
static void test_stop_with_a_deadline(void **state)
{
    (void)state;
    start_with(2, 4, 1000, 0);
    _Atomic unsigned go = 0;
    items *call = items_new(1, 1, NULL, hold, &go);
    par_store_relaxed(&running, 0);
    par_scheduler_submit(scheduler, &call->batch, PAR_SUBMIT_LEAVE);
    await(&running, 1);
    assert_false(par_scheduler_stop(scheduler, 0));
    assert_false(par_scheduler_stop(scheduler, par_now() + 1000000));
    par_store_release(&go, 1);
    assert_true(par_scheduler_stop(scheduler, PAR_NEVER));
    assert_true(par_latch_is_open(&call->batch.done));
    items_drop(call);
    assert_int_equal(par_load_relaxed(&items_alive), 0);
}

static par_scheduler *other_pool;

static void call_the_other_pool(items *call, size_t index)
{
    (void)index;
    items *child = items_new(2, 2, &call->batch, NULL, NULL);
    par_scheduler *there = par_scheduler_current() == scheduler ? other_pool : scheduler;
    par_scheduler_submit(there, &child->batch, PAR_SUBMIT_HELP);
    par_scheduler_help(there, &child->batch, true);
    if (!par_scheduler_wait(there, &child->batch, PAR_NEVER))
        abort();
    items_drop(child);
}

/* Two pools of one worker whose tasks call each other. */
static void test_two_pools(void **state)
{
    (void)state;
    start_with(1, 1, 1000, 2);
    other_pool = scheduler;
    start_with(1, 1, 0, 2);
    for (int round = 0; round < 200; round++) {
        items *here = items_new(4, 2, NULL, call_the_other_pool, NULL);
        items *there = items_new(4, 2, NULL, call_the_other_pool, NULL);
        par_scheduler_submit(scheduler, &here->batch, PAR_SUBMIT_LEAVE);
        par_scheduler_submit(other_pool, &there->batch, PAR_SUBMIT_LEAVE);
        assert_true(par_scheduler_wait(scheduler, &here->batch, PAR_NEVER));
        assert_true(par_scheduler_wait(other_pool, &there->batch, PAR_NEVER));
        items_drop(here);
        items_drop(there);
    }
    assert_true(par_scheduler_stop(other_pool, PAR_NEVER));
    stop();
}

/* --- fork ------------------------------------------------------------------------------------- */

static void expect_exit(pid_t child, int status)
{
    int got;
    assert_int_equal(waitpid(child, &got, 0), child);
    assert_true(WIFEXITED(got));
    assert_int_equal(WEXITSTATUS(got), status);
}

/* In the child waiting answers at once that it is not done, and a new pool works. */
static void test_fork_outside(void **state)
{
    (void)state;
    start_with(2, 4, 1000, 0);
    _Atomic unsigned go = 0;
    items *call = items_new(2, 2, NULL, hold, &go);
    par_scheduler_submit(scheduler, &call->batch, PAR_SUBMIT_LEAVE);
    pid_t child = fork();
    if (child == 0) {
        bool waited = par_scheduler_wait(scheduler, &call->batch, PAR_NEVER);
        if (UNDER_TSAN)
            _exit(waited ? 1 : 7);
        par_scheduler *fresh;
        par_scheduler_options options = {.workers = 2, .max_threads = 2, .name = "child"};
        if (waited || par_scheduler_start(&fresh, &options) != 0)
            _exit(1);
        scheduler = fresh;
        items *one = items_new(100, 2, NULL, NULL, NULL);
        run(one, PAR_SUBMIT_WAIT);
        _exit(par_scheduler_stop(fresh, PAR_NEVER) ? 7 : 2);
    }
    expect_exit(child, 7);
    par_store_release(&go, 1);
    assert_true(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER));
    items_drop(call);
    stop();
}

typedef struct forking {
    pid_t parent;
    _Atomic unsigned ready, go;
    _Atomic pid_t child;
    _Atomic unsigned ran_in_child; /* in memory that both processes share */
} forking;

static forking *shared;

static void must_not_run_in_child(items *call, size_t index)
{
    (void)call;
    (void)index;
    if (getpid() != shared->parent)
        par_add_relaxed(&shared->ran_in_child, 1);
}

/* Which of the two items comes to the thread that helps is not said: the context is its worker. */
static void fork_or_make_calls(items *call, size_t index)
{
    (void)index;
    if (par_worker_current() == call->context) {
        await(&shared->ready, 1);
        pid_t child = fork();
        if (child != 0) {
            par_store_relaxed(&shared->child, child);
            par_store_release(&shared->go, 1);
        }
    } else {
        items *below = items_new(20, 2, &call->batch, must_not_run_in_child, NULL);
        par_scheduler_submit(scheduler, &below->batch, PAR_SUBMIT_WAIT);
        par_add_acq_rel(&shared->ready, 1);
        await(&shared->go, 1);
        if (!par_scheduler_wait(scheduler, &below->batch, PAR_NEVER))
            abort();
        items_drop(below);
    }
}

static void help_in_parent_or_end(items *call, size_t index)
{
    pid_t parent = getpid();
    (void)index;
    items *two = items_new(2, 2, &call->batch, fork_or_make_calls, par_worker_current());
    par_scheduler_submit(scheduler, &two->batch, PAR_SUBMIT_HELP);
    par_scheduler_help(scheduler, &two->batch, true);
    bool done = par_scheduler_wait(scheduler, &two->batch, PAR_NEVER);
    if (getpid() != parent)
        _exit(done ? 1 : 7);
    items_drop(two);
}

/* A task forks while it helps, and there are calls below its batch that it could help with: in the
 * child it does not, since those are the parent's to run. */
static void test_fork_in_a_helping_task(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(shared, MAP_FAILED);
    *shared = (forking){.parent = getpid()};
    start_with(2, 2, 1000, 0);
    items *call = items_new(1, 1, NULL, help_in_parent_or_end, NULL);
    run(call, PAR_SUBMIT_LEAVE);
    expect_exit(par_load_relaxed(&shared->child), 7);
    assert_int_equal(par_load_relaxed(&shared->ran_in_child), 0);
    items_drop(call);
    stop();
    munmap(shared, sizeof(*shared));
}

static void fork_and_come_back(items *call, size_t index)
{
    (void)index;
    pid_t child = fork();
    if (child != 0)
        *(pid_t *)call->context = child;
}

/* A task that forks and comes back in the child: the child's only thread ends, and with it the
 * child. */
static void test_fork_in_a_task(void **state)
{
    pid_t child = 0;
    (void)state;
    if (UNDER_ASAN) { /* the child ends with the memory of threads that it does not have */
        print_message(
            "left out: LeakSanitizer takes what only the parent's threads hold for leaked\n");
        skip();
    }
    start_with(2, 2, 1000, 0);
    items *call = items_new(1, 1, NULL, fork_and_come_back, &child);
    run(call, PAR_SUBMIT_LEAVE);
    expect_exit(child, 0);
    items_drop(call);
    stop();
}

#define COUNTED(test) cmocka_unit_test_setup(test, start_count)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COUNTED(test_start_and_stop),
        COUNTED(test_threads_that_do_not_start),
        COUNTED(test_every_item_once),
        COUNTED(test_limit),
        COUNTED(test_rendezvous),
        COUNTED(test_rendezvous_with_the_caller),
        COUNTED(test_wide_calls_are_freed),
        COUNTED(test_rendezvous_of_the_blocked),
        COUNTED(test_nested),
        COUNTED(test_wait_until_deadline),
        COUNTED(test_cancel_and_retract),
        COUNTED(test_retract_wakes),
        COUNTED(test_retract_inside),
        COUNTED(test_stop_with_a_deadline),
        COUNTED(test_two_pools),
        COUNTED(test_fork_outside),
        COUNTED(test_fork_in_a_helping_task),
        COUNTED(test_fork_in_a_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
