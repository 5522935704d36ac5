/* par_future.h - par_future(), par_kw(), par_extras(), par_list(), par_named(). For C only; from
 * C++ use par_task_make(), par_array() and par_named_array(). */
#ifndef PAR_FUTURE_H
#define PAR_FUTURE_H

#include "par_task.h"

#ifndef __cplusplus

#include "par_decorate.h"
#include "par_macro.h"
#include "par_type_of.h"

/* par_future(function, value, ..., par_kw(name, value), ...): a task of a decorated function and up
 * to 8 values, positional ones first. Parameters that are given no value take it from the call's
 * extras, else from their default. An expression, in a function body; each value is evaluated once.
 *
 * Whether the values fit the parameters is found out when the call is made (PAR_EARGS). Numbers
 * convert where the value is kept exactly, floating ones to floating ones as in C; NULL fits every
 * pointer, and any pointer fits any pointer parameter, except that for a const char * it must be
 * one to char. Struct, union, complex, long double, 128-bit and bit-field values do not compile:
 * f_future() is for those, and is checked by the compiler throughout. */
#define par_future(...) PAR_PASTE(PAR_FUTURE_, PAR_COUNT(__VA_ARGS__))(__VA_ARGS__)

/* A value for the parameter of that name; the name is written without quotes. For par_future() and
 * par_extras() only. */
#define par_kw(name, value) par_value_with_name(#name, PAR_VALUE_ELSE_f_future(value))

/* par_extras(par_kw(name, value), ...): the `extras` option of a call, a par_extra_values. Lives as
 * long as the block it is written in. */
#define par_extras(...) \
    ((par_extra_values){PAR_ELEMENTS(par_value, __VA_ARGS__), PAR_N_OF(par_value, __VA_ARGS__)})

/* par_list(task, ...): a call of these tasks, whose results are found by index; as many as wanted,
 * none included. Lives as long as the block it is written in. */
#define par_list(...) \
    par_array(PAR_ELEMENTS(par_task, __VA_ARGS__), PAR_N_OF(par_task, __VA_ARGS__))

/* par_named({ "name", task }, ...): the same with names, by which results are then found too. */
#define par_named(...)                                         \
    par_named_array(PAR_ELEMENTS(par_named_task, __VA_ARGS__), \
                    PAR_N_OF(par_named_task, __VA_ARGS__))

/* ---------------------------------------------------------------------------------------------
 * Internals. */

#define PAR_ELEMENTS(type, ...) (__extension__(type[]){__VA_ARGS__})
#define PAR_N_OF(type, ...)     (sizeof(__extension__(type[]){__VA_ARGS__}) / sizeof(type))

#define PAR_FUTURE_1(f)                      par_task_of(par_function_of(f))
#define PAR_FUTURE_2(f, a)                   PAR_TASK_WITH(PAR_FUTURE_1(f), 0, a)
#define PAR_FUTURE_3(f, a, b)                PAR_TASK_WITH(PAR_FUTURE_2(f, a), 1, b)
#define PAR_FUTURE_4(f, a, b, c)             PAR_TASK_WITH(PAR_FUTURE_3(f, a, b), 2, c)
#define PAR_FUTURE_5(f, a, b, c, d)          PAR_TASK_WITH(PAR_FUTURE_4(f, a, b, c), 3, d)
#define PAR_FUTURE_6(f, a, b, c, d, e)       PAR_TASK_WITH(PAR_FUTURE_5(f, a, b, c, d), 4, e)
#define PAR_FUTURE_7(f, a, b, c, d, e, g)    PAR_TASK_WITH(PAR_FUTURE_6(f, a, b, c, d, e), 5, g)
#define PAR_FUTURE_8(f, a, b, c, d, e, g, h) PAR_TASK_WITH(PAR_FUTURE_7(f, a, b, c, d, e, g), 6, h)
#define PAR_FUTURE_9(f, a, b, c, d, e, g, h, i) \
    PAR_TASK_WITH(PAR_FUTURE_8(f, a, b, c, d, e, g, h), 7, i)
#define PAR_FUTURE_10(...) PAR_FUTURE_MANY(__VA_ARGS__)
#define PAR_FUTURE_MANY(...) \
    (*(par_task *)PAR_ASSERTED(1, 0, "par_future() takes at most 8 values"))

#define PAR_TASK_WITH(task, index, value) par_task_with(task, index, PAR_VALUE_ELSE_f_future(value))

/* The par_value of any expression that par_future() takes. It stands twice in what this expands to,
 * but is evaluated once. The names are for the compiler's messages: they are what it shows where a
 * struct, a bit-field or the like was given. */
/* clang-format off */
#define PAR_VALUE_ELSE_f_future(value)                                                             \
    (__extension__ PAR_BY_TYPE(value, par_value_of_bool, par_value_of_int, par_value_of_uint,      \
                               par_value_of_float, par_value_needs_f_future, par_value_of_string,  \
                               par_value_of_string, par_value_of_pointer_else_f_future,            \
                               PAR_BY_INT128(par_value_needs_f_future)                             \
                               par_value: par_value_as_is)(value))

#ifdef __SIZEOF_INT128__
#define PAR_BY_INT128(chosen) __int128: chosen, unsigned __int128: chosen,
#else
#define PAR_BY_INT128(chosen)
#endif
/* clang-format on */

/* Chosen where the value must be refused: nobody passes this struct. There is no such function. */
struct par_f_future_instead {
    char nothing;
};
par_value par_value_needs_f_future(struct par_f_future_instead value);

static inline par_value par_value_of_bool(bool value)
{
    return (par_value){.type = PAR_BOOL, .size = sizeof(value), .as = {.i = value}};
}

static inline par_value par_value_of_int(long long value)
{
    return (par_value){.type = PAR_INT, .size = sizeof(value), .as = {.i = value}};
}

static inline par_value par_value_of_uint(unsigned long long value)
{
    return (par_value){.type = PAR_UINT, .size = sizeof(value), .as = {.u = value}};
}

static inline par_value par_value_of_float(double value)
{
    return (par_value){.type = PAR_FLOAT, .size = sizeof(value), .as = {.f = value}};
}

static inline par_value par_value_of_string(const char *value)
{
    return (par_value){.type = PAR_STRING, .size = sizeof(value), .as = {.s = value}};
}

static inline par_value par_value_of_pointer_else_f_future(const volatile void *else_f_future)
{
    return (par_value){.type = PAR_POINTER,
                       .size = sizeof(else_f_future),
                       .as = {.p = (const void *)else_f_future}};
}

static inline par_value par_value_as_is(par_value value)
{
    return value;
}

static inline par_value par_value_with_name(const char *name, par_value value)
{
    value.name = name;
    return value;
}

/* Only what is used of a task is written, in whole words and without branches: so the compiler
 * writes it where the task is wanted, and copies nothing. */
static inline __attribute__((always_inline)) par_task par_task_of(const par_function *function)
{
    par_task task;
    task.function = function;
    task.types = 0;
    task.form = PAR_FORM_VALUES;
    task.n = 0;
    task.check = 0;
    return task;
}

/* The task with one value more, the `index`th. */
static inline __attribute__((always_inline)) par_task par_task_with(par_task task, unsigned index,
                                                                    par_value value)
{
    task.types |= ((uint32_t)value.type & 15) << 4 * index;
    task.sizes[index] = (unsigned char)value.size;
    task.n = (unsigned char)(index + 1);
    task.as.values[index].as.u = value.as.u;
    task.as.values[index].name = value.name;
    return task;
}

#endif
#endif
