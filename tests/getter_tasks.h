/* getter_tasks.h - for tests of the getters: functions with a result of every type, and results of
 * theirs. */
#ifndef PAR_TESTS_GETTER_TASKS_H
#define PAR_TESTS_GETTER_TASKS_H

#include <errno.h>
#include <stdbool.h>

#include "../api/par_decorate.h"
#include "results_builder.h"

enum color { RED, GREEN, BLUE };
enum level { LOW = -1, HIGH = 1 };
struct point {
    double x, y;
};
struct pair {
    struct point from;
    int weights[3];
};
union number {
    int i;
    double d;
};
typedef int (*callback)(int);

/* What a function returns does not matter here: the builder puts results in their places. */
#define RETURNS(type, name) \
    static type name(void)  \
    {                       \
        return (type)0;     \
    }                       \
    PAR_DECORATE(type, name)

#define RETURNS_STRUCT(type, name) \
    static type name(void)         \
    {                              \
        return (type){0};          \
    }                              \
    PAR_DECORATE(type, name)

RETURNS(bool, get_bool)
RETURNS(signed char, get_schar)
RETURNS(short, get_short)
RETURNS(int, get_int)
RETURNS(long, get_long)
RETURNS(unsigned char, get_uchar)
RETURNS(unsigned, get_unsigned)
RETURNS(unsigned long, get_ulong)
RETURNS(float, get_float)
RETURNS(double, get_double)
RETURNS(long double, get_ldouble)
RETURNS(enum color, get_color)
RETURNS(enum level, get_level)
RETURNS(const char *, get_string)
RETURNS(char *, get_chars)
RETURNS(int *, get_ints)
RETURNS(void *, get_pointer)
RETURNS(callback, get_callback)
RETURNS_STRUCT(struct point, get_point)
RETURNS_STRUCT(struct pair, get_pair)
RETURNS_STRUCT(union number, get_number)

static void get_nothing(void)
{
}
PAR_DECORATE(void, get_nothing)

/* Results with one task that has succeeded with the value. */
#define DONE(function, value) \
    results_of(function##_future(), &(__typeof__(function())[1]){value}, sizeof(function()))

static inline struct par_results *results_of(par_task task, const void *value, size_t size)
{
    struct par_results *results = build_results(1);
    build_done(build_task(results, "it", task), 101, 102, value, size);
    par_results_hand_out(results, true);
    return results;
}

/* Three tasks that return a double: one has succeeded, one has failed, one has not ended. */
static inline struct par_results *three_prices(void)
{
    struct par_results *results = build_results(3);
    double price = 2.5;
    build_done(build_task(results, "good", get_double_future()), 101, 102, &price, sizeof price);
    build_failed(build_task(results, "bad", get_double_future()), 101, 102, EIO,
                 "the disk is gone");
    build_running(build_task(results, "slow", get_double_future()), 101);
    par_results_hand_out(results, false);
    return results;
}

#endif
