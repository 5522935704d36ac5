/* test_get.c - the getters: every type and key, and what they say of a task that did not succeed.
 */
#include "getter_tasks.h"

#include <limits.h>

#define CHECK_GET(function, type, value)                            \
    do {                                                            \
        struct par_results *results = DONE(function, value);        \
        type variable = 0;                                          \
        assert_true(par_get(results, "it", type) == (value));       \
        assert_true(par_get_or(results, "it", type, 0) == (value)); \
        assert_true(par_try_get(results, "it", &variable));         \
        assert_true(variable == (value));                           \
        assert_true(par_ok(results, "it"));                         \
        par_results_free(results);                                  \
    } while (0)

static void test_every_scalar(void **state)
{
    (void)state;
    CHECK_GET(get_bool, bool, true);
    CHECK_GET(get_schar, signed char, -7);
    CHECK_GET(get_schar, char, -7);
    CHECK_GET(get_short, short, -700);
    CHECK_GET(get_int, int, INT_MIN);
    CHECK_GET(get_long, long, LONG_MIN);
    CHECK_GET(get_long, long long, LONG_MAX);
    CHECK_GET(get_long, int64_t, 7);
    CHECK_GET(get_uchar, uint8_t, 255);
    CHECK_GET(get_unsigned, unsigned, UINT_MAX);
    CHECK_GET(get_ulong, size_t, SIZE_MAX);
    CHECK_GET(get_float, float, 0.5f);
    CHECK_GET(get_double, double, -0.5);
    CHECK_GET(get_ldouble, long double, 0.25L);
    CHECK_GET(get_color, enum color, BLUE);
    CHECK_GET(get_level, enum level, LOW);
}

static void test_enum_as_int(void **state)
{
    (void)state;
    CHECK_GET(get_color, int, BLUE);
    CHECK_GET(get_level, int, LOW);
}

static int twice(int x)
{
    return 2 * x;
}

static void test_every_pointer(void **state)
{
    static const char *const text = "text";
    static char chars[] = "chars";
    static int ints[] = {1, 2};
    (void)state;
    CHECK_GET(get_string, const char *, text);
    CHECK_GET(get_string, const void *, text);
    CHECK_GET(get_chars, char *, chars);
    CHECK_GET(get_chars, const char *, chars);
    CHECK_GET(get_chars, void *, chars);
    CHECK_GET(get_ints, int *, ints);
    CHECK_GET(get_ints, void *, ints);
    CHECK_GET(get_ints, const void *, ints);
    CHECK_GET(get_ints, const int *, ints);
    CHECK_GET(get_pointer, void *, ints);
    CHECK_GET(get_callback, callback, twice);
    struct par_results *results = DONE(get_callback, twice);
    assert_int_equal(par_get(results, "it", int (*)(int))(21), 42);
    par_results_free(results);
}

static void test_structs_and_unions(void **state)
{
    struct point point = {1, 2}, other = {3, 4};
    (void)state;
    struct par_results *results = DONE(get_point, point);
    assert_true(par_get(results, 0, struct point).y == 2);
    assert_true(par_get_or(results, 0, struct point, other).x == 1);
    assert_true(par_try_get(results, 0, &other));
    assert_true(other.y == 2);
    par_results_free(results);
    results = DONE(get_pair, ((struct pair){{1, 2}, {3, 4, 5}}));
    struct pair pair = par_get(results, 0, struct pair);
    assert_int_equal(pair.weights[2], 5);
    par_results_free(results);
    results = DONE(get_number, ((union number){.d = 8}));
    assert_true(par_get(results, 0, union number).d == 8);
    par_results_free(results);
}

static void test_a_task_without_a_result_can_be_asked_whether_it_succeeded(void **state)
{
    struct par_results *results = results_of(get_nothing_future(), NULL, 0);
    (void)state;
    assert_true(par_ok(results, "it"));
    par_results_free(results);
}

static void test_tasks_that_did_not_succeed(void **state)
{
    struct par_results *results = three_prices();
    (void)state;
    for (int i = 0; i < 3; i++) {
        double price = -1;
        assert_true(par_ok(results, i) == (i == 0));
        assert_true(par_get_or(results, i, double, -1) == (i == 0 ? 2.5 : -1));
        assert_true(par_try_get(results, i, &price) == (i == 0));
        assert_true(price == (i == 0 ? 2.5 : -1));
    }
    par_results_free(results);
}

static void test_fallback_of_any_type(void **state)
{
    struct par_results *results = build_results(3);
    (void)state;
    build_failed(build_task(results, NULL, get_string_future()), 101, 102, EIO, NULL);
    build_failed(build_task(results, NULL, get_point_future()), 101, 102, EIO, NULL);
    build_failed(build_task(results, NULL, get_callback_future()), 101, 102, EIO, NULL);
    par_results_hand_out(results, true);
    assert_string_equal(par_get_or(results, 0, const char *, "none"), "none");
    assert_null(par_get_or(results, 0, void *, NULL));
    assert_true(par_get_or(results, 1, struct point, (struct point){5, 6}).y == 6);
    assert_true(par_get_or(results, 2, callback, twice) == twice);
    assert_true(par_get_or(results, 2, int (*)(int), NULL) == NULL);
    par_results_free(results);
}

static void test_keys_of_any_type(void **state)
{
    struct par_results *results = three_prices();
    const par_results *readable = results;
    char array[] = "good", *pointer = array;
    const char *constant = array;
    const char constants[] = "good";
    struct {
        unsigned narrow : 3;
        int tiny : 2;
        unsigned long wide : 40;
        bool flag : 1;
    } bits = {0};
    volatile int restless = 0;
    (void)state;
    assert_true(par_ok(results, "good") && par_ok(results, array) && par_ok(results, pointer));
    assert_true(par_ok(results, constant) && par_ok(results, constants) &&
                par_ok(readable, "good"));
    assert_true(par_ok(results, &"very good"[5]) && !par_ok(results, "bad"));
    assert_true(par_ok(results, (char)0) && par_ok(results, (signed char)0));
    assert_true(par_ok(results, (unsigned char)0) && par_ok(results, (short)0));
    assert_true(par_ok(results, (unsigned short)0) && par_ok(results, 0) && par_ok(results, 0u));
    assert_true(par_ok(results, 0L) && par_ok(results, 0ul) && par_ok(results, 0LL));
    assert_true(par_ok(results, 0ull) && par_ok(results, (size_t)0) && par_ok(results, false));
    assert_true(par_ok(results, RED) && par_ok(results, (enum color)RED) && par_ok(results, '\0'));
    assert_true(par_ok(results, bits.narrow) && par_ok(results, bits.tiny));
    assert_true(par_ok(results, bits.wide) && par_ok(results, bits.flag));
    assert_true(par_ok(results, restless) && !par_ok(results, restless + 1));
    assert_true(!par_ok(results, true) && !par_ok(results, GREEN));
    par_results_free(results);
}

static void test_arguments_are_evaluated_once(void **state)
{
    struct par_results *results = three_prices();
    int key = 0, calls = 0, others = 0;
    double prices[3] = {0}, *price = prices;
    (void)state;
    assert_true(par_get((calls++, results), key++, double) == 2.5);
    assert_int_equal(key, 1);
    assert_true(par_get_or((calls++, results), key++, double, ++others) == 1);
    assert_int_equal(others, 1);
    assert_int_equal(key, 2);
    assert_false(par_ok((calls++, results), key--));
    assert_int_equal(key, 1);
    key = 0;
    assert_true(par_try_get((calls++, results), key++, price++));
    assert_int_equal(key, 1);
    assert_ptr_equal(price, prices + 1);
    assert_int_equal(calls, 4);
    par_results_free(results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scalar),
        cmocka_unit_test(test_enum_as_int),
        cmocka_unit_test(test_every_pointer),
        cmocka_unit_test(test_structs_and_unions),
        cmocka_unit_test(test_a_task_without_a_result_can_be_asked_whether_it_succeeded),
        cmocka_unit_test(test_tasks_that_did_not_succeed),
        cmocka_unit_test(test_fallback_of_any_type),
        cmocka_unit_test(test_keys_of_any_type),
        cmocka_unit_test(test_arguments_are_evaluated_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
