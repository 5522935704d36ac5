/* par_type_of.h - the par_type of a C type, found by the compiler. For C only; C++ sees nothing. */
#ifndef PAR_TYPE_OF_H
#define PAR_TYPE_OF_H

#include "par_value.h"

#ifndef __cplusplus

/* The par_type of `type` (anything that __typeof__ accepts but void), a constant. A const char * is
 * a PAR_STRING and any other pointer a PAR_POINTER; an enum is the integer type the compiler chose
 * for it; long double is a PAR_FLOAT of its size; whatever else has no par_type of its own
 * (structs, unions, complex numbers, 128-bit integers, vectors) is a PAR_STRUCT: bytes. */
#define PAR_TYPE_OF(type)                                                                         \
    PAR_BY_TYPE(type, PAR_BOOL, PAR_INT, PAR_UINT, PAR_FLOAT, PAR_FLOAT, PAR_STRING, PAR_POINTER, \
                (PAR_IS_POINTER(type) ? PAR_POINTER : PAR_STRUCT))

/* What else a value of `type` may be read as: PAR_INT for an enum that the compiler made an
 * unsigned int, PAR_STRING for a char *; PAR_VOID for nothing else. */
#define PAR_TYPE_BESIDES(type)                                                                \
    PAR_BY_TYPE(type, PAR_VOID, PAR_VOID, (PAR_IS_ENUM(type) ? PAR_INT : PAR_VOID), PAR_VOID, \
                PAR_VOID, PAR_VOID, PAR_STRING, PAR_VOID)

/* ---------------------------------------------------------------------------------------------
 * Internals. */

/* An enum goes for the integer type that it has, but two enums do not go for one another. */
enum par_an_enum { PAR_AN_ENUM };
#define PAR_IS_ENUM(type)                                        \
    (__builtin_types_compatible_p(__typeof__(type), unsigned) && \
     !__builtin_types_compatible_p(__typeof__(type), enum par_an_enum))

/* Chooses one of some expressions by the type of `type`, an expression or a type. The last is for
 * every type that is not listed; more `type: expression` may follow it. */
#define PAR_BY_TYPE(type, boolean, integer, cardinal, floating, extended, text, chars, ...) \
    _Generic(*(__typeof__(type) *)0,                                                               \
        _Bool: boolean,                                                                            \
        char: PAR_BY_CHAR_SIGN(integer, cardinal),                                                 \
        signed char: integer,                                                                      \
        short: integer,                                                                            \
        int: integer,                                                                              \
        long: integer,                                                                             \
        long long: integer,                                                                        \
        unsigned char: cardinal,                                                                   \
        unsigned short: cardinal,                                                                  \
        unsigned: cardinal,                                                                        \
        unsigned long: cardinal,                                                                   \
        unsigned long long: cardinal,                                                              \
        float: floating,                                                                           \
        double: floating,                                                                          \
        long double: extended,                                                                     \
        const char *: text,                                                                        \
        char *: chars,                                                                             \
        default: __VA_ARGS__)

#ifdef __CHAR_UNSIGNED__
#define PAR_BY_CHAR_SIGN(integer, cardinal) cardinal
#else
#define PAR_BY_CHAR_SIGN(integer, cardinal) integer
#endif

/* Arrays and functions count as the pointers that they become when they are passed. */
#define PAR_IS_POINTER(type) \
    (__builtin_classify_type(*(__typeof__(type) *)0) == __builtin_classify_type((void *)0))

/* `value`, when `condition` holds; a compile error saying `message` when it does not. */
#define PAR_ASSERTED(value, condition, message) \
    ((value) * sizeof(struct {                  \
         _Static_assert(condition, message);    \
         char par_asserted;                     \
     }))

#endif
#endif
