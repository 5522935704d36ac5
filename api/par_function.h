/* par_function.h - what par knows about a function: its descriptor.
 *
 * PAR_DECORATE (par_decorate.h) makes a descriptor for each function it decorates. Bindings from
 * other languages, and C++, build one by hand: a par_function, its par_parameter array and a thunk,
 * all of which must live, unchanged, until the last call that runs the function has ended.
 *
 *     double scale(double x, int factor);
 *
 *     struct scale_arguments { double x; int factor; };
 *     static void scale_call(void *arguments, void *result)
 *     {
 *         scale_arguments *given = static_cast<scale_arguments *>(arguments);
 *         *static_cast<double *>(result) = scale(given->x, given->factor);
 *     }
 *     static const par_parameter scale_parameters[] = {
 *         {"x", PAR_FLOAT, sizeof(double), offsetof(scale_arguments, x), NULL},
 *         {"factor", PAR_INT, sizeof(int), offsetof(scale_arguments, factor), NULL}};
 *     static uint32_t scale_cost;
 *     static const par_function scale_function = {
 *         "scale", PAR_FLOAT, sizeof(double), 2, scale_parameters,
 *         sizeof(scale_arguments), scale_call, &scale_cost, PAR_VOID};
 */
#ifndef PAR_FUNCTION_H
#define PAR_FUNCTION_H

#include <stddef.h>
#include <stdint.h>

#include "par_export.h"
#include "par_value.h"

PAR_BEGIN_DECLS

/* The most parameters that a function can have. */
#define PAR_MAX_PARAMETERS 8

/* The alignment that arguments and results are given; no type of theirs may ask for more. */
#define PAR_MAX_ALIGNMENT 16

/* One parameter. Sizes that par knows: PAR_BOOL 1; PAR_INT, PAR_UINT 1, 2, 4, 8; PAR_FLOAT those of
 * float, double and long double; PAR_STRING and PAR_POINTER that of a pointer; PAR_STRUCT any. */
typedef struct par_parameter {
    const char *name; /* what par_kw() calls it; NULL: it has no name */
    par_type type;
    size_t size;                         /* bytes of the C type */
    size_t offset;                       /* in the struct of arguments */
    void (*set_default)(void *argument); /* writes the default there; NULL: it has none */
} par_parameter;

/* A function. `call` runs it with the arguments found in a struct laid out as `parameters` say, and
 * stores its result, if it has one; it may be called by any number of threads at once. `cost` is a
 * running estimate of how long the function takes, kept by the scheduler, which accesses it as an
 * atomic object; it begins as 0 and is nobody else's business; NULL: no estimate is kept. */
typedef struct par_function {
    const char *name;
    par_type result_type; /* PAR_VOID: it has none */
    size_t result_size;   /* bytes; 0 without one */
    size_t n_parameters;  /* at most PAR_MAX_PARAMETERS */
    const par_parameter *parameters;
    size_t arguments_size; /* bytes of the struct of arguments */
    void (*call)(void *arguments, void *result);
    uint32_t *cost;
    par_type
        result_as; /* what else the result may be read as: PAR_INT for an enum that the compiler
                           made an unsigned int, PAR_STRING for a char *; else PAR_VOID */
} par_function;

PAR_END_DECLS
#endif
