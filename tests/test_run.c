/* test_run.c - par(): codes, results in their places, the order of starting, and what a failure
 * does. */
#include "support.h"

static atomic_int runs, drops;

static int setup(void **state)
{
    atomic_store(&runs, 0);
    atomic_store(&drops, 0);
    return open_pool(state);
}

static long twice(long x)
{
    atomic_fetch_add(&runs, 1);
    return 2 * x;
}
PAR_DECORATE(long, twice, (long, x))

static void count_drop(void *result)
{
    (void)result;
    atomic_fetch_add(&drops, 1);
}

static void test_no_tasks(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_results) *named = NULL;
    atomic_int released = 0;
    assert_int_equal(par(&results, par_list(), .pool = *state, .on_release = count_release,
                         .context = &released),
                     0);
    assert_non_null(results);
    assert_int_equal(atomic_load(&released), 1);
    assert_int_equal(par_count(results), 0);
    assert_int_equal(par_failures(results), 0);
    assert_string_equal(par_message(results), "");
    assert_int_equal(par(&named, par_named_array(NULL, 0), .pool = *state, .timeout = 1), 0);
    assert_int_equal(par_count(named), 0);
}

static void test_one_task(void **state)
{
    for (int timed = 0; timed < 2; timed++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(par(&results, par_list(twice_future(21)), .pool = *state,
                             .timeout = timed ? LONG : 0, .drop = count_drop),
                         0);
        assert_int_equal(par_get(results, 0, long), 42);
        const par_slot *slot = par_at(results, 0);
        assert_int_equal(slot->status, PAR_DONE);
        assert_int_equal(slot->code, 0);
        assert_string_equal(slot->message, "");
        assert_string_equal(slot->function, "twice");
        assert_true(slot->ran > 0);
        assert_true(slot->waited >= 0);
        assert_string_equal(par_message(results), "");
    }
    assert_int_equal(atomic_load(&runs), 2);
    assert_int_equal(atomic_load(&drops), 0);
}

static void test_order_by_index(void **state)
{
    enum { N = 100000 };
    par_task *tasks = malloc(N * sizeof(*tasks));
    assert_non_null(tasks);
    for (long i = 0; i < N; i++)
        tasks[i] = twice_future(i);
    for (int timed = 0; timed < 2; timed++) {
        PAR_AUTO(par_results) *results = NULL;
        atomic_store(&runs, 0);
        assert_int_equal(
            par(&results, par_array(tasks, N), .pool = *state, .timeout = timed ? LONG : 0), 0);
        assert_int_equal(atomic_load(&runs), N);
        for (long i = 0; i < N; i++)
            assert_int_equal(par_get(results, i, long), 2 * i);
    }
    free(tasks);
}

static void test_a_million_tasks(void **state)
{
    enum { N = UNDER_TSAN || UNDER_ASAN ? 100000 : 1000000 };
    par_task *tasks = malloc(N * sizeof(*tasks));
    assert_non_null(tasks);
    for (long i = 0; i < N; i++)
        tasks[i] = twice_future(i);
    par_results *results;
    assert_int_equal(par(&results, par_array(tasks, N), .pool = *state), 0);
    free(tasks);
    assert_int_equal(par_count(results), N);
    assert_int_equal(par_failures(results), 0);
    assert_int_equal(atomic_load(&runs), N);
    assert_int_equal(par_get(results, N - 1, long), 2L * (N - 1));
    par_results_free(results);
}

/* A result may point into the copy of a string argument; the caller's own strings may go at
 * once. */
static const char *behind(const char *text, size_t skip)
{
    return text + skip;
}
PAR_DECORATE(const char *, behind, (const char *, text), (size_t, skip))

static void test_strings_and_names_are_copied(void **state)
{
    enum { N = 100 };
    par_named_task tasks[N];
    char names[N][16], texts[N][64];
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "name%zu", i);
        snprintf(texts[i], sizeof(texts[i]), "a string of more than thirty-two bytes, %zu", i);
        tasks[i] = (par_named_task){names[i], behind_future(texts[i], 2)};
    }
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(async_par(&async, par_named_array(tasks, N), .pool = *state), 0);
    memset(names, '?', sizeof(names));
    memset(texts, '?', sizeof(texts));
    memset(tasks, 0x5a, sizeof(tasks));
    assert_int_equal(par_async_results(async, &seen), 0);
    for (size_t i = 0; i < N; i++) {
        char name[16], text[64];
        snprintf(name, sizeof(name), "name%zu", i);
        snprintf(text, sizeof(text), "string of more than thirty-two bytes, %zu", i);
        assert_string_equal(par_get(seen, name, const char *), text);
        assert_string_equal(par_at(seen, i)->name, name);
        assert_ptr_equal(par_at(seen, i)->args[0].as.s + 2, par_get(seen, i, const char *));
    }
}

/* Positional, by keyword, from extras and by default, through a whole call. */
static double mix(double a, int b, const char *c, long d)
{
    return a * 1000 + b * 100 + (double)strlen(c) * 10 + (double)d;
}
PAR_DECORATE(double, mix, (double, a), (int, b, 2), (const char *, c, "333"), (long, d, 4))

static void test_arguments_from_everywhere(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(
        par(&results,
            par_list(par_future(mix, 1), par_future(mix, 1, 5),
                     par_future(mix, par_kw(d, 7), par_kw(a, 1.0f)), mix_future(1, 1, "1", 1),
                     par_future(mix, 1, par_kw(c, "55555")), par_future(twice, 3)),
            .pool = *state, .extras = par_extras(par_kw(c, "22"), par_kw(d, 9))),
        0);
    const double expected[] = {1229, 1529, 1227, 1111, 1259};
    for (int i = 0; i < 5; i++)
        assert_true(par_get(results, i, double) - expected[i] == 0);
    assert_int_equal(par_get(results, 5, long), 6);
    const par_slot *slot = par_at(results, 2);
    assert_int_equal(slot->n_args, 4);
    assert_string_equal(slot->args[2].name, "c");
    assert_string_equal(slot->args[2].as.s, "22");
}

/* With one worker tasks start one after the other, in the order given. */
static atomic_int next_start;

static int take_number(void)
{
    return atomic_fetch_add(&next_start, 1);
}
PAR_DECORATE(int, take_number)

static void test_order_of_starting(void **state)
{
    enum { N = 5000 };
    static par_task tasks[N];
    for (int i = 0; i < N; i++)
        tasks[i] = take_number_future();
    for (int way = 0; way < 2; way++) {
        PAR_AUTO(par_results) *results = NULL;
        atomic_store(&next_start, 0);
        assert_int_equal(par(&results, par_array(tasks, N), .pool = *state, .max_workers = 1,
                             .timeout = way ? LONG : 0),
                         0);
        for (int i = 0; i < N; i++)
            assert_int_equal(par_get(results, i, int), i);
    }
}

static long fail_with(int code)
{
    par_fail(code, "because of %d", code);
    par_fail(ENOSPC, "this one does not count");
    return 5;
}
PAR_DECORATE(long, fail_with, (int, code))

/* A failure cancels what has not started; the message names the task. */
static void test_failure_cancels_the_rest(void **state)
{
    for (int timed = 0; timed < 2; timed++) {
        PAR_AUTO(par_results) *results = NULL;
        atomic_store(&runs, 0);
        assert_int_equal(
            par(&results,
                par_named({"first", twice_future(1)}, {"second", fail_with_future(ECONNREFUSED)},
                          {"third", twice_future(3)}),
                .pool = *state, .max_workers = 1, .timeout = timed ? LONG : 0, .drop = count_drop),
            PAR_ETASK);
        assert_int_equal(atomic_load(&runs), 1);
        assert_int_equal(par_get(results, "first", long), 2);
        const par_slot *second = par_find(results, "second"), *third = par_find(results, "third");
        assert_int_equal(second->status, PAR_FAILED);
        assert_int_equal(second->code, ECONNREFUSED);
        assert_string_equal(second->message, "because of 111");
        assert_true(second->ran > 0);
        assert_int_equal(third->status, PAR_FAILED);
        assert_int_equal(third->code, PAR_ECANCELED);
        assert_true(third->ran <= 0);
        assert_int_equal(par_failures(results), 2);
        assert_non_null(strstr(par_message(results), "second"));
        assert_non_null(strstr(par_message(results), "fail_with"));
        assert_non_null(strstr(par_message(results), "because of 111"));
    }
    assert_int_equal(atomic_load(&drops), 0);
}

/* It waits for those that run: what they write is there when par() has returned. */
static gate both_run = GATE;

static int outlive_the_failure(int *written)
{
    ENSURE(gate_meet(&both_run, 2));
    while (!par_cancelled())
        nap(0.0002);
    nap(0.005);
    *written = 1;
    return 6;
}
PAR_DECORATE(int, outlive_the_failure, (int *, written))

static int fail_beside(int code)
{
    ENSURE(gate_meet(&both_run, 2));
    return par_fail(code, "beside");
}
PAR_DECORATE(int, fail_beside, (int, code))

static void test_failure_waits_for_those_running(void **state)
{
    for (int way = 0; way < 4; way++) {
        PAR_AUTO(par_results) *results = NULL;
        int written = 0;
        par_task a = outlive_the_failure_future(&written), b = fail_beside_future(EIO);
        gate_reset(&both_run);
        assert_int_equal(par(&results, par_list(way % 2 ? a : b, way % 2 ? b : a), .pool = *state,
                             .max_workers = 2, .timeout = way / 2 ? LONG : 0),
                         PAR_ETASK);
        assert_int_equal(written, 1);
        assert_int_equal(par_get(results, way % 2 ? 0 : 1, int), 6);
        assert_int_equal(par_at(results, way % 2 ? 1 : 0)->code, EIO);
    }
}

/* Of two failures the first in time is in the message, not the first in the list. */
static gate second_failed = GATE;

static int fail_after(int code)
{
    ENSURE(gate_wait_for(&second_failed, 1, LONG));
    while (!par_cancelled()) /* the other's failure has been noted */
        nap(0.0002);
    return par_fail(code, "too late to count");
}
PAR_DECORATE(int, fail_after, (int, code))

static int fail_first(int code)
{
    gate_arrive(&second_failed);
    return par_fail(code, "first in time");
}
PAR_DECORATE(int, fail_first, (int, code))

static void test_first_failure_in_time(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    gate_reset(&second_failed);
    assert_int_equal(par(&results, par_list(fail_after_future(EIO), fail_first_future(ENOENT)),
                         .pool = *state, .max_workers = 2),
                     PAR_ETASK);
    assert_non_null(strstr(par_message(results), "first in time"));
    assert_int_equal(par_at(results, 0)->code, EIO);
    assert_string_equal(par_at(results, 0)->message, "too late to count");
    assert_int_equal(par_at(results, 1)->code, ENOENT);
}

static void test_silent(void **state)
{
    enum { N = 1000 };
    static par_task tasks[N];
    for (int i = 0; i < N; i++)
        tasks[i] = i % 3 == 0 ? fail_with_future(i + 1) : twice_future(i);
    PAR_AUTO(par_results) *results = NULL;
    size_t succeeded, failed;
    assert_int_equal(par(&results, par_array(tasks, N), .pool = *state, .silent = true), 0);
    assert_string_equal(par_message(results), "");
    assert_int_equal(par_failures(results), (N + 2) / 3);
    const par_slot *const *bad = par_failed(results, &failed);
    const par_slot *const *good = par_succeeded(results, &succeeded);
    assert_int_equal(failed + succeeded, N);
    for (size_t i = 0; i < failed; i++) {
        assert_int_equal(bad[i]->index, 3 * i);
        assert_int_equal(bad[i]->code, 3 * i + 1);
    }
    assert_int_equal(good[1]->index, 2);
    for (int i = 0; i < N; i++)
        assert_int_equal(par_get_or(results, i, long, -1), i % 3 == 0 ? -1 : 2 * i);
}

/* Functions that report failure by their result. */
static double root(double x)
{
    errno = x < 0 ? EDOM : 0;
    return x < 0 ? (double)NAN : sqrt(x);
}
PAR_DECORATE(double, root, (double, x))

static void test_checked(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results,
                         par_named({"good", par_check(root_future(4), PAR_NAN)},
                                   {"bad", par_check(root_future(-4), PAR_NAN)}),
                         .pool = *state, .silent = true),
                     0);
    assert_true(par_get(results, "good", double) - 2.0 == 0);
    assert_int_equal(par_find(results, "bad")->code, EDOM);
    assert_string_equal(par_find(results, "bad")->message, strerror(EDOM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SETUP_ON_POOLS(test_no_tasks, setup),
        SETUP_ON_POOLS(test_one_task, setup),
        SETUP_ON_POOLS(test_order_by_index, setup),
        SETUP_ON_POOLS(test_a_million_tasks, setup),
        SETUP_ON_POOLS(test_strings_and_names_are_copied, setup),
        SETUP_ON_POOLS(test_arguments_from_everywhere, setup),
        SETUP_ON_POOLS(test_order_of_starting, setup),
        SETUP_ON_POOLS(test_failure_cancels_the_rest, setup),
        SETUP_ON_POOLS(test_failure_waits_for_those_running, setup),
        SETUP_ON_POOLS(test_first_failure_in_time, setup),
        SETUP_ON_POOLS(test_silent, setup),
        SETUP_ON_POOLS(test_checked, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
