/* par_macro.h - the preprocessor's half of par's macros: counting, and one expansion per argument.
 * Internal; for C only. */
#ifndef PAR_MACRO_H
#define PAR_MACRO_H

#ifndef __cplusplus

#define PAR_PASTE(a, b)       PAR_PASTE_NOW(a, b)
#define PAR_PASTE_NOW(a, b)   a##b
#define PAR_STRING_OF(name)   PAR_STRING_NOW(name)
#define PAR_STRING_NOW(name)  #name
#define PAR_FIRST(first, ...) first

/* How many arguments: 1 to 10, or MANY up to 31. */
#define PAR_COUNT(...)                                                                            \
    PAR_32ND(__VA_ARGS__, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, \
             MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, \
             0)

/* THREE for three arguments and up to 31, TWO for less. */
#define PAR_TWO_OR_THREE(...)                                                                    \
    PAR_32ND(__VA_ARGS__, THREE, THREE, THREE, THREE, THREE, THREE, THREE, THREE, THREE, THREE,  \
             THREE, THREE, THREE, THREE, THREE, THREE, THREE, THREE, THREE, THREE, THREE, THREE, \
             THREE, THREE, THREE, THREE, THREE, THREE, THREE, TWO, TWO, 0)

#define PAR_32ND(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, \
                 bb, cc, dd, ee, nth, ...)                                                         \
    nth

/* macro(context, argument) for each of up to 8 arguments, side by side. For none, one is given and not
 * used. */
#define PAR_EACH_0(macro, context, none)
#define PAR_EACH_1(macro, context, a)      macro(context, a)
#define PAR_EACH_2(macro, context, a, ...) macro(context, a) PAR_EACH_1(macro, context, __VA_ARGS__)
#define PAR_EACH_3(macro, context, a, ...) macro(context, a) PAR_EACH_2(macro, context, __VA_ARGS__)
#define PAR_EACH_4(macro, context, a, ...) macro(context, a) PAR_EACH_3(macro, context, __VA_ARGS__)
#define PAR_EACH_5(macro, context, a, ...) macro(context, a) PAR_EACH_4(macro, context, __VA_ARGS__)
#define PAR_EACH_6(macro, context, a, ...) macro(context, a) PAR_EACH_5(macro, context, __VA_ARGS__)
#define PAR_EACH_7(macro, context, a, ...) macro(context, a) PAR_EACH_6(macro, context, __VA_ARGS__)
#define PAR_EACH_8(macro, context, a, ...) macro(context, a) PAR_EACH_7(macro, context, __VA_ARGS__)

/* The same with commas between them, for a list of parameters. */
#define PAR_COMMA_0(macro, context, none) void
#define PAR_COMMA_1(macro, context, a)    macro(context, a)
#define PAR_COMMA_2(macro, context, a, ...) \
    macro(context, a), PAR_COMMA_1(macro, context, __VA_ARGS__)
#define PAR_COMMA_3(macro, context, a, ...) \
    macro(context, a), PAR_COMMA_2(macro, context, __VA_ARGS__)
#define PAR_COMMA_4(macro, context, a, ...) \
    macro(context, a), PAR_COMMA_3(macro, context, __VA_ARGS__)
#define PAR_COMMA_5(macro, context, a, ...) \
    macro(context, a), PAR_COMMA_4(macro, context, __VA_ARGS__)
#define PAR_COMMA_6(macro, context, a, ...) \
    macro(context, a), PAR_COMMA_5(macro, context, __VA_ARGS__)
#define PAR_COMMA_7(macro, context, a, ...) \
    macro(context, a), PAR_COMMA_6(macro, context, __VA_ARGS__)
#define PAR_COMMA_8(macro, context, a, ...) \
    macro(context, a), PAR_COMMA_7(macro, context, __VA_ARGS__)

#endif
#endif
