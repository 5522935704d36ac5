/* par_ffi.h - tasks of functions that have not been decorated, through libffi. */
#ifndef PAR_FFI_H
#define PAR_FFI_H

#include "par_config.h"
#include "par_export.h"
#include "par_task.h"

#if PAR_HAS_FFI

PAR_BEGIN_DECLS

/* A task of the function at `address`, which takes exactly n values of just these types and sizes
 * (PAR_STRING for a const char *, PAR_POINTER for every other pointer) and returns `result_type` of
 * that size. It is what par_ffi_future() does, for use from other languages, and trusts its caller:
 * nothing can check the types against the function. `name` and strings are borrowed until the call
 * is made. Any thread; does not block or allocate.
 *
 * A NULL name, address or values, a type or size that no scalar or pointer has, or more than 8 values make a task
 * of which par() says PAR_EARGS. */
PAR_API par_task par_ffi_task(const char *name, const void *address, par_type result_type,
                              size_t result_size, const par_value *values, size_t n);

PAR_END_DECLS

#ifndef __cplusplus

#include "par_future.h"

/* par_ffi_future(function, value, ...): a task of any function of up to 8 scalar and pointer
 * parameters and a void, scalar or pointer result (scalars of at most 8 bytes); `function` may be
 * a pointer to one.
 *
 *     par_ffi_future(pow, 2.0, 10.0)
 *
 * Nothing is converted: each value must have exactly the type of its parameter, which the compiler
 * checks, save that a char * also fits a const char *; cast where needed. Not for variadic
 * functions, nor for long double, complex, 128-bit and struct types. Parameters have no names, so
 * par_kw(), defaults and extras do not apply. Strings are copied as with decorated functions. */
#define par_ffi_future(...) PAR_PASTE(PAR_FFI_, PAR_COUNT(__VA_ARGS__))(__VA_ARGS__)

/* ---------------------------------------------------------------------------------------------
 * Internals. */

#define PAR_FFI_1(f)                                                                  \
    par_ffi_task(#f, PAR_FFI_ADDRESS(f), PAR_FFI_RESULT(f, ()), (const par_value *)0, \
                 PAR_ASSERTED(0, PAR_FFI_SAME(f, (), (void)), PAR_FFI_MISFIT))
#define PAR_FFI_2(f, ...) PAR_FFI_N(1, f, __VA_ARGS__)
#define PAR_FFI_3(f, ...) PAR_FFI_N(2, f, __VA_ARGS__)
#define PAR_FFI_4(f, ...) PAR_FFI_N(3, f, __VA_ARGS__)
#define PAR_FFI_5(f, ...) PAR_FFI_N(4, f, __VA_ARGS__)
#define PAR_FFI_6(f, ...) PAR_FFI_N(5, f, __VA_ARGS__)
#define PAR_FFI_7(f, ...) PAR_FFI_N(6, f, __VA_ARGS__)
#define PAR_FFI_8(f, ...) PAR_FFI_N(7, f, __VA_ARGS__)
#define PAR_FFI_9(f, ...) PAR_FFI_N(8, f, __VA_ARGS__)
#define PAR_FFI_10(...)   PAR_FFI_MANY(__VA_ARGS__)
#define PAR_FFI_MANY(...) \
    (*(par_task *)PAR_ASSERTED(1, 0, "par_ffi_future() takes at most 8 values"))

#define PAR_FFI_N(n, f, ...)                                                                       \
    par_ffi_task(#f, PAR_FFI_ADDRESS(f), PAR_FFI_RESULT(f, (__VA_ARGS__)),                         \
                 (const par_value[]){PAR_FFI_VALUES_##n(n, f, (__VA_ARGS__), __VA_ARGS__)},        \
                 PAR_ASSERTED(n, PAR_FFI_SAME(f, (__VA_ARGS__), PAR_FFI_TYPES(n, 0, __VA_ARGS__)), \
                              PAR_FFI_MISFIT))

#define PAR_FFI_MISFIT                                                                         \
    "par_ffi_future() takes values of exactly the types of the function's parameters, and no " \
    "variadic function: cast where needed"

#define PAR_FFI_ADDRESS(f) (__extension__(const void *)(f))

/* Two arguments: the type of the result and its size. */
#define PAR_FFI_RESULT(f, arguments) PAR_FFI_RESULT_OF(__typeof__((f)arguments))
#define PAR_FFI_RESULT_OF(type)                                                                 \
    PAR_IS_VOID(type) ? PAR_VOID : PAR_TYPE_OF(PAR_RESULT(type)),                               \
        PAR_ASSERTED(                                                                           \
            PAR_IS_VOID(type) ? 0 : sizeof(PAR_RESULT(type)),                                   \
            PAR_TYPE_OF(PAR_RESULT(type)) != PAR_STRUCT &&                                      \
                sizeof(PAR_RESULT(type)) <= sizeof(par_word),                                   \
            "par_ffi_future() is for functions whose result is void, a pointer or a number of " \
            "at most 8 bytes")

/* Is `f` a function of these parameter types? __extension__ since those of pure functions, such as
 * abs(), count as qualified. */
#define PAR_FFI_SAME(f, arguments, types) \
    (__extension__ __builtin_types_compatible_p(__typeof__(*(f)), __typeof__((f)arguments) types))

/* (type, ...): the parameter types that the n values are for. A char * is for either of two, which
 * the compiler takes a transparent union for. The `which`th type, counted from the last, is
 * replaced by const char *; none when `which` is 0. */
typedef union par_ffi_text {
    char *chars;
    const char *text;
} __attribute__((transparent_union)) par_ffi_text;

#define PAR_FFI_TYPES(n, ...)     (PAR_FFI_TYPES_##n(__VA_ARGS__))
#define PAR_FFI_TYPES_1(which, a) PAR_FFI_TYPE(1, which, a)
#define PAR_FFI_TYPES_2(which, a, ...) \
    PAR_FFI_TYPE(2, which, a), PAR_FFI_TYPES_1(which, __VA_ARGS__)
#define PAR_FFI_TYPES_3(which, a, ...) \
    PAR_FFI_TYPE(3, which, a), PAR_FFI_TYPES_2(which, __VA_ARGS__)
#define PAR_FFI_TYPES_4(which, a, ...) \
    PAR_FFI_TYPE(4, which, a), PAR_FFI_TYPES_3(which, __VA_ARGS__)
#define PAR_FFI_TYPES_5(which, a, ...) \
    PAR_FFI_TYPE(5, which, a), PAR_FFI_TYPES_4(which, __VA_ARGS__)
#define PAR_FFI_TYPES_6(which, a, ...) \
    PAR_FFI_TYPE(6, which, a), PAR_FFI_TYPES_5(which, __VA_ARGS__)
#define PAR_FFI_TYPES_7(which, a, ...) \
    PAR_FFI_TYPE(7, which, a), PAR_FFI_TYPES_6(which, __VA_ARGS__)
#define PAR_FFI_TYPES_8(which, a, ...) \
    PAR_FFI_TYPE(8, which, a), PAR_FFI_TYPES_7(which, __VA_ARGS__)

#define PAR_FFI_TYPE(place, which, a) \
    __typeof__(__builtin_choose_expr(place == which, (const char *)0,                              \
                                     _Generic(*(__typeof__(a) *)0,                                 \
                                         char *: *(par_ffi_text *)0,                               \
                                         default: *(__typeof__(a) *)0)))

/* The n values. The one at `place`, counted from the last, is a string if a const char * there
 * makes the function's type. `all` is the list of them, in parentheses. */
#define PAR_FFI_VALUES_1(n, f, all, a) PAR_FFI_VALUE(n, 1, f, all, a)
#define PAR_FFI_VALUES_2(n, f, all, a, ...) \
    PAR_FFI_VALUE(n, 2, f, all, a), PAR_FFI_VALUES_1(n, f, all, __VA_ARGS__)
#define PAR_FFI_VALUES_3(n, f, all, a, ...) \
    PAR_FFI_VALUE(n, 3, f, all, a), PAR_FFI_VALUES_2(n, f, all, __VA_ARGS__)
#define PAR_FFI_VALUES_4(n, f, all, a, ...) \
    PAR_FFI_VALUE(n, 4, f, all, a), PAR_FFI_VALUES_3(n, f, all, __VA_ARGS__)
#define PAR_FFI_VALUES_5(n, f, all, a, ...) \
    PAR_FFI_VALUE(n, 5, f, all, a), PAR_FFI_VALUES_4(n, f, all, __VA_ARGS__)
#define PAR_FFI_VALUES_6(n, f, all, a, ...) \
    PAR_FFI_VALUE(n, 6, f, all, a), PAR_FFI_VALUES_5(n, f, all, __VA_ARGS__)
#define PAR_FFI_VALUES_7(n, f, all, a, ...) \
    PAR_FFI_VALUE(n, 7, f, all, a), PAR_FFI_VALUES_6(n, f, all, __VA_ARGS__)
#define PAR_FFI_VALUES_8(n, f, all, a, ...) \
    PAR_FFI_VALUE(n, 8, f, all, a), PAR_FFI_VALUES_7(n, f, all, __VA_ARGS__)

#define PAR_FFI_VALUE(n, place, f, all, a)                                         \
    par_ffi_value(PAR_VALUE_ELSE_f_future(a), __extension__ sizeof(__typeof__(a)), \
                  PAR_FFI_SAME(f, all, PAR_FFI_TYPES_IN(n, place, PAR_UNWRAP all)))
#define PAR_FFI_TYPES_IN(n, ...) (PAR_FFI_TYPES_##n(__VA_ARGS__))
#define PAR_UNWRAP(...)          __VA_ARGS__

/* A number is as large as its type; what arrays and functions become is a pointer. */
static inline par_value par_ffi_value(par_value value, size_t size, bool is_text)
{
    if (value.type == PAR_STRING && !is_text)
        value.type = PAR_POINTER;
    if (value.type != PAR_STRING && value.type != PAR_POINTER)
        value.size = size;
    return value;
}

#endif
#endif
#endif
