/* test_bind.c - tasks, extras and defaults become arguments; arguments become values. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../api/par_error.h"
#include "../api/par_future.h"
#include "bound.h"

static double price(const char *crypto, const char *period, int count)
{
    return (double)(strlen(crypto) * 100 + (period ? strlen(period) : 0) * 10) + count;
}

static int level(uint8_t value, bool loud)
{
    return value + 1000 * loud;
}

static char *fill(char *buffer, const void *bytes)
{
    return bytes != NULL ? buffer : NULL;
}

static const char *echo(const char *text)
{
    return text;
}

static unsigned count(void)
{
    return 0;
}

static void nothing(void)
{
}

static float root(float x)
{
    return sqrtf(x);
}

PAR_DECORATE(double, price, (const char *, crypto), (const char *, period, "5m"), (int, count, 1))
PAR_DECORATE(int, level, (uint8_t, value), (bool, loud, false))
PAR_DECORATE(char *, fill, (char *, buffer), (const void *, bytes, NULL))
PAR_DECORATE(const char *, echo, (const char *, text))
PAR_DECORATE(unsigned, count)
PAR_DECORATE(void, nothing)
PAR_DECORATE(float, root, (float, x))

static const par_extra_values no_extras;

static void assert_refused(par_task task, par_extra_values extras, int code, const char *text)
{
    bound b;
    assert_int_equal(bound_make(&b, task, extras), code);
    assert_string_equal(b.error.text, text);
}

static double price_of(par_task task, par_extra_values extras)
{
    bound b;
    double result;
    assert_int_equal(bound_make(&b, task, extras), 0);
    bound_run(&b);
    memcpy(&result, b.result, sizeof(result));
    return result;
}

/* What is no task. */

static void test_what_is_no_task(void **state)
{
    (void)state;
    par_task task = {0};
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
    task = count_future();
    assert_int_equal(par_bind_check(&task), 0);
    task.form = 99;
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
    task.form = PAR_FORM_FOREIGN;
    task.as.foreign.call = NULL;
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
    task = par_future(count);
    task.n = 9;
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
}

/* Where arguments come from. */

static void test_own_values_then_extras_then_defaults(void **state)
{
    (void)state;
    par_extra_values extras = par_extras(par_kw(period, "10m"), par_kw(count, 7));
    assert_true(price_of(par_future(price, "BTC"), no_extras) == 321);
    assert_true(price_of(par_future(price, "BTC"), extras) == 337);
    assert_true(price_of(par_future(price, "BTC", "1"), extras) == 317);
    assert_true(price_of(par_future(price, "BTC", par_kw(count, 2)), extras) == 332);
    assert_true(price_of(par_future(price, par_kw(period, NULL), par_kw(crypto, "X")), extras) ==
                107);
    assert_true(price_of(price_future("BTC", "5m", 2), extras) == 322);
}

static void test_extras_are_used_where_they_have_a_parameter(void **state)
{
    (void)state;
    bound b;
    par_extra_values extras =
        par_extras(par_kw(period, "10m"), par_kw(perod, 1), par_kw(crypto, "X"));
    assert_int_equal(bound_make(&b, par_future(price, "BTC"), extras), 0);
    assert_true(b.used[0] && !b.used[1] && b.used[2]);
    assert_int_equal(bound_make(&b, price_future("BTC", "1", 1), extras), 0);
    assert_true(b.used[0] && !b.used[1] && b.used[2]);
    assert_int_equal(bound_make(&b, count_future(), extras), 0);
    assert_true(!b.used[0] && !b.used[1] && !b.used[2]);
}

/* An extra for a parameter that has its own value is not even converted. */
static void test_unused_extras_may_be_of_any_type(void **state)
{
    (void)state;
    assert_true(price_of(par_future(price, "BTC", "1", 2), par_extras(par_kw(count, "x"))) == 312);
}

static void test_refusals(void **state)
{
    (void)state;
    assert_refused(par_future(count, 1), no_extras, PAR_EARGS,
                   "count() takes 0 arguments and is given 1");
    assert_refused(par_future(echo, "a", "b"), no_extras, PAR_EARGS,
                   "echo() takes 1 argument and is given 2");
    assert_refused(par_future(price, "BTC", par_kw(perod, "10m")), no_extras, PAR_EARGS,
                   "price() has no parameter \"perod\"");
    assert_refused(par_future(price, "BTC", par_kw(crypto, "ETH")), no_extras, PAR_EARGS,
                   "price() is given \"crypto\" twice");
    assert_refused(par_future(price, par_kw(crypto, "BTC"), par_kw(crypto, "ETH")), no_extras,
                   PAR_EARGS, "price() is given \"crypto\" twice");
    assert_refused(par_future(price, par_kw(crypto, "BTC"), "5m"), no_extras, PAR_EARGS,
                   "price() is given a value without a name after \"crypto\"");
    assert_refused(par_future(price), no_extras, PAR_EARGS,
                   "price() lacks its argument \"crypto\"");
    assert_refused(par_future(price, "BTC"), par_extras(par_kw(count, 1), par_kw(count, 2)),
                   PAR_EARGS, "price() is given \"count\" twice");
    assert_refused(price_future("BTC", "5m", 2), par_extras(par_kw(count, 1), par_kw(count, 2)),
                   PAR_EARGS, "price() is given \"count\" twice");
    assert_refused(par_future(level, 300), no_extras, PAR_EARGS,
                   "level() cannot take value=300: the parameter is an unsigned 8-bit integer");
    assert_refused(par_future(level, 3, par_kw(loud, 2.5)), no_extras, PAR_EARGS,
                   "level() cannot take loud=2.5: the parameter is a bool");
    assert_refused(par_future(level, 3), par_extras(par_kw(loud, "very\n")), PAR_EARGS,
                   "level() cannot take loud=\"very\\n\": the parameter is a bool");
    char text[128];
    int here = 0;
    snprintf(text, sizeof(text), "price() cannot take crypto=%p: the parameter is a const char *",
             (void *)&here);
    assert_refused(par_future(price, &here), no_extras, PAR_EARGS, text);
}

static void test_unknown_types_are_refused(void **state)
{
    (void)state;
    par_value odd = {.name = "loud", .type = (par_type)77, .size = 4};
    assert_refused(par_future(level, 3), (par_extra_values){&odd, 1}, PAR_ETYPE,
                   "level() is given a value of unknown type or size for \"loud\"");
    odd = (par_value){.type = PAR_INT, .size = 4};
    assert_refused(par_future(level, 3), (par_extra_values){&odd, 1}, PAR_EARGS,
                   "level() is given an extra without a name");
}

/* Strings. */

static void test_strings_are_copied(void **state)
{
    (void)state;
    bound b;
    char crypto[] = "BTC";
    par_value values[3];
    assert_int_equal(bound_make(&b, par_future(price, crypto), no_extras), 0);
    assert_int_equal(b.string_bytes, sizeof("BTC") + sizeof("5m"));
    crypto[0] = '\0';
    par_bound_values(b.function, b.storage, values);
    assert_string_equal(values[0].as.s, "BTC");
    assert_ptr_equal(values[0].as.s, b.strings);
    assert_string_equal(values[1].as.s, "5m");
    assert_ptr_equal(values[1].as.s, b.strings + sizeof("BTC"));
    assert_int_equal(bound_make(&b, price_future("BTC", NULL, 1), no_extras), 0);
    assert_int_equal(b.string_bytes, sizeof("BTC"));
}

static void test_what_is_not_declared_a_string_is_not_copied(void **state)
{
    (void)state;
    bound b;
    char buffer[] = {'x'};
    assert_int_equal(bound_make(&b, par_future(fill, buffer, buffer), no_extras), 0);
    assert_int_equal(b.string_bytes, 0);
    bound_run(&b);
    assert_ptr_equal(*(char **)b.result, buffer);
    par_task task = fill_future(buffer, NULL);
    assert_false(par_bind_size(&task).strings);
    task = echo_future(NULL);
    assert_true(par_bind_size(&task).strings);
}

static void test_a_result_may_point_into_the_copies(void **state)
{
    (void)state;
    bound b;
    assert_int_equal(bound_make(&b, echo_future("text"), no_extras), 0);
    bound_run(&b);
    assert_ptr_equal(*(const char **)b.result, b.strings);
}

/* Sizes and values. */

static void test_sizes(void **state)
{
    (void)state;
    par_task task = par_future(price, "BTC");
    par_bind_sizes sizes = par_bind_size(&task);
    assert_int_equal(sizes.result, 32);
    assert_int_equal(sizes.total, 48);
    task = nothing_future();
    sizes = par_bind_size(&task);
    assert_int_equal(sizes.total, 0);
}

static void test_arguments_as_values(void **state)
{
    (void)state;
    bound b;
    par_value values[3];
    assert_int_equal(bound_make(&b, par_future(level, 200, true), no_extras), 0);
    assert_int_equal(par_bound_count(b.function), 2);
    par_bound_values(b.function, b.storage, values);
    assert_string_equal(values[0].name, "value");
    assert_int_equal(values[0].type, PAR_UINT);
    assert_int_equal(values[0].size, 1);
    assert_int_equal(values[0].as.u, 200);
    assert_int_equal(values[1].type, PAR_BOOL);
    assert_int_equal(values[1].as.i, 1);
    assert_int_equal(par_bound_count(par_function_of(count)), 0);
}

/* Checks. */

static void test_checks_that_do_not_suit(void **state)
{
    (void)state;
    assert_refused(par_check(count_future(), PAR_NEGATIVE), no_extras, PAR_EARGS,
                   "count() has a result that PAR_NEGATIVE is not for");
    assert_refused(par_check(par_future(level, 1), PAR_NULL), no_extras, PAR_EARGS,
                   "level() has a result that PAR_NULL is not for");
    assert_refused(par_check(par_future(level, 1), PAR_NAN), no_extras, PAR_EARGS,
                   "level() has a result that PAR_NAN is not for");
    assert_refused(par_check(nothing_future(), PAR_NEGATIVE), no_extras, PAR_EARGS,
                   "nothing() has a result that PAR_NEGATIVE is not for");
    assert_refused(par_check(nothing_future(), (par_failure)9), no_extras, PAR_EARGS,
                   "nothing() is given a check that does not exist");
}

static void test_checks(void **state)
{
    (void)state;
    int number = -1;
    const char *text = NULL;
    float real = NAN;
    const par_function *f = par_function_of(level);
    assert_int_equal(par_bound_check(f, 0, &number, EIO), 0);
    assert_int_equal(par_bound_check(f, PAR_NEGATIVE, &number, EIO), EIO);
    assert_int_equal(par_bound_check(f, PAR_NEGATIVE, &number, 0), EINVAL);
    number = 0;
    assert_int_equal(par_bound_check(f, PAR_NEGATIVE, &number, EIO), 0);
    f = par_function_of(echo);
    assert_int_equal(par_bound_check(f, PAR_NULL, &text, EIO), EIO);
    text = "";
    assert_int_equal(par_bound_check(f, PAR_NULL, &text, EIO), 0);
    f = par_function_of(root);
    assert_int_equal(par_bound_check(f, PAR_NAN, &real, EDOM), EDOM);
    assert_int_equal(par_bound_check(f, PAR_NEGATIVE, &real, EDOM), 0);
    real = -0.5f;
    assert_int_equal(par_bound_check(f, PAR_NAN, &real, EDOM), 0);
    assert_int_equal(par_bound_check(f, PAR_NEGATIVE, &real, EDOM), EDOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_task),
        cmocka_unit_test(test_own_values_then_extras_then_defaults),
        cmocka_unit_test(test_extras_are_used_where_they_have_a_parameter),
        cmocka_unit_test(test_unused_extras_may_be_of_any_type),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_unknown_types_are_refused),
        cmocka_unit_test(test_strings_are_copied),
        cmocka_unit_test(test_what_is_not_declared_a_string_is_not_copied),
        cmocka_unit_test(test_a_result_may_point_into_the_copies),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_arguments_as_values),
        cmocka_unit_test(test_checks_that_do_not_suit),
        cmocka_unit_test(test_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
