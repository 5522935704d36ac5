/* par_decorate.h - PAR_DECORATE: makes a function usable as a task. For C only. */
#ifndef PAR_DECORATE_H
#define PAR_DECORATE_H

#include "par_task.h"

#ifndef __cplusplus

#include "par_macro.h"
#include "par_type_of.h"

/* PAR_DECORATE(result type, function, (type, name) or (type, name, default), ...)
 *
 *     double get_price_bitfinex(const char *crypto, const char *period);
 *     PAR_DECORATE(double, get_price_bitfinex, (const char *, crypto),
 *                  (const char *, period, "5m"))
 *
 * Stands at file scope, after the function's prototype and without a semicolon; in a header if
 * wanted, and in any number of translation units. It changes nothing about the function and
 * defines, all of it static,
 *
 *     par_task get_price_bitfinex_future(const char *crypto, const char *period);
 *
 * which makes a task of the function and all of its arguments, checked by the compiler; and what
 * par_future() needs to make one of some of them. There may be 0 to 8 parameters; each type is
 * anything that __typeof__ accepts, `int (*)(int)` too, and need only be assignable to the
 * function's own; an array is declared as the pointer that it becomes. The result may be void, and
 * a scalar, pointer, struct or union type. The parameters, laid out as a struct, take at most 128
 * bytes.
 *
 * A parameter declared const char * is a string or NULL: it is copied when a call is made, and the
 * copy lives until the results have been freed and the last task has ended. For bytes that are not
 * a string declare (const void *, name).
 *
 * A default is any expression that can stand in a function at this place. It is evaluated when a
 * call is made, once for each task that needs it. */
#define PAR_DECORATE(...) PAR_PASTE(PAR_DECORATE_, PAR_COUNT(__VA_ARGS__))(__VA_ARGS__)

/* The descriptor of a function that was decorated above: a const par_function *. */
#define par_function_of(function) (&PAR_PASTE(par_function_of_, function))

/* ---------------------------------------------------------------------------------------------
 * Internals. */

#define PAR_DECORATE_1(...)    _Static_assert(0, "PAR_DECORATE() takes a result and a function");
#define PAR_DECORATE_MANY(...) _Static_assert(0, "PAR_DECORATE() takes at most 8 parameters");

#define PAR_DECORATE_2(result, f)                                    \
    struct par_arguments_of_##f;                                     \
    PAR_DECORATE_CALL(result, f, (void), ())                         \
    PAR_DECORATE_FUNCTION(result, f, 0, (const par_parameter *)0, 0) \
    static inline __attribute__((unused)) par_task f##_future(void)  \
    {                                                                \
        par_task par_made;                                           \
        PAR_DECORATE_HEADER(f)                                       \
        return par_made;                                             \
    }

#define PAR_DECORATE_3(result, f, ...)  PAR_DECORATE_N(1, result, f, __VA_ARGS__)
#define PAR_DECORATE_4(result, f, ...)  PAR_DECORATE_N(2, result, f, __VA_ARGS__)
#define PAR_DECORATE_5(result, f, ...)  PAR_DECORATE_N(3, result, f, __VA_ARGS__)
#define PAR_DECORATE_6(result, f, ...)  PAR_DECORATE_N(4, result, f, __VA_ARGS__)
#define PAR_DECORATE_7(result, f, ...)  PAR_DECORATE_N(5, result, f, __VA_ARGS__)
#define PAR_DECORATE_8(result, f, ...)  PAR_DECORATE_N(6, result, f, __VA_ARGS__)
#define PAR_DECORATE_9(result, f, ...)  PAR_DECORATE_N(7, result, f, __VA_ARGS__)
#define PAR_DECORATE_10(result, f, ...) PAR_DECORATE_N(8, result, f, __VA_ARGS__)

/* clang-format off */
#define PAR_DECORATE_N(n, result, f, ...)                                                          \
    struct par_arguments_of_##f {                                                                  \
        PAR_EACH_##n(PAR_PARAMETER_MEMBER, f, __VA_ARGS__)                                         \
    };                                                                                             \
    _Static_assert(sizeof(struct par_arguments_of_##f) <= PAR_MAX_ARGUMENTS,                       \
                   "the parameters of " #f " take more than 128 bytes");                           \
    _Static_assert(_Alignof(struct par_arguments_of_##f) <= PAR_MAX_ALIGNMENT,                     \
                   "a parameter of " #f " is aligned to more than 16 bytes");                      \
    PAR_EACH_##n(PAR_PARAMETER_DEFAULT, f, __VA_ARGS__)                                            \
    static const par_parameter par_parameters_of_##f[] = {                                         \
        PAR_COMMA_##n(PAR_PARAMETER_ENTRY, f, __VA_ARGS__)};                                       \
    PAR_DECORATE_CALL(result, f, (PAR_COMMA_##n(PAR_PARAMETER_TYPE, f, __VA_ARGS__)),              \
                      (PAR_COMMA_##n(PAR_PARAMETER_GIVEN, f, __VA_ARGS__)))                        \
    PAR_DECORATE_FUNCTION(result, f, n, par_parameters_of_##f, sizeof(struct par_arguments_of_##f))\
    static inline __attribute__((unused)) par_task f##_future(                                     \
        PAR_COMMA_##n(PAR_PARAMETER_DECLARE, f, __VA_ARGS__))                                      \
    {                                                                                              \
        par_task par_made;                                                                         \
        PAR_DECORATE_HEADER(f)                                                                     \
        PAR_EACH_##n(PAR_PARAMETER_STORE, f, __VA_ARGS__)                                          \
        return par_made;                                                                           \
    }
/* clang-format on */

/* The thunk. Where the result is void, the assignment is compiled, for the type of what it would
 * call, but not taken. */
#define PAR_DECORATE_CALL(result, f, types, given)                                                \
    static void par_call_of_##f(void *par_arguments, void *par_result)                            \
    {                                                                                             \
        const struct par_arguments_of_##f *par_given = par_arguments;                             \
        (void)par_given;                                                                          \
        (void)par_result;                                                                         \
        __builtin_choose_expr(PAR_IS_VOID(result), f given,                                       \
                              *(PAR_RESULT(result) *)par_result = __builtin_choose_expr(          \
                                  PAR_IS_VOID(result), (PAR_RESULT(result)(*) types)0, f) given); \
    }

#define PAR_DECORATE_FUNCTION(result, f, n, parameters, arguments_size)       \
    _Static_assert(_Alignof(PAR_RESULT(result)) <= PAR_MAX_ALIGNMENT,         \
                   "the result of " #f " is aligned to more than 16 bytes");  \
    static uint32_t par_cost_of_##f;                                          \
    static const __attribute__((unused)) par_function par_function_of_##f = { \
        #f,                                                                   \
        PAR_IS_VOID(result) ? PAR_VOID : PAR_TYPE_OF(PAR_RESULT(result)),     \
        PAR_IS_VOID(result) ? 0 : sizeof(PAR_RESULT(result)),                 \
        n,                                                                    \
        parameters,                                                           \
        arguments_size,                                                       \
        par_call_of_##f,                                                      \
        &par_cost_of_##f,                                                     \
        PAR_IS_VOID(result) ? PAR_VOID : PAR_TYPE_BESIDES(PAR_RESULT(result))};

/* Members and arguments are stored one by one, and nothing else of the task is written: so the
 * compiler writes them where the task is wanted. */
#define PAR_DECORATE_HEADER(f)                \
    par_made.function = &par_function_of_##f; \
    par_made.form = PAR_FORM_TYPED;           \
    par_made.check = 0;

#define PAR_IS_VOID(type) __builtin_types_compatible_p(__typeof__(type), void)

/* The result's type, or int for void. */
#define PAR_RESULT(type) \
    __typeof__(*__builtin_choose_expr(PAR_IS_VOID(type), (int *)0, (__typeof__(type) *)0))

/* The parts of a parameter, which is written (type, name) or (type, name, default). */
#define PAR_PARTS_TYPE(type, ...)          __typeof__(type)
#define PAR_PARTS_NAME(type, ...)          PAR_FIRST(__VA_ARGS__, ~)
#define PAR_PARTS_DEFAULT(type, name, ...) (__VA_ARGS__)
#define PAR_PARAMETER_TYPE(f, parts)       PAR_PARTS_TYPE parts
#define PAR_PARAMETER_MEMBER(f, parts)     PAR_PARTS_TYPE parts PAR_PARTS_NAME parts;
#define PAR_PARAMETER_GIVEN(f, parts)      par_given->PAR_PARTS_NAME parts
#define PAR_PARAMETER_IN(parts)            PAR_PASTE(par_in_, PAR_PARTS_NAME parts)
#define PAR_PARAMETER_DECLARE(f, parts)    PAR_PARTS_TYPE parts PAR_PARAMETER_IN(parts)
#define PAR_PARAMETER_OFFSET(f, parts) \
    __builtin_offsetof(struct par_arguments_of_##f, PAR_PARTS_NAME parts)

#define PAR_PARAMETER_STORE(f, parts)                                                            \
    _Static_assert(                                                                              \
        __builtin_types_compatible_p(PAR_PARTS_TYPE parts, __typeof__(PAR_PARAMETER_IN(parts))), \
        "a parameter of " #f " is an array: declare it as a pointer");                           \
    __builtin_memcpy(par_made.as.typed + PAR_PARAMETER_OFFSET(f, parts),                         \
                     (const void *)&PAR_PARAMETER_IN(parts), sizeof(PAR_PARTS_TYPE parts));

#define PAR_PARAMETER_ENTRY(f, parts)                                                     \
    {                                                                                     \
        PAR_STRING_OF(PAR_PARTS_NAME parts), PAR_TYPE_OF(PAR_PARTS_TYPE parts),           \
            sizeof(PAR_PARTS_TYPE parts), PAR_PARAMETER_OFFSET(f, parts),                 \
            PAR_PASTE(PAR_DEFAULT_NAME_, PAR_TWO_OR_THREE parts)(f, PAR_PARTS_NAME parts) \
    }

#define PAR_PARAMETER_DEFAULT(f, parts) \
    PAR_PASTE(PAR_DEFAULT_DEFINE_, PAR_TWO_OR_THREE parts)(f, PAR_PARTS_NAME parts, parts)

#define PAR_DEFAULT_NAME_TWO(f, name)   (void (*)(void *))0
#define PAR_DEFAULT_NAME_THREE(f, name) PAR_PASTE(par_default_of_##f##_, name)
#define PAR_DEFAULT_DEFINE_TWO(f, name, parts)
#define PAR_DEFAULT_DEFINE_THREE(f, name, parts)                                         \
    static void PAR_DEFAULT_NAME_THREE(f, name)(void *par_argument)                      \
    {                                                                                    \
        PAR_PARTS_TYPE parts par_default = PAR_PARTS_DEFAULT parts;                      \
        __builtin_memcpy(par_argument, (const void *)&par_default, sizeof(par_default)); \
    }

#endif
#endif
