/* test_value.c - values as text, and numbers from one type to another. */
#include <float.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../api/convert.h"
#include "../api/par_error.h"
#include "../api/value_print.h"

static par_value int_value(long long i)
{
    return (par_value){.type = PAR_INT, .size = sizeof(i), .as = {.i = i}};
}

static par_value uint_value(unsigned long long u)
{
    return (par_value){.type = PAR_UINT, .size = sizeof(u), .as = {.u = u}};
}

static par_value bool_value(bool b)
{
    return (par_value){.type = PAR_BOOL, .size = sizeof(b), .as = {.i = b}};
}

static par_value float_value(double f)
{
    return (par_value){.type = PAR_FLOAT, .size = sizeof(f), .as = {.f = f}};
}

static par_value single_value(float f)
{
    return (par_value){.type = PAR_FLOAT, .size = sizeof(f), .as = {.f = (double)f}};
}

static par_value string_value(const char *s)
{
    return (par_value){.type = PAR_STRING, .size = sizeof(s), .as = {.s = s}};
}

static par_value pointer_value(const void *p)
{
    return (par_value){.type = PAR_POINTER, .size = sizeof(p), .as = {.p = p}};
}

static par_value named(const char *name, par_value value)
{
    value.name = name;
    return value;
}

/* Text. */

/* Both ways of printing give `expected`. */
static void assert_prints(par_value value, const char *expected)
{
    char buffer[512];
    char *text = NULL;
    size_t n = 0;
    assert_string_equal(par_value_format(buffer, sizeof(buffer), &value), expected);
    FILE *file = open_memstream(&text, &n);
    assert_non_null(file);
    par_value_print(file, &value);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void test_prints_scalars(void **state)
{
    (void)state;
    assert_prints(named("n", int_value(-3)), "n=-3");
    assert_prints(int_value(LLONG_MIN), "-9223372036854775808");
    assert_prints(uint_value(ULLONG_MAX), "18446744073709551615");
    assert_prints(named("flag", bool_value(true)), "flag=true");
    assert_prints(bool_value(false), "false");
    assert_prints(pointer_value(NULL), "NULL");
    assert_prints(pointer_value((const void *)(uintptr_t)0xbeef), "0xbeef");
    assert_prints((par_value){.name = "p", .type = PAR_STRUCT, .size = 16}, "p={16 bytes}");
    assert_prints((par_value){.type = PAR_VOID}, "void");
}

static void test_prints_floats_in_the_fewest_digits(void **state)
{
    (void)state;
    assert_prints(float_value(0.1), "0.1");
    assert_prints(float_value(0.1 + 0.2), "0.30000000000000004");
    assert_prints(float_value(3), "3");
    assert_prints(float_value(-2.5), "-2.5");
    assert_prints(float_value(1e300), "1e+300");
    assert_prints(float_value(DBL_MAX), "1.7976931348623157e+308");
    assert_prints(float_value(0x1p-1074), "4.94065645841247e-324");
    assert_prints(float_value(INFINITY), "inf");
    assert_prints(float_value(-INFINITY), "-inf");
    assert_prints(float_value((double)NAN), "nan");
    assert_prints(single_value(0.1f), "0.1");
    assert_prints(single_value(16777217.0f), "16777216");
    assert_prints(single_value(1.0f / 3), "0.33333334");
}

static void test_prints_strings(void **state)
{
    (void)state;
    assert_prints(named("crypto", string_value("BTC")), "crypto=\"BTC\"");
    assert_prints(named("crypto", string_value(NULL)), "crypto=NULL");
    assert_prints(string_value(""), "\"\"");
    assert_prints(string_value("a\"b\\c\nd\re\tf"), "\"a\\\"b\\\\c\\nd\\re\\tf\"");
    assert_prints(string_value("\033[31m1\x7f"), "\"\\033[31m1\\177\"");
    assert_prints(string_value("\xe2\x82\xac"), "\"\xe2\x82\xac\"");
}

static void test_cuts_what_is_too_long(void **state)
{
    (void)state;
    char out[12];
    par_value value = string_value("0123456789abcdef");
    assert_string_equal(par_value_format(out, sizeof(out), &value), "\"0123456...");
    value = string_value("012345678");
    assert_string_equal(par_value_format(out, sizeof(out), &value), "\"012345678\"");
    value = string_value("0123456789");
    assert_string_equal(par_value_format(out, sizeof(out), &value), "\"0123456...");
    value = named("a_long_name", int_value(1));
    assert_string_equal(par_value_format(out, 4, &value), "...");
}

/* A locale may not be installed, so the point is looked for in those that usually are. */
static void test_prints_a_full_stop_in_every_locale(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "C"};
    size_t i = 0;
    while (setlocale(LC_NUMERIC, names[i]) == NULL)
        i++;
    assert_prints(float_value(0.1), "0.1");
    assert_prints(float_value(1e-7), "1e-07");
    setlocale(LC_NUMERIC, "C");
}

/* Conversions. */

/* Converts `value` to a parameter of that C type and compares the result, or the refusal. */
#define assert_converts(value, type, kind, expected)                  \
    do {                                                              \
        type to_ = 0;                                                 \
        assert_int_equal(convert(value, kind, sizeof(to_), &to_), 0); \
        assert_true(to_ == (expected));                               \
    } while (0)
#define assert_refuses(value, type, kind)                                     \
    do {                                                                      \
        type to_;                                                             \
        assert_int_equal(convert(value, kind, sizeof(to_), &to_), PAR_EARGS); \
    } while (0)

static int convert(par_value value, par_type type, size_t size, void *at)
{
    par_parameter parameter = {.name = "x", .type = type, .size = size};
    return par_convert(&value, &parameter, at);
}

static void test_integers_to_integers(void **state)
{
    (void)state;
    assert_converts(int_value(-128), int8_t, PAR_INT, -128);
    assert_converts(int_value(127), int8_t, PAR_INT, 127);
    assert_refuses(int_value(128), int8_t, PAR_INT);
    assert_refuses(int_value(-129), int8_t, PAR_INT);
    assert_converts(int_value(255), uint8_t, PAR_UINT, 255);
    assert_refuses(int_value(300), uint8_t, PAR_UINT);
    assert_refuses(int_value(-1), uint8_t, PAR_UINT);
    assert_refuses(int_value(-1), uint64_t, PAR_UINT);
    assert_converts(int_value(-1), int16_t, PAR_INT, -1);
    assert_refuses(int_value(70000), int16_t, PAR_INT);
    assert_converts(int_value(INT32_MIN), int32_t, PAR_INT, INT32_MIN);
    assert_refuses(int_value((long long)INT32_MIN - 1), int32_t, PAR_INT);
    assert_converts(uint_value(UINT64_MAX), uint64_t, PAR_UINT, UINT64_MAX);
    assert_refuses(uint_value(UINT64_MAX), int64_t, PAR_INT);
    assert_refuses(uint_value((uint64_t)INT64_MAX + 1), int64_t, PAR_INT);
    assert_converts(uint_value(INT64_MAX), int64_t, PAR_INT, INT64_MAX);
    assert_converts(int_value(INT64_MIN), int64_t, PAR_INT, INT64_MIN);
    assert_converts(bool_value(true), int, PAR_INT, 1);
    assert_converts(int_value(1), bool, PAR_BOOL, true);
    assert_converts(int_value(0), bool, PAR_BOOL, false);
    assert_refuses(int_value(2), bool, PAR_BOOL);
    assert_refuses(int_value(-1), bool, PAR_BOOL);
}

static void test_integers_to_floats(void **state)
{
    (void)state;
    assert_converts(int_value(-3), double, PAR_FLOAT, -3.0);
    assert_converts(int_value(0), float, PAR_FLOAT, 0.0f);
    assert_converts(int_value(1 << 24), float, PAR_FLOAT, 16777216.0f);
    assert_refuses(int_value((1 << 24) + 1), float, PAR_FLOAT);
    assert_converts(int_value(1LL << 53), double, PAR_FLOAT, 0x1p53);
    assert_refuses(int_value((1LL << 53) + 1), double, PAR_FLOAT);
    assert_converts(int_value((1LL << 53) + 2), double, PAR_FLOAT, 0x1p53 + 2);
    assert_converts(int_value(INT64_MIN), float, PAR_FLOAT, -0x1p63f);
    assert_converts(uint_value(1ULL << 63), double, PAR_FLOAT, 0x1p63);
    assert_refuses(uint_value(UINT64_MAX), double, PAR_FLOAT);
    assert_converts(bool_value(true), double, PAR_FLOAT, 1.0);
    assert_converts(int_value((1LL << 53) + 1), long double, PAR_FLOAT, 0x1p53L + 1);
}

static void test_floats_to_integers(void **state)
{
    (void)state;
    assert_converts(float_value(3.0), int, PAR_INT, 3);
    assert_converts(float_value(-0.0), unsigned, PAR_UINT, 0);
    assert_refuses(float_value(2.5), int, PAR_INT);
    assert_refuses(float_value(1e10), int, PAR_INT);
    assert_converts(float_value(-0x1p63), int64_t, PAR_INT, INT64_MIN);
    assert_refuses(float_value(0x1p63), int64_t, PAR_INT);
    assert_converts(float_value(0x1p63), uint64_t, PAR_UINT, 1ULL << 63);
    assert_refuses(float_value(0x1p64), uint64_t, PAR_UINT);
    assert_refuses(float_value(-1), uint64_t, PAR_UINT);
    assert_refuses(float_value((double)NAN), int, PAR_INT);
    assert_refuses(float_value(INFINITY), int, PAR_INT);
    assert_converts(float_value(1), bool, PAR_BOOL, true);
    assert_refuses(float_value(0.5), bool, PAR_BOOL);
}

static void test_floats_to_floats(void **state)
{
    (void)state;
    float single;
    assert_converts(float_value(0.1), float, PAR_FLOAT, 0.1f);
    assert_converts(float_value(0.1), double, PAR_FLOAT, 0.1);
    assert_converts(float_value(1e-300), float, PAR_FLOAT, 0.0f);
    assert_refuses(float_value(1e300), float, PAR_FLOAT);
    assert_refuses(float_value(-1e39), float, PAR_FLOAT);
    assert_converts(float_value((double)FLT_MAX), float, PAR_FLOAT, FLT_MAX);
    assert_converts(float_value(INFINITY), float, PAR_FLOAT, INFINITY);
    assert_int_equal(convert(float_value((double)NAN), PAR_FLOAT, sizeof(single), &single), 0);
    assert_true(isnan(single));
}

static void test_pointers(void **state)
{
    (void)state;
    int here = 0;
    const char *text = "BTC";
    assert_converts(string_value(text), const char *, PAR_STRING, text);
    assert_converts(string_value(NULL), const char *, PAR_STRING, NULL);
    assert_converts(pointer_value(NULL), const char *, PAR_STRING, NULL);
    assert_refuses(pointer_value(&here), const char *, PAR_STRING);
    assert_converts(string_value(text), const void *, PAR_POINTER, text);
    assert_converts(pointer_value(&here), const void *, PAR_POINTER, &here);
    assert_converts(pointer_value(NULL), const void *, PAR_POINTER, NULL);
    assert_refuses(int_value(0), const void *, PAR_POINTER);
    assert_refuses(int_value(0), const char *, PAR_STRING);
    assert_refuses(pointer_value(NULL), int, PAR_INT);
    assert_refuses(string_value("1"), int, PAR_INT);
    assert_refuses(string_value("1"), double, PAR_FLOAT);
}

static void test_structs_and_unknown_types(void **state)
{
    (void)state;
    struct pair {
        long a, b;
    } from = {1, 2}, to = {0, 0};
    par_value value = {.type = PAR_STRUCT, .size = sizeof(from), .as = {.p = &from}};
    assert_int_equal(convert(value, PAR_STRUCT, sizeof(to), &to), 0);
    assert_int_equal(to.b, 2);
    assert_int_equal(convert(value, PAR_STRUCT, sizeof(long), &to), PAR_EARGS);
    assert_int_equal(convert(int_value(1), PAR_STRUCT, sizeof(to), &to), PAR_EARGS);
    value.as.p = NULL;
    assert_int_equal(convert(value, PAR_STRUCT, sizeof(to), &to), PAR_EARGS);
    assert_int_equal(convert(int_value(1), PAR_INT, 3, &to), PAR_ETYPE);
    assert_int_equal(convert(int_value(1), PAR_VOID, 4, &to), PAR_ETYPE);
    value.type = (par_type)12;
    assert_int_equal(convert(value, PAR_INT, 4, &to), PAR_ETYPE);
}

static void test_reads_back_what_it_wrote(void **state)
{
    (void)state;
    static const struct {
        par_type type;
        size_t size;
    } integers[] = {{PAR_INT, 1},  {PAR_INT, 2},  {PAR_INT, 4},  {PAR_INT, 8}, {PAR_UINT, 1},
                    {PAR_UINT, 2}, {PAR_UINT, 4}, {PAR_UINT, 8}, {PAR_BOOL, 1}};
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        uint64_t at = 0;
        par_parameter parameter = {.type = integers[i].type, .size = integers[i].size};
        long long number = integers[i].type == PAR_INT ? -1 : 1;
        par_value value = int_value(number);
        assert_int_equal(par_convert(&value, &parameter, &at), 0);
        assert_true(par_value_at(&parameter, &at).as.i == number);
    }
    static const size_t floats[] = {sizeof(float), sizeof(double), sizeof(long double)};
    for (size_t i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
        long double at = 0;
        par_parameter parameter = {.type = PAR_FLOAT, .size = floats[i]};
        par_value value = float_value(0.5);
        assert_int_equal(par_convert(&value, &parameter, &at), 0);
        assert_true(par_value_at(&parameter, &at).as.f == 0.5);
    }
}

static void test_describes_types(void **state)
{
    (void)state;
    static const struct {
        par_type type;
        size_t size;
        const char *text;
    } rows[] = {{PAR_BOOL, 1, "a bool"},
                {PAR_INT, 4, "a signed 32-bit integer"},
                {PAR_UINT, 1, "an unsigned 8-bit integer"},
                {PAR_FLOAT, 8, "a 64-bit floating number"},
                {PAR_STRING, 8, "a const char *"},
                {PAR_POINTER, 8, "a pointer"},
                {PAR_STRUCT, 16, "a struct of 16 bytes"},
                {PAR_VOID, 0, "of no type"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[48];
        par_parameter parameter = {.type = rows[i].type, .size = rows[i].size};
        assert_string_equal(par_describe(out, sizeof(out), &parameter), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_scalars),
        cmocka_unit_test(test_prints_floats_in_the_fewest_digits),
        cmocka_unit_test(test_prints_strings),
        cmocka_unit_test(test_cuts_what_is_too_long),
        cmocka_unit_test(test_prints_a_full_stop_in_every_locale),
        cmocka_unit_test(test_integers_to_integers),
        cmocka_unit_test(test_integers_to_floats),
        cmocka_unit_test(test_floats_to_integers),
        cmocka_unit_test(test_floats_to_floats),
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_structs_and_unknown_types),
        cmocka_unit_test(test_reads_back_what_it_wrote),
        cmocka_unit_test(test_describes_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
