/* test_misuse.c - what makes no sense is refused with a code and a message, and nothing has run. */
#include "support.h"

#include "../api/par_future.h"

static atomic_int runs;

static int run(int x)
{
    atomic_fetch_add(&runs, 1);
    return x;
}
PAR_DECORATE(int, run, (int, x, 7))

/* The call is refused: code, a message with the words, on_release once, no task started; and the
 * same for the call that is not waited for. */
static void refused(par_pool *pool, par_calls calls, par_options options, int code,
                    const char *words)
{
    atomic_int released = 0;
    par_results *results = (par_results *)1;
    int before = atomic_load(&runs);
    options.size = sizeof(options);
    options.pool = pool;
    options.on_release = count_release;
    options.context = &released;
    assert_int_equal(par_run(&results, calls, &options), code);
    assert_int_equal(atomic_load(&released), 1);
    assert_non_null(results);
    if (strstr(par_message(results), words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, par_message(results));
    for (size_t i = 0; i < par_count(results); i++)
        assert_int_not_equal(par_at(results, i)->status, PAR_DONE);
    par_results_free(results);

    par_async *async = (par_async *)1;
    const par_results *seen = NULL;
    assert_int_equal(par_start(&async, calls, &options), code);
    assert_int_equal(atomic_load(&released), 2);
    assert_non_null(async);
    assert_int_equal(par_async_status(async), PAR_FAILED);
    assert_int_equal(par_async_results(async, &seen), code);
    assert_non_null(seen);
    assert_non_null(strstr(par_message(seen), words));
    par_async_free(async);
    assert_int_equal(atomic_load(&released), 2);
    assert_int_equal(atomic_load(&runs), before);
}

#define REFUSED(calls, code, words) refused(*state, calls, (par_options){0}, code, words)

static void test_null_everything(void **state)
{
    par_calls calls = par_list(run_future(1));
    const par_results *seen = (const par_results *)1;
    int before = atomic_load(&runs);
    assert_int_equal(par_run(NULL, calls, NULL), PAR_EINVAL);
    assert_int_equal(par_start(NULL, calls, NULL), PAR_EINVAL);
    assert_int_equal(par(NULL, calls, .pool = *state), PAR_EINVAL);
    assert_int_equal(async_par(NULL, calls), PAR_EINVAL);
    assert_int_equal(par_async_results(NULL, &seen), PAR_EINVAL);
    assert_null(seen);
    assert_int_equal(par_async_wait(NULL, NULL, NULL), PAR_EINVAL);
    assert_int_equal(par_async_status(NULL), PAR_NOT_STARTED);
    assert_int_equal(par_async_fd(NULL), PAR_EINVAL);
    assert_int_equal(par_async_then(NULL, NULL, NULL), PAR_EINVAL);
    par_async_cancel(NULL);
    par_async_free(NULL);
    par_async_detach(NULL);
    par_results_free(NULL);
    assert_int_equal(par_pool_create(NULL, NULL), PAR_EINVAL);
    assert_int_equal(par_pool_close(NULL, 0), PAR_EINVAL);
    assert_int_equal(par_count(NULL), 0);
    assert_string_not_equal(par_message(NULL), "");
    assert_int_equal(atomic_load(&runs), before);
}

static void test_null_for_the_results_of_a_handle(void **state)
{
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(async_par(&async, par_list(run_future(1)), .pool = *state), 0);
    assert_int_equal(par_async_results(async, NULL), PAR_EINVAL);
    assert_int_equal(par_async_then(async, NULL, NULL), PAR_EINVAL);
    assert_int_equal(par_async_results(async, &seen), 0);
    assert_int_equal(par_get(seen, 0, int), 1);
}

static void test_null_options_are_the_defaults(void **state)
{
    (void)state;
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_async) *async = NULL;
    const par_results *seen;
    assert_int_equal(par_run(&results, par_list(run_future(3)), NULL), 0);
    assert_int_equal(par_get(results, 0, int), 3);
    assert_int_equal(par_start(&async, par_list(run_future(4)), NULL), 0);
    assert_int_equal(par_async_wait(async, &seen, NULL), 0);
    assert_int_equal(par_get(seen, 0, int), 4);
}

static void test_zeroed_tasks(void **state)
{
    static const par_task zero;
    par_task tasks[3] = {run_future(1), zero, run_future(2)};
    REFUSED(par_array(tasks, 3), PAR_EARGS, "[1]");
    REFUSED(par_list(zero), PAR_EARGS, "[0]");
    REFUSED(par_named({"a", run_future(1)}, {"b", zero}), PAR_EARGS, "\"b\"");
    tasks[1].form = 77;
    tasks[1].function = tasks[0].function;
    REFUSED(par_array(tasks, 3), PAR_EARGS, "[1]");
}

static void test_wrong_calls(void **state)
{
    par_task task = run_future(1);
    par_named_task named = {"a", task};
    REFUSED(par_array(NULL, 3), PAR_EINVAL, "");
    REFUSED(par_named_array(NULL, 1), PAR_EINVAL, "");
    REFUSED(((par_calls){.elements = &task, .n = 1}), PAR_EINVAL, "");
    REFUSED(((par_calls){.elements = &task, .n = 1, .size = 8}), PAR_EINVAL, "");
    REFUSED(((par_calls){.elements = &task, .n = 1, .size = SIZE_MAX}), PAR_EINVAL, "");
    REFUSED(((par_calls){.elements = &task, .n = 1, .size = sizeof(named)}), PAR_EINVAL, "");
    REFUSED(((par_calls){.elements = &named, .n = 1, .size = sizeof(task), .named = true}),
            PAR_EINVAL, "");
}

/* More tasks than memory can hold: not one of them is looked at. */
static void test_sizes_that_overflow(void **state)
{
    par_task task = run_future(1);
    par_named_task named = {"a", task};
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4, SIZE_MAX / 160,
                            SIZE_MAX / 168 + 2};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        for (int is_named = 0; is_named < 2; is_named++) {
            par_results *results = (par_results *)1;
            par_async *async = (par_async *)1;
            atomic_int released = 0;
            par_calls calls =
                is_named ? par_named_array(&named, sizes[i]) : par_array(&task, sizes[i]);
            int rc = par(&results, calls, .pool = *state, .on_release = count_release,
                         .context = &released);
            assert_true(rc == PAR_ENOMEM || rc == PAR_EINVAL);
            assert_true((results == NULL) == (rc == PAR_ENOMEM));
            assert_int_equal(async_par(&async, calls, .pool = *state), rc);
            assert_true((async == NULL) == (rc == PAR_ENOMEM));
            assert_int_equal(atomic_load(&released), 1);
            par_results_free(results);
            par_async_free(async);
        }
    }
}

static void test_unknown_extras(void **state)
{
    refused(*state, par_list(run_future(1), par_future(run)),
            (par_options){.extras = par_extras(par_kw(y, 1))}, PAR_EARGS, "\"y\"");
    refused(*state, par_list(par_future(run)),
            (par_options){.extras = par_extras(par_kw(x, 1), par_kw(perod, 1))}, PAR_EARGS,
            "perod");
    refused(*state, par_list(par_future(run)), (par_options){.extras = par_extras(par_kw(x, 1.5))},
            PAR_EARGS, "x");
    refused(*state, par_list(par_future(run)), (par_options){.extras = {NULL, 3}}, PAR_EINVAL, "");
    par_value nameless = {.type = PAR_INT, .size = sizeof(int), .as = {.i = 1}};
    refused(*state, par_list(par_future(run)), (par_options){.extras = {&nameless, 1}}, PAR_EARGS,
            "");
}

static void test_arguments_that_do_not_fit(void **state)
{
    REFUSED(par_list(run_future(0), par_future(run, 1, 2)), PAR_EARGS, "[1]");
    REFUSED(par_list(run_future(0), par_future(run, par_kw(y, 2))), PAR_EARGS, "y");
    REFUSED(par_named({"a", run_future(0)}, {"b", par_future(run, 1, par_kw(x, 2))}), PAR_EARGS,
            "\"b\"");
    REFUSED(par_list(run_future(0), par_future(run, "text")), PAR_EARGS, "run");
    REFUSED(par_list(run_future(0), par_check(run_future(1), PAR_NAN)), PAR_EARGS, "[1]");
}

static void test_names_among_three(void **state)
{
    par_task t = run_future(1);
    REFUSED(par_named({"a", t}, {"b", t}, {"a", t}), PAR_ENAME, "\"a\"");
    REFUSED(par_named({"a", t}, {"", t}, {"c", t}), PAR_ENAME, "[1]");
    REFUSED(par_named({"a", t}, {"b", t}, {NULL, t}), PAR_ENAME, "[2]");
}

static void test_names_among_ten_thousand(void **state)
{
    enum { N = 10000 };
    static par_named_task tasks[N];
    static char names[N][12];
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "task%zu", i);
        tasks[i] = (par_named_task){names[i], run_future(1)};
    }
    tasks[9876].name = "task123";
    REFUSED(par_named_array(tasks, N), PAR_ENAME, "task123");
    tasks[9876].name = "";
    REFUSED(par_named_array(tasks, N), PAR_ENAME, "[9876]");
    tasks[9876].name = NULL;
    REFUSED(par_named_array(tasks, N), PAR_ENAME, "[9876]");
    tasks[9876].name = names[9876];
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results, par_named_array(tasks, N), .pool = *state), 0);
    assert_int_equal(par_find(results, "task9876")->index, 9876);
}

/* Codes that no task can give itself. */
static int fail_with(int code)
{
    return par_fail(code, "code %d", code);
}
PAR_DECORATE(int, fail_with, (int, code))

static void test_codes_of_par_fail(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results,
                         par_list(fail_with_future(0), fail_with_future(PAR_ETIMEDOUT),
                                  fail_with_future(INT_MIN), fail_with_future(INT_MAX),
                                  fail_with_future(ENOENT)),
                         .pool = *state, .silent = true),
                     0);
    const int expected[] = {EINVAL, EINVAL, EINVAL, INT_MAX, ENOENT};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(par_at(results, i)->status, PAR_FAILED);
        assert_int_equal(par_at(results, i)->code, expected[i]);
    }
    assert_string_equal(par_at(results, 1)->message, "code -110");
}

static void test_par_fail_outside_a_task(void **state)
{
    (void)state;
    errno = 0;
    assert_int_equal(fail_with(ENOENT), ENOENT);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(par_fail(-5, "%s", "words"), -5);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(par_fail(0, NULL), 0);
    assert_int_equal(errno, EINVAL);
    assert_false(par_cancelled());
    assert_true(isinf(par_time_left()));
}

static int begin_only(int times)
{
    for (int i = 0; i < times; i++)
        par_blocking_begin();
    return times;
}
PAR_DECORATE(int, begin_only, (int, times))

static int end_only(int times)
{
    for (int i = 0; i < times; i++)
        par_blocking_end();
    return times;
}
PAR_DECORATE(int, end_only, (int, times))

/* Tasks that forget the one or do the other too often leave the pool as it was. */
static void test_blocking_unbalanced(void **state)
{
    enum { N = 200 };
    static par_task tasks[N];
    for (int i = 0; i < N; i++)
        tasks[i] = i % 2 == 0 ? begin_only_future(i % 3 + 1) : end_only_future(i % 5 + 1);
    begin_only(3);
    end_only(5);
    for (int timed = 0; timed < 2; timed++) {
        PAR_AUTO(par_results) *results = NULL;
        assert_int_equal(
            par(&results, par_array(tasks, N), .pool = *state, .timeout = timed ? LONG : 0), 0);
        assert_int_equal(par_failures(results), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_POOLS(test_null_everything),
        ON_POOLS(test_null_for_the_results_of_a_handle),
        ON_DEFAULT(test_null_options_are_the_defaults),
        ON_POOLS(test_zeroed_tasks),
        ON_POOLS(test_wrong_calls),
        ON_POOLS(test_unknown_extras),
        ON_POOLS(test_arguments_that_do_not_fit),
        ON_POOLS(test_names_among_three),
        ON_POOLS(test_names_among_ten_thousand),
        ON_POOLS(test_codes_of_par_fail),
        ON_DEFAULT(test_par_fail_outside_a_task),
        ON_POOLS(test_blocking_unbalanced),
        ON_POOLS(test_sizes_that_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
