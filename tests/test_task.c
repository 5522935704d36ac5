/* test_task.c - decorating functions, and making tasks and calls of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../api/par_error.h"
#include "../api/par_future.h"
#include "bound.h"

/* The functions under test. */

typedef struct point {
    int x, y;
} point;

enum color { RED, GREEN };

static int ran;

static void tick(void)
{
    ran++;
}

static void add_to(int *sum, int n)
{
    *sum += n;
}

static int seven(void)
{
    return 7;
}

static double weigh(bool flag, char c, short s, long l, unsigned u, float f, double d,
                    enum color color)
{
    return flag + c + s + (double)l + u + (double)f + d + (int)color;
}

static point middle(point a, point b)
{
    return (point){(a.x + b.x) / 2, (a.y + b.y) / 2};
}

static int twice(int n)
{
    return 2 * n;
}

static int apply(int (*function)(int), int n)
{
    return function(n);
}

static int (*chosen(bool which))(int)
{
    return which ? twice : NULL;
}

static long double half(long double x)
{
    return x / 2;
}

static int sum_of_8(int a, int b, int c, int d, int e, int f, int g, int h)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

static int evaluations;

static int next_default(void)
{
    return ++evaluations;
}

static int pair(int a, int b)
{
    return 100 * a + b;
}

static point shifted(point by, const int times)
{
    return (point){by.x * times, by.y * times};
}

static size_t sum_bytes(const void *bytes, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((const unsigned char *)bytes)[i];
    return sum;
}

PAR_DECORATE(void, tick)
PAR_DECORATE(void, add_to, (int *, sum), (int, n, 1))
PAR_DECORATE(int, seven)
PAR_DECORATE(double, weigh, (bool, flag), (char, c), (short, s), (long, l), (unsigned, u),
             (float, f), (double, d), (enum color, color))
PAR_DECORATE(point, middle, (point, a), (point, b))
PAR_DECORATE(int, apply, (int (*)(int), function, twice), (int, n))
PAR_DECORATE(__typeof__(int (*)(int)), chosen, (bool, which))
PAR_DECORATE(long double, half, (long double, x))
PAR_DECORATE(int, sum_of_8, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g),
             (int, h))
PAR_DECORATE(int, pair, (int, a, next_default()), (int, b, next_default() * 10))
PAR_DECORATE(point, shifted, (point, by, (point){1, 2}), (const int, times, 3))
PAR_DECORATE(size_t, sum_bytes, (const void *, bytes), (size_t, n))

/* Runs `task`, whose result has the type of `expected`, and compares. */
#define assert_gives(task, expected)                                     \
    do {                                                                 \
        __typeof__(expected) gives_;                                     \
        assert_int_equal(bound_result(task, &gives_, sizeof gives_), 0); \
        assert_true(gives_ == (expected));                               \
    } while (0)

/* Sizes. */

static void test_a_task_is_small(void **state)
{
    (void)state;
    assert_int_equal(sizeof(par_task), 152);
    assert_int_equal(sizeof(par_named_task), 160);
}

/* Futures. */

static void test_void_functions(void **state)
{
    (void)state;
    int sum = 0;
    bound b;
    ran = 0;
    assert_int_equal(bound_make(&b, tick_future(), (par_extra_values){0}), 0);
    par_bound_run(b.function, b.storage, NULL);
    assert_int_equal(bound_make(&b, par_future(tick), (par_extra_values){0}), 0);
    bound_run(&b);
    assert_int_equal(ran, 2);
    assert_int_equal(bound_result(add_to_future(&sum, 5), NULL, 0), 0);
    assert_int_equal(bound_result(par_future(add_to, &sum), NULL, 0), 0);
    assert_int_equal(sum, 6);
}

static void test_every_kind_of_parameter(void **state)
{
    (void)state;
    assert_gives(seven_future(), 7);
    assert_gives(par_future(seven), 7);
    assert_gives(weigh_future(true, 2, 3, 4, 5, 0.5f, 0.25, GREEN), 16.75);
    assert_gives(par_future(weigh, true, (char)2, (short)3, 4L, 5u, 0.5f, 0.25, GREEN), 16.75);
    assert_gives(apply_future(twice, 4), 8);
    assert_gives(par_future(apply, twice, 4), 8);
    assert_gives(par_future(apply, par_kw(n, 4)), 8);
    assert_gives(half_future(3.0L), 1.5L);
    assert_gives(par_future(half, 3.0), 1.5L);
    assert_gives(chosen_future(true), &twice);
    assert_gives(sum_of_8_future(1, 2, 3, 4, 5, 6, 7, 8), 204);
    assert_gives(par_future(sum_of_8, 1, 2, 3, 4, 5, 6, 7, 8), 204);
    assert_gives(par_future(sum_of_8, 1, 2, 3, par_kw(h, 8), par_kw(g, 7), par_kw(f, 6),
                            par_kw(e, 5), par_kw(d, 4)),
                 204);
}

static void test_structs(void **state)
{
    (void)state;
    point result;
    assert_int_equal(
        bound_result(middle_future((point){2, 4}, (point){4, 8}), &result, sizeof(result)), 0);
    assert_int_equal(result.x, 3);
    assert_int_equal(result.y, 6);
    assert_int_equal(bound_result(par_future(shifted, par_kw(times, 2)), &result, sizeof(result)),
                     0);
    assert_int_equal(result.x, 2);
    assert_int_equal(result.y, 4);
    assert_int_equal(bound_result(par_future(shifted), &result, sizeof(result)), 0);
    assert_int_equal(result.y, 6);
}

static void test_each_number_of_values(void **state)
{
    (void)state;
    par_task tasks[] = {par_future(sum_of_8),
                        par_future(sum_of_8, 1),
                        par_future(sum_of_8, 1, 2),
                        par_future(sum_of_8, 1, 2, 3),
                        par_future(sum_of_8, 1, 2, 3, 4),
                        par_future(sum_of_8, 1, 2, 3, 4, 5),
                        par_future(sum_of_8, 1, 2, 3, 4, 5, 6),
                        par_future(sum_of_8, 1, 2, 3, 4, 5, 6, 7),
                        par_future(sum_of_8, 1, 2, 3, 4, 5, 6, 7, 8)};
    for (unsigned n = 0; n < sizeof(tasks) / sizeof(tasks[0]); n++) {
        assert_int_equal(tasks[n].n, n);
        assert_ptr_equal(tasks[n].function, par_function_of(sum_of_8));
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(tasks[n].as.values[i].as.i, i + 1);
            assert_null(tasks[n].as.values[i].name);
            assert_int_equal(tasks[n].sizes[i], sizeof(long long));
            assert_int_equal(tasks[n].types >> 4 * i & 15, PAR_INT);
        }
    }
}

static void test_values_are_evaluated_once(void **state)
{
    (void)state;
    int i = 0, j = 0, k = 0;
    par_task task = par_future(sum_of_8, i++, j++, par_kw(c, k++));
    assert_true(i == 1 && j == 1 && k == 1);
    par_calls calls = par_list(par_future(pair, i++, 0), pair_future(j++, 0), task);
    assert_true(i == 2 && j == 2);
    assert_int_equal(calls.n, 3);
    calls = par_named({"a", par_future(pair, i++, 0)});
    assert_int_equal(i, 3);
    par_extra_values extras = par_extras(par_kw(a, i++));
    assert_int_equal(i, 4);
    assert_int_equal(extras.values[0].as.i, 3);
}

static void test_defaults_are_evaluated_once_per_task_that_needs_them(void **state)
{
    (void)state;
    evaluations = 0;
    par_task task = par_future(pair);
    assert_int_equal(evaluations, 0);
    assert_gives(task, 120);
    assert_int_equal(evaluations, 2);
    assert_gives(task, 340);
    assert_gives(par_future(pair, 1), 150);
    assert_gives(par_future(pair, par_kw(b, 1)), 601);
    assert_gives(pair_future(1, 2), 102);
    assert_int_equal(evaluations, 6);
}

static void test_bytes_are_not_strings(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {1, 0, 2};
    const char text[] = {1, 0, 2};
    assert_gives(sum_bytes_future(bytes, 3), (size_t)3);
    assert_gives(par_future(sum_bytes, bytes, 3), (size_t)3);
    assert_gives(par_future(sum_bytes, text, sizeof(text)), (size_t)3);
}

static void test_check(void **state)
{
    (void)state;
    par_task task = par_check(par_future(seven), PAR_NEGATIVE);
    assert_int_equal(task.check, PAR_NEGATIVE);
    assert_gives(task, 7);
    assert_int_equal(par_future(seven).check, 0);
    assert_int_equal(seven_future().check, 0);
}

/* Descriptors. */

static void test_descriptor(void **state)
{
    (void)state;
    const par_function *f = par_function_of(apply);
    assert_string_equal(f->name, "apply");
    assert_int_equal(f->result_type, PAR_INT);
    assert_int_equal(f->result_size, sizeof(int));
    assert_int_equal(f->n_parameters, 2);
    assert_string_equal(f->parameters[0].name, "function");
    assert_int_equal(f->parameters[0].type, PAR_POINTER);
    assert_non_null(f->parameters[0].set_default);
    assert_string_equal(f->parameters[1].name, "n");
    assert_int_equal(f->parameters[1].type, PAR_INT);
    assert_int_equal(f->parameters[1].offset, sizeof(void *));
    assert_null(f->parameters[1].set_default);
    assert_int_equal(*f->cost, 0);
    assert_ptr_not_equal(f->cost, par_function_of(seven)->cost);
    assert_int_equal(par_function_of(tick)->result_type, PAR_VOID);
    assert_int_equal(par_function_of(tick)->result_size, 0);
    assert_int_equal(par_function_of(tick)->n_parameters, 0);
    assert_int_equal(par_function_of(middle)->result_type, PAR_STRUCT);
    assert_int_equal(par_function_of(middle)->result_size, sizeof(point));
    assert_int_equal(par_function_of(chosen)->result_type, PAR_POINTER);
}

static void test_type_of(void **state)
{
    (void)state;
    assert_int_equal(PAR_TYPE_OF(bool), PAR_BOOL);
    assert_int_equal(PAR_TYPE_OF(signed char), PAR_INT);
    assert_int_equal(PAR_TYPE_OF(char), (char)-1 < 0 ? PAR_INT : PAR_UINT);
    assert_int_equal(PAR_TYPE_OF(uint64_t), PAR_UINT);
    assert_int_equal(PAR_TYPE_OF(const volatile int), PAR_INT);
    assert_int_equal(PAR_TYPE_OF(float), PAR_FLOAT);
    assert_int_equal(PAR_TYPE_OF(long double), PAR_FLOAT);
    assert_int_equal(PAR_TYPE_OF(const char *), PAR_STRING);
    assert_int_equal(PAR_TYPE_OF(const char *const), PAR_STRING);
    assert_int_equal(PAR_TYPE_OF(char *), PAR_POINTER);
    assert_int_equal(PAR_TYPE_OF(const unsigned char *), PAR_POINTER);
    assert_int_equal(PAR_TYPE_OF(int (*)(int)), PAR_POINTER);
    assert_int_equal(PAR_TYPE_OF(point), PAR_STRUCT);
    assert_int_equal(PAR_TYPE_OF(double _Complex), PAR_STRUCT);
}

/* Calls. */

static void test_lists(void **state)
{
    (void)state;
    par_calls calls =
        par_list(seven_future(), par_future(tick), par_check(seven_future(), PAR_NAN));
    const par_task *tasks = calls.elements;
    assert_int_equal(calls.n, 3);
    assert_int_equal(calls.size, sizeof(par_task));
    assert_false(calls.named);
    assert_ptr_equal(tasks[0].function, par_function_of(seven));
    assert_ptr_equal(tasks[1].function, par_function_of(tick));
    assert_int_equal(tasks[2].check, PAR_NAN);
    assert_int_equal(par_list().n, 0);
    assert_int_equal(par_array(NULL, 0).n, 0);
    assert_ptr_equal(par_array(tasks, 2).elements, tasks);
}

static void test_named_lists(void **state)
{
    (void)state;
    par_calls calls = par_named({"seven", seven_future()}, {"pair", par_future(pair, 1, 2)});
    const par_named_task *entries = calls.elements;
    assert_int_equal(calls.n, 2);
    assert_int_equal(calls.size, sizeof(par_named_task));
    assert_true(calls.named);
    assert_string_equal(entries[1].name, "pair");
    assert_gives(entries[1].task, 102);
    assert_int_equal(par_named().n, 0);
    assert_ptr_equal(par_named_array(entries, 2).elements, entries);
}

static void test_extras(void **state)
{
    (void)state;
    par_extra_values extras = par_extras(par_kw(period, "10m"), par_kw(n, 3), par_kw(x, 0.5f));
    assert_int_equal(extras.n, 3);
    assert_string_equal(extras.values[0].name, "period");
    assert_int_equal(extras.values[0].type, PAR_STRING);
    assert_string_equal(extras.values[0].as.s, "10m");
    assert_int_equal(extras.values[1].type, PAR_INT);
    assert_int_equal(extras.values[2].type, PAR_FLOAT);
    assert_int_equal(extras.values[2].size, sizeof(double));
    assert_int_equal(par_extras().n, 0);
}

/* par_task_make(). */

static void test_task_make(void **state)
{
    (void)state;
    par_task task;
    point a = {2, 4}, b = {4, 8}, result;
    par_value values[] = {{.type = PAR_INT, .size = sizeof(int), .as = {.i = 4}},
                          {.name = "b", .type = PAR_INT, .size = sizeof(int), .as = {.i = 2}}};
    assert_int_equal(par_task_make(&task, par_function_of(pair), values, 2), 0);
    assert_gives(task, 402);
    assert_int_equal(par_task_make(&task, par_function_of(seven), NULL, 0), 0);
    assert_gives(task, 7);
    par_value points[] = {{.type = PAR_STRUCT, .size = sizeof(a), .as = {.p = &a}},
                          {.type = PAR_STRUCT, .size = sizeof(b), .as = {.p = &b}}};
    assert_int_equal(par_task_make(&task, par_function_of(middle), points, 2), 0);
    assert_int_equal(bound_result(task, &result, sizeof(result)), 0);
    assert_int_equal(result.y, 6);
    points[0].size = 1;
    assert_int_equal(par_task_make(&task, par_function_of(middle), points, 2), 0);
    assert_int_equal(bound_result(task, &result, sizeof(result)), PAR_EARGS);
}

static void test_task_make_refuses(void **state)
{
    (void)state;
    par_task task;
    par_value values[9];
    for (int i = 0; i < 9; i++)
        values[i] = (par_value){.type = PAR_INT, .size = sizeof(int), .as = {.i = i}};
    const par_function *f = par_function_of(sum_of_8);
    par_function odd = *f;
    odd.n_parameters = 9;
    assert_int_equal(par_task_make(NULL, f, values, 1), PAR_EINVAL);
    assert_int_equal(par_task_make(&task, NULL, values, 1), PAR_EINVAL);
    assert_int_equal(par_task_make(&task, f, NULL, 1), PAR_EINVAL);
    assert_int_equal(par_task_make(&task, f, values, 9), PAR_EARGS);
    assert_int_equal(par_task_make(&task, &odd, values, 1), PAR_EARGS);
    const par_function contradictory[] = {
        {.name = "f", .call = f->call, .n_parameters = 1, .arguments_size = 8},
        {.name = NULL, .call = f->call},
        {.name = "f", .call = NULL},
        {.name = "f", .call = f->call, .arguments_size = SIZE_MAX},
        {.name = "f", .call = f->call, .result_type = PAR_STRUCT, .result_size = SIZE_MAX},
        {.name = "f",
         .call = f->call,
         .n_parameters = 1,
         .arguments_size = 8,
         .parameters = &(par_parameter){.type = PAR_INT, .size = 4, .offset = 5}},
    };
    for (size_t i = 0; i < sizeof(contradictory) / sizeof(*contradictory); i++)
        assert_int_equal(par_task_make(&task, &contradictory[i], NULL, 0), PAR_EINVAL);
    odd = *f;
    odd.result_type = (par_type)99;
    assert_int_equal(par_task_make(&task, &odd, values, 1), PAR_ETYPE);
    values[0].size = 3;
    assert_int_equal(par_task_make(&task, f, values, 1), PAR_ETYPE);
    values[0] = (par_value){.type = PAR_VOID};
    assert_int_equal(par_task_make(&task, f, values, 1), PAR_ETYPE);
    values[0] = (par_value){.type = (par_type)99, .size = 8};
    assert_int_equal(par_task_make(&task, f, values, 1), PAR_ETYPE);
    values[0] = (par_value){.type = PAR_STRUCT, .size = 256, .as = {.p = values}};
    assert_int_equal(par_task_make(&task, f, values, 1), PAR_ETYPE);
    assert_int_equal(par_bind_check(&task), PAR_EARGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_task_is_small),
        cmocka_unit_test(test_void_functions),
        cmocka_unit_test(test_every_kind_of_parameter),
        cmocka_unit_test(test_structs),
        cmocka_unit_test(test_each_number_of_values),
        cmocka_unit_test(test_values_are_evaluated_once),
        cmocka_unit_test(test_defaults_are_evaluated_once_per_task_that_needs_them),
        cmocka_unit_test(test_bytes_are_not_strings),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_type_of),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_named_lists),
        cmocka_unit_test(test_extras),
        cmocka_unit_test(test_task_make),
        cmocka_unit_test(test_task_make_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
