/* test_ffi.c - functions that have not been decorated. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../api/par_error.h"
#include "../api/par_ffi.h"

#if PAR_HAS_FFI
#include "bound.h"

enum color { RED, GREEN = -1 };

static int ran;

static void tick(void)
{
    ran++;
}

static int8_t negate8(int8_t n)
{
    return (int8_t)-n;
}

static uint16_t add16(uint16_t a, uint16_t b)
{
    return (uint16_t)(a + b);
}

static int64_t negate64(int64_t n)
{
    return -n;
}

static bool negated(bool b)
{
    return !b;
}

static float halved(float x)
{
    return x / 2;
}

static enum color other(enum color color)
{
    return color == RED ? GREEN : RED;
}

static int of_all(char *to, const char *from, size_t n, double d, float f, bool b, int8_t i,
                  const void *p)
{
    memcpy(to, from, n);
    return (int)d + (int)f + b + i + (p == to);
}

static int apply(int (*function)(int), int n)
{
    return function(n);
}

static const char *echo(const char *text)
{
    return text;
}

static char *same(char *text)
{
    return text;
}

/* Runs `task`, whose result has the type of `expected`, and compares. */
#define assert_gives(task, expected)                                     \
    do {                                                                 \
        __typeof__(expected) gives_;                                     \
        assert_int_equal(bound_result(task, &gives_, sizeof gives_), 0); \
        assert_true(gives_ == (expected));                               \
    } while (0)

static void test_results_of_every_kind(void **state)
{
    (void)state;
    assert_gives(par_ffi_future(negate8, (int8_t)5), (int8_t)-5);
    assert_gives(par_ffi_future(add16, (uint16_t)65535, (uint16_t)3), (uint16_t)2);
    assert_gives(par_ffi_future(abs, -3), 3);
    assert_gives(par_ffi_future(negate64, (int64_t)1 << 40), -((int64_t)1 << 40));
    assert_gives(par_ffi_future(negated, (bool)false), (bool)true);
    assert_gives(par_ffi_future(halved, 3.0f), 1.5f);
    assert_gives(par_ffi_future(pow, 2.0, 10.0), 1024.0);
    assert_gives(par_ffi_future(other, RED == 0 ? (enum color)RED : GREEN), (enum color)GREEN);
    assert_gives(par_ffi_future(strlen, "text"), (size_t)4);
    ran = 0;
    assert_int_equal(bound_result(par_ffi_future(tick), NULL, 0), 0);
    assert_int_equal(ran, 1);
}

static void test_eight_values_and_pointers(void **state)
{
    (void)state;
    char buffer[8] = "";
    assert_gives(par_ffi_future(of_all, buffer, "abc", (size_t)4, 100.0, 20.0f, (bool)true,
                                (int8_t)3, (const void *)buffer),
                 125);
    assert_string_equal(buffer, "abc");
    assert_gives(par_ffi_future(apply, toupper, (int)'a'), (int)'A');
    int (*function)(int) = abs;
    assert_gives(par_ffi_future(function, -4), 4);
}

static void test_only_const_char_is_a_string(void **state)
{
    (void)state;
    bound b;
    char text[] = "text";
    assert_int_equal(bound_make(&b, par_ffi_future(echo, text), (par_extra_values){0}), 0);
    assert_int_equal(b.string_bytes, sizeof(text));
    bound_run(&b);
    assert_ptr_equal(*(const char **)b.result, b.strings);
    assert_int_equal(bound_make(&b, par_ffi_future(same, text), (par_extra_values){0}), 0);
    assert_int_equal(b.string_bytes, 0);
    bound_run(&b);
    assert_ptr_equal(*(char **)b.result, text);
}

static void test_values_have_no_names(void **state)
{
    (void)state;
    bound b;
    par_value values[2];
    assert_int_equal(bound_make(&b, par_ffi_future(pow, 2.0, 10.0), par_extras(par_kw(x, 1))), 0);
    assert_false(b.used[0]);
    assert_string_equal(b.function->name, "pow");
    assert_int_equal(b.function->result_type, PAR_FLOAT);
    assert_null(b.function->cost);
    assert_int_equal(par_bound_count(b.function), 2);
    par_bound_values(b.function, b.storage, values);
    assert_null(values[1].name);
    assert_int_equal(values[1].type, PAR_FLOAT);
    assert_true(values[1].as.f == 10.0);
}

static void test_check(void **state)
{
    (void)state;
    bound b;
    par_task task = par_check(par_ffi_future(sqrt, -1.0), PAR_NAN);
    assert_int_equal(bound_make(&b, task, (par_extra_values){0}), 0);
    bound_run(&b);
    assert_int_equal(par_bound_check(b.function, task.check, b.result, EDOM), EDOM);
    task = par_check(par_ffi_future(sqrt, 1.0), PAR_NULL);
    assert_int_equal(bound_make(&b, task, (par_extra_values){0}), PAR_EARGS);
    assert_string_equal(b.error.text, "sqrt() has a result that PAR_NULL is not for");
}

static void test_values_are_evaluated_once(void **state)
{
    (void)state;
    int n = -3;
    par_task task = par_ffi_future(abs, n++);
    assert_int_equal(n, -2);
    assert_gives(task, 3);
    assert_int_equal(par_list(task, par_ffi_future(abs, n++)).n, 2);
    assert_int_equal(n, -1);
}

static void test_what_is_no_task(void **state)
{
    (void)state;
    par_value value = {.type = PAR_STRUCT, .size = 8};
    const void *address = &ran;
    par_task task = par_ffi_task("f", address, PAR_INT, 4, &value, 1);
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
    task = par_ffi_task("f", address, PAR_STRUCT, 8, NULL, 0);
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
    task = par_ffi_task("f", address, PAR_INT, 3, NULL, 0);
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
    value = (par_value){.type = PAR_VOID};
    task = par_ffi_task("f", address, PAR_INT, 4, &value, 1);
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
    value = (par_value){.type = PAR_INT, .size = 4};
    task = par_ffi_task("f", address, PAR_INT, 4, &value, 9);
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
    task = par_ffi_task("f", NULL, PAR_INT, 4, NULL, 0);
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_of_every_kind),
        cmocka_unit_test(test_eight_values_and_pointers),
        cmocka_unit_test(test_only_const_char_is_a_string),
        cmocka_unit_test(test_values_have_no_names),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_values_are_evaluated_once),
        cmocka_unit_test(test_what_is_no_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void test_the_macro_is_absent(void **state)
{
    (void)state;
#ifdef par_ffi_future
    fail();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_macro_is_absent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
