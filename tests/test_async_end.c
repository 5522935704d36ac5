/* test_async_end.c - how others hear of a call's end: its descriptor and its callbacks. */
#include "support.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static gate hold = GATE;
static atomic_int called, order, released;

static int setup(void **state)
{
    gate_reset(&hold);
    atomic_store(&called, 0);
    atomic_store(&order, 0);
    atomic_store(&released, 0);
    return open_pool(state);
}

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

static bool readable(int fd, int milliseconds)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, milliseconds) == 1 && (p.revents & POLLIN) != 0;
}

/* Readable when the call is over and not before; the same descriptor each time; written once. */
static void test_fd(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    eventfd_t value = 0;
    assert_int_equal(async_par(&async, par_list(held_future(1)), .pool = *state), 0);
    int fd = par_async_fd(async);
    assert_true(fd >= 0);
    assert_int_equal(par_async_fd(async), fd);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_false(readable(fd, 0));
    assert_arrived(&hold, 1);
    assert_false(readable(fd, 5));
    gate_open(&hold);
    assert_true(readable(fd, 60000));
    assert_int_not_equal(par_async_status(async), PAR_STARTED);
    assert_int_equal(par_async_fd(async), fd);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_true(readable(fd, 0));
    assert_int_equal(eventfd_read(fd, &value), 0);
    assert_int_equal(value, 1);
    assert_int_equal(par_async_fd(async), fd);
    assert_false(readable(fd, 5));
}

static void test_fd_after_the_end(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    PAR_AUTO(par_async) *empty = NULL;
    PAR_AUTO(par_async) *failed = NULL;
    const par_results *seen;
    assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = *state), 0);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_true(readable(par_async_fd(async), 0));
    assert_int_equal(async_par(&empty, par_list(), .pool = *state), 0);
    assert_true(readable(par_async_fd(empty), 0));
    assert_int_equal(async_par(&failed, par_list((par_task){0}), .pool = *state), PAR_EARGS);
    assert_true(readable(par_async_fd(failed), 0));
}

/* The deadline ends the call for the descriptor as well, though the task still runs and nobody
 * waits. */
static void test_fd_by_deadline(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    double before = now_seconds();
    assert_int_equal(async_par(&async, par_list(held_future(1)), .pool = *state, .timeout = 0.04,
                               .on_release = count_release, .context = &released),
                     0);
    int fd = par_async_fd(async);
    assert_true(fd >= 0);
    assert_true(readable(fd, 60000));
    assert_true(now_seconds() - before >= 0.04);
    assert_int_equal(par_async_status(async), PAR_FAILED);
    assert_int_equal(par_async_results(async, &seen), PAR_ETIMEDOUT);
    assert_int_equal(atomic_load(&released), 0);
    gate_open(&hold);
    assert_true(comes_to(&released, 1));
}

static void test_epoll(void **state)
{
    enum { N = 50 };
    par_async *calls[N];
    int set = epoll_create1(EPOLL_CLOEXEC);
    assert_true(set >= 0);
    for (int i = 0; i < N; i++) {
        assert_int_equal(async_par(&calls[i], par_list(quick_future(i), quick_future(-i)),
                                   .pool = *state, .timeout = i % 2 ? LONG : 0),
                         0);
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.u32 = (uint32_t)i}};
        assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, par_async_fd(calls[i]), &event), 0);
    }
    for (int seen = 0; seen < N;) {
        struct epoll_event events[8];
        const par_results *results;
        int n = epoll_wait(set, events, 8, 60000);
        assert_true(n > 0);
        for (int k = 0; k < n; k++) {
            int i = (int)events[k].data.u32;
            assert_int_equal(par_async_results(calls[i], &results), 0);
            assert_int_equal(par_get(results, 0, int), i);
            par_async_free(calls[i]);
        }
        seen += n;
    }
    close(set);
}

/* Callbacks */

typedef struct note {
    par_async *async;
    int place; /* in the order of the calls */
    int status;
    bool in_task;
    pthread_t thread;
} note;

static void take_note(par_async *async, void *argument)
{
    note *n = argument;
    n->async = async;
    n->place = atomic_fetch_add(&order, 1) + 1;
    n->status = (int)par_async_status(async);
    n->in_task = !isinf(par_time_left());
    n->thread = pthread_self();
    atomic_fetch_add(&called, 1);
}

static void test_then_before_and_after_the_end(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    note notes[6] = {{0}};
    assert_int_equal(async_par(&async, par_list(held_future(1)), .pool = *state), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(par_async_then(async, take_note, &notes[i]), 0);
    assert_arrived(&hold, 1);
    assert_int_equal(atomic_load(&called), 0);
    gate_open(&hold);
    assert_true(comes_to(&called, 3));
    assert_int_equal(par_async_results(async, &seen), 0);
    for (int i = 3; i < 6; i++)
        assert_int_equal(par_async_then(async, take_note, &notes[i]), 0);
    assert_true(comes_to(&called, 6));
    for (int i = 0; i < 6; i++) {
        assert_ptr_equal(notes[i].async, async);
        assert_int_equal(notes[i].status, PAR_DONE);
        assert_false(notes[i].in_task);
        assert_false(pthread_equal(notes[i].thread, pthread_self()));
        assert_int_not_equal(notes[i].place, 0);
    }
}

/* By the deadline, though the task still runs and nobody waits. */
static void test_then_by_deadline(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    note n = {0};
    assert_int_equal(async_par(&async, par_list(held_future(1)), .pool = *state, .timeout = 0.02,
                               .on_release = count_release, .context = &released),
                     0);
    assert_int_equal(par_async_then(async, take_note, &n), 0);
    assert_true(comes_to(&called, 1));
    assert_int_equal(n.status, PAR_FAILED);
    assert_int_equal(atomic_load(&released), 0);
    gate_open(&hold);
    assert_true(comes_to(&released, 1));
}

/* The only worker is in the task: the callback comes after it. */
static void test_then_by_deadline_on_one(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    note n = {0};
    assert_int_equal(async_par(&async, par_list(held_future(1)), .pool = *state, .timeout = 0.02,
                               .on_release = count_release, .context = &released),
                     0);
    assert_int_equal(par_async_then(async, take_note, &n), 0);
    while (par_async_status(async) == PAR_STARTED)
        nap(0.001);
    gate_open(&hold);
    assert_true(comes_to(&called, 1));
    assert_int_equal(n.status, PAR_FAILED);
    assert_true(comes_to(&released, 1));
}

/* A callback may take the results and free the handle. */
static void take_results(par_async *async, void *argument)
{
    const par_results *seen;
    ENSURE(par_async_results(async, &seen) == 0);
    atomic_store((atomic_int *)argument, par_get(seen, 0, int));
    par_async_free(async);
    atomic_fetch_add(&called, 1);
}

static void test_then_frees_the_handle(void **state)
{
    for (int i = 1; i <= 100; i++) {
        par_async *async;
        atomic_int got = 0;
        assert_int_equal(async_par(&async, par_list(quick_future(i)), .pool = *state,
                                   .timeout = i % 2 ? LONG : 0),
                         0);
        assert_int_equal(par_async_then(async, take_results, &got), 0);
        assert_true(comes_to(&called, i));
        assert_int_equal(atomic_load(&got), i);
    }
}

/* Freeing it in the callback of a deadline, with the task still running. */
static void free_it(par_async *async, void *argument)
{
    (void)argument;
    par_async_free(async);
    atomic_fetch_add(&called, 1);
}

static void test_then_frees_what_still_runs(void **state)
{
    par_async *async;
    double before = now_seconds();
    assert_int_equal(async_par(&async, par_list(held_future(1)), .pool = *state, .timeout = 0.02,
                               .on_release = count_release, .context = &released),
                     0);
    assert_int_equal(par_async_then(async, free_it, NULL), 0);
    while (now_seconds() < before + 0.025) /* the deadline has come */
        nap(0.001);
    gate_open(&hold);
    assert_true(comes_to(&called, 1));
    assert_true(comes_to(&released, 1));
}

/* Cancelling what had not started ends the call: its callback may free the handle meanwhile. */
static par_async *_Atomic queued;

static int until_cancelled_beside(void)
{
    while (atomic_load(&queued) == NULL || par_async_status(atomic_load(&queued)) == PAR_STARTED)
        ;
    return 1;
}
PAR_DECORATE(int, until_cancelled_beside)

static void test_cancel_ends_what_then_frees(void **state)
{
    par_pool *pool;
    (void)state;
    assert_int_equal(par_pool_open(&pool, .workers = 1, .max_threads = 1), 0);
    for (int i = 1; i <= 20; i++) {
        par_async *async;
        par_async *in_the_way;
        atomic_store(&queued, NULL);
        assert_int_equal(
            async_par(&in_the_way, par_list(until_cancelled_beside_future()), .pool = pool), 0);
        assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = pool), 0);
        assert_int_equal(par_async_then(async, free_it, NULL), 0);
        atomic_store(&queued, async);
        par_async_cancel(async);
        assert_true(comes_to(&called, i));
        par_async_detach(in_the_way);
    }
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* A callback may make calls on its own pool, and wait for them. */
static void make_a_call(par_async *async, void *pool)
{
    PAR_AUTO(par_results) *results = NULL;
    (void)async;
    ENSURE(par(&results, par_list(quick_future(1), quick_future(2)), .pool = pool,
               .timeout = LONG) == 0);
    ENSURE(par_get(results, 1, int) == 2);
    atomic_fetch_add(&called, 1);
}

static void test_then_makes_calls(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = *state), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(par_async_then(async, make_a_call, *state), 0);
    assert_true(comes_to(&called, 10));
}

/* What was registered is called, even when the handle has been given back. */
static void test_then_and_detach(void **state)
{
    par_async *async;
    note n = {0};
    assert_int_equal(async_par(&async, par_list(held_future(1)), .pool = *state), 0);
    assert_int_equal(par_async_then(async, take_note, &n), 0);
    assert_arrived(&hold, 1);
    gate_open(&hold);
    assert_true(comes_to(&called, 1));
    par_async_detach(async);
}

static void test_then_on_a_closed_pool(void **state)
{
    par_pool *pool;
    PAR_AUTO(par_async) *async = NULL;
    note n = {0};
    (void)state;
    assert_int_equal(par_pool_open(&pool, .workers = 1), 0);
    assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = pool), 0);
    assert_int_equal(par_async_then(async, take_note, &n), 0);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    assert_int_equal(atomic_load(&called), 1);
    assert_int_equal(par_async_then(async, take_note, &n), PAR_ECLOSED);
    assert_true(readable(par_async_fd(async), 0));
    assert_int_equal(atomic_load(&called), 1);
}

/* Timers of many calls, set in any order, each ends its own call. */
static void test_many_deadlines(void **state)
{
    enum { N = 64 };
    par_async *calls[N];
    const par_results *seen;
    double starts[N];
    for (int i = 0; i < N; i++) {
        starts[i] = now_seconds();
        assert_int_equal(async_par(&calls[i], par_list(held_future(i)), .pool = *state,
                                   .timeout = 0.02 + 0.001 * (i * 37 % N)),
                         0);
        assert_true(par_async_fd(calls[i]) >= 0);
    }
    for (int i = 0; i < N; i++) {
        assert_true(readable(par_async_fd(calls[i]), 60000));
        assert_true(now_seconds() - starts[i] >= 0.02 + 0.001 * (i * 37 % N));
    }
    gate_open(&hold);
    for (int i = 0; i < N; i++) {
        assert_int_equal(par_async_results(calls[i], &seen), PAR_ETIMEDOUT);
        par_async_free(calls[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETUP_ON_POOLS(test_fd, setup),
        SETUP_ON_POOLS(test_fd_after_the_end, setup),
        SETUP_ON_POOLS(test_fd_by_deadline, setup),
        SETUP_ON_POOLS(test_epoll, setup),
        SETUP_ON_POOLS(test_then_before_and_after_the_end, setup),
        ON_WORKERS(test_then_by_deadline_on_one, setup, 1),
        ON_WORKERS(test_then_by_deadline, setup, 2),
        ON_WORKERS(test_then_by_deadline, setup, 8),
        SETUP_ON_POOLS(test_then_frees_the_handle, setup),
        SETUP_ON_POOLS(test_then_frees_what_still_runs, setup),
        ON_WORKERS(test_cancel_ends_what_then_frees, setup, 0),
        SETUP_ON_POOLS(test_then_makes_calls, setup),
        SETUP_ON_POOLS(test_then_and_detach, setup),
        ON_WORKERS(test_then_on_a_closed_pool, setup, 0),
        SETUP_ON_POOLS(test_many_deadlines, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
