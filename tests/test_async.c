/* test_async.c - calls that are not waited for where they are made: status, results, cancelling,
 * giving back. The descriptor and the callbacks are in test_async_end.c. */
#include "support.h"

static gate hold = GATE;
static atomic_int runs, drops, dropped_sum;

static int setup(void **state)
{
    gate_reset(&hold);
    atomic_store(&runs, 0);
    atomic_store(&drops, 0);
    atomic_store(&dropped_sum, 0);
    return open_pool(state);
}

static int quick(int x)
{
    atomic_fetch_add(&runs, 1);
    return x;
}
PAR_DECORATE(int, quick, (int, x))

/* Runs until the test opens the gate. */
static int held(int x)
{
    atomic_fetch_add(&runs, 1);
    gate_pass(&hold);
    return x;
}
PAR_DECORATE(int, held, (int, x))

/* Runs until its call is cancelled. */
static int until_cancelled(int x)
{
    atomic_fetch_add(&runs, 1);
    gate_arrive(&hold);
    while (!par_cancelled())
        nap(0.0002);
    return x;
}
PAR_DECORATE(int, until_cancelled, (int, x))

static int fails(int code)
{
    return par_fail(code, "it was bound to");
}
PAR_DECORATE(int, fails, (int, code))

static void drop(void *result)
{
    atomic_fetch_add(&drops, 1);
    atomic_fetch_add(&dropped_sum, *(int *)result);
}

static void test_status_from_start_to_end(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(async_par(&async, par_list(held_future(5)), .pool = *state), 0);
    assert_int_equal(par_async_status(async), PAR_STARTED);
    assert_arrived(&hold, 1);
    assert_int_equal(par_async_status(async), PAR_STARTED);
    gate_open(&hold);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(par_async_status(async), PAR_DONE);
    assert_int_equal(par_get(seen, 0, int), 5);
    assert_string_equal(par_message(seen), "");
}

static void test_status_of_what_failed(void **state)
{
    for (int silent = 0; silent < 2; silent++) {
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        assert_int_equal(async_par(&async, par_named({"a", fails_future(ENOENT)}), .pool = *state,
                                   .silent = silent),
                         0);
        assert_int_equal(par_async_results(async, &seen), silent ? 0 : PAR_ETASK);
        assert_int_equal(par_async_status(async), silent ? PAR_DONE : PAR_FAILED);
        assert_int_equal(par_find(seen, "a")->code, ENOENT);
        assert_true((strstr(par_message(seen), "bound to") != NULL) == !silent);
    }
}

/* The same object and code each time, whatever the wait's own options are by then. */
static void test_results_again_and_again(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *first, *again;
    assert_int_equal(
        async_par(&async, par_list(quick_future(1), fails_future(EIO)), .pool = *state), 0);
    assert_int_equal(par_async_results(async, &first), PAR_ETASK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(par_async_results(async, &again, .timeout = 1e-9 * i), PAR_ETASK);
        assert_ptr_equal(first, again);
    }
    assert_int_equal(par_async_results(async, &again, .deadline = 1e-3), PAR_ETASK);
    assert_int_equal(par_at(again, 1)->code, EIO);
}

static void test_wait_timeout_then_again(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *first, *again;
    assert_int_equal(async_par(&async, par_list(held_future(5)), .pool = *state), 0);
    for (int i = 0; i < 3; i++) {
        double before = now_seconds();
        assert_int_equal(par_async_results(async, &first, .timeout = 0.01), PAR_ETIMEDOUT);
        assert_true(now_seconds() - before >= 0.01);
        assert_int_equal(par_async_status(async), PAR_STARTED);
    }
    assert_int_equal(par_async_results(async, &first, .deadline = now_seconds() - 1),
                     PAR_ETIMEDOUT);
    gate_open(&hold);
    assert_int_equal(par_async_results(async, &again, .timeout = 0), 0);
    assert_ptr_equal(first, again);
    assert_int_equal(par_get(again, 0, int), 5);
}

static void test_wait_options_that_mean_nothing(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen = NULL;
    assert_int_equal(async_par(&async, par_list(held_future(5)), .pool = *state), 0);
    assert_int_equal(par_async_results(async, &seen, .timeout = (double)NAN), PAR_EINVAL);
    assert_int_equal(par_async_results(async, &seen, .timeout = -1), PAR_EINVAL);
    assert_int_equal(par_async_results(async, &seen, .deadline = (double)NAN), PAR_EINVAL);
    assert_int_equal(par_async_wait(async, &seen, &(par_wait_options){.size = 0}), PAR_EINVAL);
    assert_non_null(seen);
    assert_int_equal(par_count(seen), 1);
    gate_open(&hold);
    assert_int_equal(par_async_results(async, &seen, .timeout = (double)INFINITY), 0);
}

/* What an earlier wait has shown stays as it was until the next one, though the task goes on. */
static void test_interim_results_stand_still(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    size_t n;
    assert_int_equal(async_par(&async,
                               par_named({"quick", quick_future(1)}, {"held", held_future(2)},
                                         {"last", quick_future(3)}),
                               .pool = *state, .max_workers = 1),
                     0);
    assert_arrived(&hold, 1);
    assert_int_equal(par_async_results(async, &seen, .timeout = 1e-6), PAR_ETIMEDOUT);
    const par_slot *running = par_find(seen, "held");
    assert_int_equal(par_get(seen, "quick", int), 1);
    assert_int_equal(running->status, PAR_STARTED);
    assert_int_equal(par_find(seen, "last")->status, PAR_NOT_STARTED);
    assert_int_equal(par_failures(seen), 2);
    assert_int_equal(par_succeeded(seen, &n)[0]->index, 0);
    assert_int_equal(n, 1);
    gate_open(&hold);
    while (par_async_status(async) == PAR_STARTED)
        nap(0.0005);
    assert_int_equal(running->status, PAR_STARTED);
    assert_int_equal(par_find(seen, "last")->status, PAR_NOT_STARTED);
    assert_int_equal(par_failures(seen), 2);
    par_failed(seen, &n);
    assert_int_equal(n, 2);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(par_get(seen, "held", int), 2);
    assert_int_equal(par_get(seen, "last", int), 3);
    par_failed(seen, &n);
    assert_int_equal(n, 0);
}

static void test_cancel(void **state)
{
    for (int silent = 0; silent < 2; silent++) {
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        gate_reset(&hold);
        assert_int_equal(async_par(&async,
                                   par_list(quick_future(1), held_future(2), quick_future(3)),
                                   .pool = *state, .max_workers = 1, .silent = silent),
                         0);
        assert_arrived(&hold, 1);
        par_async_cancel(async);
        par_async_cancel(async);
        assert_int_equal(par_async_status(async), PAR_STARTED);
        assert_int_equal(par_async_results(async, &seen, .timeout = 1e-3), PAR_ETIMEDOUT);
        gate_open(&hold);
        assert_int_equal(par_async_results(async, &seen), silent ? 0 : PAR_ECANCELED);
        assert_int_equal(par_async_status(async), silent ? PAR_DONE : PAR_FAILED);
        assert_int_equal(par_get(seen, 1, int), 2);
        assert_int_equal(par_at(seen, 2)->code, PAR_ECANCELED);
        assert_int_equal(par_at(seen, 2)->status, PAR_FAILED);
        assert_true(par_at(seen, 2)->ran <= 0);
    }
}

/* A call that is over is not changed by cancelling it, nor is what is said of it. */
static void test_cancel_after_the_end(void **state)
{
    for (int handed_out = 0; handed_out < 2; handed_out++) {
        PAR_AUTO(par_async) *async = NULL;
        const par_results *seen;
        assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = *state), 0);
        if (handed_out)
            assert_int_equal(par_async_results(async, &seen), 0);
        while (par_async_status(async) == PAR_STARTED)
            nap(0.0005);
        assert_int_equal(par_async_status(async), PAR_DONE);
        par_async_cancel(async);
        assert_int_equal(par_async_status(async), PAR_DONE);
        assert_int_equal(par_async_results(async, &seen), 0);
        assert_int_equal(par_get(seen, 0, int), 1);
    }
}

/* Free cancels what has not started and waits for what has. */
static void test_free_cancels_and_waits(void **state)
{
    atomic_int released = 0;
    par_async *async;
    assert_int_equal(async_par(&async,
                               par_list(until_cancelled_future(1), until_cancelled_future(2),
                                        until_cancelled_future(4)),
                               .pool = *state, .max_workers = 1, .drop = drop,
                               .on_release = count_release, .context = &released),
                     0);
    assert_arrived(&hold, 1);
    par_async_free(async);
    assert_int_equal(atomic_load(&runs), 1);
    assert_int_equal(atomic_load(&released), 1);
    assert_int_equal(atomic_load(&drops), 1);
    assert_int_equal(atomic_load(&dropped_sum), 1);
}

/* Detach lets all tasks run, and does not wait. */
static void test_detach_lets_them_finish(void **state)
{
    atomic_int released = 0;
    par_async *async;
    assert_int_equal(async_par(&async, par_list(held_future(1), held_future(2), held_future(4)),
                               .pool = *state, .max_workers = 1, .drop = drop,
                               .on_release = count_release, .context = &released),
                     0);
    par_async_detach(async);
    assert_int_equal(atomic_load(&released), 0);
    gate_open(&hold);
    assert_true(comes_to(&released, 1));
    assert_int_equal(atomic_load(&runs), 3);
    assert_true(comes_to(&drops, 3));
    assert_int_equal(atomic_load(&dropped_sum), 7);
}

/* Every order of seeing results and giving the handle back: each result is dropped once or was
 * shown. */
static void test_what_is_dropped(void **state)
{
    for (int way = 0; way < 6; way++) {
        par_async *async;
        const par_results *seen;
        atomic_int released = 0;
        gate_reset(&hold);
        atomic_store(&drops, 0);
        atomic_store(&dropped_sum, 0);
        assert_int_equal(
            async_par(&async,
                      par_list(quick_future(1), held_future(2), fails_future(EIO), quick_future(4)),
                      .pool = *state, .max_workers = 1, .silent = true, .drop = drop,
                      .on_release = count_release, .context = &released),
            0);
        assert_arrived(&hold, 1);
        if (way >= 3) /* shown: 1 */
            assert_int_equal(par_async_results(async, &seen, .timeout = 1e-6), PAR_ETIMEDOUT);
        int shown = way >= 3 ? 1 : 0;
        if (way % 3 == 0) { /* given back while they run */
            par_async_detach(async);
            gate_open(&hold);
        } else if (way % 3 == 1) { /* given back when they have ended */
            gate_open(&hold);
            assert_true(comes_to(&released, 1));
            par_async_free(async);
        } else { /* all shown */
            gate_open(&hold);
            assert_int_equal(par_async_results(async, &seen), 0);
            par_async_detach(async);
            shown = 7;
        }
        assert_true(comes_to(&released, 1));
        assert_true(comes_to(&drops, shown == 7 ? 0 : shown == 1 ? 2 : 3));
        assert_int_equal(atomic_load(&dropped_sum), 7 - shown);
    }
}

/* A call that can't be started leaves a handle that says why. */
static void test_failing_to_start(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    atomic_int released = 0;
    assert_int_equal(async_par(&async, par_named({"a", quick_future(1)}, {"a", quick_future(2)}),
                               .pool = *state, .on_release = count_release, .context = &released),
                     PAR_ENAME);
    assert_int_equal(atomic_load(&released), 1);
    assert_int_equal(par_async_status(async), PAR_FAILED);
    par_async_cancel(async);
    assert_int_equal(par_async_results(async, &seen, .timeout = 1), PAR_ENAME);
    assert_int_equal(par_async_results(async, &seen), PAR_ENAME);
    assert_non_null(strstr(par_message(seen), "\"a\""));
    assert_int_equal(par_count(seen), 2);
    assert_int_equal(par_at(seen, 0)->status, PAR_NOT_STARTED);
    assert_int_equal(atomic_load(&runs), 0);
    par_async *detached;
    assert_int_equal(async_par(&detached, par_list((par_task){0}), .pool = *state), PAR_EARGS);
    par_async_detach(detached);
}

static void test_no_tasks(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    atomic_int released = 0;
    assert_int_equal(async_par(&async, par_list(), .pool = *state, .on_release = count_release,
                               .context = &released),
                     0);
    assert_int_equal(atomic_load(&released), 1);
    assert_int_equal(par_async_status(async), PAR_DONE);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(par_count(seen), 0);
}

/* In one of the call's own tasks waiting would be for oneself. */
static par_async *_Atomic own;

static int wait_for_oneself(void)
{
    const par_results *seen;
    while (atomic_load(&own) == NULL)
        nap(0.0001);
    return par_async_results(atomic_load(&own), &seen);
}
PAR_DECORATE(int, wait_for_oneself)

static void test_waiting_for_oneself(void **state)
{
    par_async *async;
    const par_results *seen;
    atomic_store(&own, NULL);
    assert_int_equal(async_par(&async, par_list(wait_for_oneself_future()), .pool = *state), 0);
    atomic_store(&own, async);
    while (par_async_status(async) == PAR_STARTED)
        nap(0.0005);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(par_get(seen, 0, int), PAR_EDEADLK);
    par_async_free(async);
}

/* Its on_release, which comes before it is over, may free the handle, and does not wait for itself. */
static atomic_int waiting_said;

static void free_own(void *unused)
{
    const par_results *seen;
    (void)unused;
    while (atomic_load(&own) == NULL)
        nap(0.0001);
    atomic_store(&waiting_said, par_async_results(atomic_load(&own), &seen));
    par_async_free(atomic_load(&own));
    atomic_store(&own, NULL);
}

static void test_freed_by_its_on_release(void **state)
{
    for (int timed = 0; timed < 2; timed++) {
        par_async *async;
        atomic_store(&own, NULL);
        atomic_store(&waiting_said, 0);
        assert_int_equal(async_par(&async, par_list(quick_future(1)), .pool = *state,
                                   .timeout = timed ? LONG : 0, .on_release = free_own),
                         0);
        atomic_store(&own, async);
        while (atomic_load(&own) != NULL)
            nap(0.0005);
        assert_int_equal(atomic_load(&waiting_said), PAR_EDEADLK);
    }
}

/* The handle outlives its pool. */
static void test_results_after_the_pool_was_closed(void **state)
{
    par_pool *pool;
    PAR_AUTO(par_async) *async = NULL;
    PAR_AUTO(par_async) *late = NULL;
    const par_results *seen;
    (void)state;
    assert_int_equal(par_pool_open(&pool, .workers = 2), 0);
    assert_int_equal(async_par(&async, par_list(quick_future(9)), .pool = pool), 0);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    assert_int_equal(par_async_status(async), PAR_DONE);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(par_get(seen, 0, int), 9);
    assert_true(par_async_fd(async) >= 0);
    assert_int_equal(async_par(&late, par_list(quick_future(9)), .pool = pool), PAR_ECLOSED);
    assert_int_equal(par_async_status(late), PAR_FAILED);
    assert_int_equal(par_async_results(late, &seen), PAR_ECLOSED);
    assert_string_not_equal(par_message(seen), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETUP_ON_POOLS(test_status_from_start_to_end, setup),
        SETUP_ON_POOLS(test_status_of_what_failed, setup),
        SETUP_ON_POOLS(test_results_again_and_again, setup),
        SETUP_ON_POOLS(test_wait_timeout_then_again, setup),
        SETUP_ON_POOLS(test_wait_options_that_mean_nothing, setup),
        SETUP_ON_POOLS(test_interim_results_stand_still, setup),
        SETUP_ON_POOLS(test_cancel, setup),
        SETUP_ON_POOLS(test_free_cancels_and_waits, setup),
        SETUP_ON_POOLS(test_detach_lets_them_finish, setup),
        SETUP_ON_POOLS(test_what_is_dropped, setup),
        SETUP_ON_POOLS(test_failing_to_start, setup),
        SETUP_ON_POOLS(test_no_tasks, setup),
        SETUP_ON_POOLS(test_waiting_for_oneself, setup),
        SETUP_ON_POOLS(test_freed_by_its_on_release, setup),
        SETUP_ON_POOLS(test_results_after_the_pool_was_closed, setup),
        SETUP_ON_POOLS(test_cancel_after_the_end, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
