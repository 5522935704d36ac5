/* test_cxx.cpp - par's headers in C++, and its functions in place of the macros. */
#include <par.h>

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <setjmp.h>

extern "C" {
#include <cmocka.h>
}

/* A function that may fail, and its descriptor by hand: the example in par_function.h. */
static double scale(double x, int factor)
{
    if (factor == 0)
        par_fail(7, "%g cannot be scaled by nothing", x);
    return x * factor;
}

struct scale_arguments {
    double x;
    int factor;
};

static void scale_call(void *arguments, void *result)
{
    scale_arguments *given = static_cast<scale_arguments *>(arguments);
    *static_cast<double *>(result) = scale(given->x, given->factor);
}

static void scale_default_factor(void *argument)
{
    *static_cast<int *>(argument) = 3;
}

static const par_parameter scale_parameters[] = {
    {"x", PAR_FLOAT, sizeof(double), offsetof(scale_arguments, x), nullptr},
    {"factor", PAR_INT, sizeof(int), offsetof(scale_arguments, factor), scale_default_factor}};
static uint32_t scale_cost;
static const par_function scale_function = {"scale",    PAR_FLOAT,        sizeof(double),
                                            2,          scale_parameters, sizeof(scale_arguments),
                                            scale_call, &scale_cost,      PAR_VOID};

static par_value number(const char *name, double value)
{
    par_value made = {};
    made.name = name;
    made.type = PAR_FLOAT;
    made.size = sizeof value;
    made.as.f = value;
    return made;
}

static par_value integer(const char *name, int value)
{
    par_value made = {};
    made.name = name;
    made.type = PAR_INT;
    made.size = sizeof value;
    made.as.i = value;
    return made;
}

static par_task scale_task(const par_value *values, size_t n)
{
    par_task task;
    assert_int_equal(par_task_make(&task, &scale_function, values, n), 0);
    return task;
}

static double double_at(const par_results *results, const char *name)
{
    par_key key = {};
    key.kind = PAR_KEY_NAME;
    key.as.name = name;
    par_getter getter = {};
    getter.macro = "double_at";
    getter.results = "results";
    getter.wanted = "double";
    getter.type = PAR_FLOAT;
    getter.size = sizeof(double);
    return *static_cast<const double *>(par_results_get(results, key, &getter));
}

static void test_named_tasks(void **)
{
    const par_value positional[] = {number(nullptr, 1.5), integer(nullptr, 2)};
    const par_value keywords[] = {integer("factor", 4), number("x", 1.5)};
    const par_value defaulted[] = {number(nullptr, 1.5)};
    const par_named_task tasks[] = {{"positional", scale_task(positional, 2)},
                                    {"keywords", scale_task(keywords, 2)},
                                    {"defaulted", scale_task(defaulted, 1)}};
    par_options options = {};
    options.size = sizeof options;

    par_results *results;
    assert_int_equal(par_run(&results, par_named_array(tasks, 3), &options), 0);
    assert_int_equal(par_count(results), 3);
    assert_true(double_at(results, "positional") == 3.0);
    assert_true(double_at(results, "keywords") == 6.0);
    assert_true(double_at(results, "defaulted") == 4.5);
    par_results_free(results);
}

static void test_failure_in_silent_mode(void **)
{
    const par_value good[] = {number(nullptr, 2.0), integer(nullptr, 2)};
    const par_value bad[] = {number(nullptr, 2.0), integer(nullptr, 0)};
    const par_task tasks[] = {scale_task(good, 2), scale_task(bad, 2)};
    par_options options = {};
    options.size = sizeof options;
    options.silent = true;

    par_results *results;
    assert_int_equal(par_run(&results, par_array(tasks, 2), &options), 0);
    assert_int_equal(par_failures(results), 1);
    assert_int_equal(par_at(results, 0)->status, PAR_DONE);
    const par_slot *failed = par_at(results, 1);
    assert_int_equal(failed->status, PAR_FAILED);
    assert_int_equal(failed->code, 7);
    assert_string_equal(failed->message, "2 cannot be scaled by nothing");
    assert_string_equal(failed->function, "scale");
    assert_int_equal(failed->n_args, 2);
    par_results_free(results);
}

static void test_values_that_do_not_fit(void **)
{
    const par_value unknown[] = {number("x", 1.0), integer("factr", 1)};
    const par_task task = scale_task(unknown, 2);

    par_results *results;
    assert_int_equal(par_run(&results, par_array(&task, 1), nullptr), PAR_EARGS);
    assert_non_null(std::strstr(par_message(results), "factr"));
    par_results_free(results);
}

static void test_async(void **)
{
    const par_value values[] = {number(nullptr, 0.5), integer(nullptr, 2)};
    const par_named_task task = {"one", scale_task(values, 2)};

    par_async *call;
    assert_int_equal(par_start(&call, par_named_array(&task, 1), nullptr), 0);
    const par_results *results;
    assert_int_equal(par_async_wait(call, &results, nullptr), 0);
    assert_int_equal(par_async_status(call), PAR_DONE);
    assert_true(double_at(results, "one") == 1.0);
    par_async_free(call);
}

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_named_tasks),
        cmocka_unit_test(test_failure_in_silent_mode),
        cmocka_unit_test(test_values_that_do_not_fit),
        cmocka_unit_test(test_async),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
