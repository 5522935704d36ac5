/* par_task.h - tasks: functions with their arguments, and the calls that are made of them.
 *
 * A par_task is a plain value. It is made by f_future() or par_future() for a function that has
 * been decorated, by par_ffi_future() for one that has not, or by par_task_make(); it can be
 * copied, kept in an array and used for any number of calls. It owns nothing: what its arguments
 * point to, strings included, must live until the call is made, that is until par() or async_par()
 * is entered. Strings are copied then; what other pointers point to must live until the call has
 * ended.
 *
 *     par_task tasks[2];
 *     tasks[0] = get_price_bitstamp_future("BTC");
 *     tasks[1] = par_future(get_price_bitfinex, "BTC", par_kw(period, "10m"));
 *     par(&prices, par_array(tasks, 2));
 *
 * Nothing in this header blocks or allocates; any thread may call any of it.
 */
#ifndef PAR_TASK_H
#define PAR_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "par_export.h"
#include "par_function.h"
#include "par_value.h"

PAR_BEGIN_DECLS

/* How a function that does not call par_fail() reports failure: by a result that is a NULL pointer,
 * that is below 0, or that is not a number. */
typedef enum { PAR_NULL = 1, PAR_NEGATIVE, PAR_NAN } par_failure;

/* Bytes that the arguments of a function may take, laid out as a struct. */
#define PAR_MAX_ARGUMENTS 128

/* A function with its arguments. The members are par's own; an all-zero one is no task, and a call
 * that has one fails with PAR_EARGS. See the internals below. */
typedef struct par_task par_task;

/* A task with its name, which is copied when the call is made. */
typedef struct par_named_task par_named_task;

/* The tasks of a call: borrowed from an array that must live until the call is made. */
typedef struct par_calls {
    const void *elements; /* the first par_task, or par_named_task when `named` */
    size_t n;
    size_t size; /* bytes of one element */
    bool named;
} par_calls;

/* Keyword values for every task of a call that has such a parameter, made by par_extras(). Borrowed
 * from an array that must live until the call is made. All zero: there are none. */
typedef struct par_extra_values {
    const par_value *values; /* each has a name */
    size_t n;
} par_extra_values;

/* Puts into *task the call of `function` with n values: those without a name fill the parameters
 * from the left, those with one follow. It is what par_future() does, for use from other languages.
 * Whether the values fit the function is found out when the call is made. Names, strings, and the
 * bytes that a PAR_STRUCT value points to are borrowed until then.
 *
 * 0; PAR_EINVAL when task or function is NULL, or values while n is not 0, or when the descriptor has
 * no name, call or parameters, or parameters outside its arguments, which may take up to
 * PAR_MAX_ARGUMENTS bytes; PAR_EARGS for more than PAR_MAX_PARAMETERS values or parameters; PAR_ETYPE
 * for a value, parameter or result whose type or size is none of par's, or for a value that is a
 * struct of more than 255 bytes. *task is all zero unless 0 is returned. */
PAR_API int par_task_make(par_task *task, const par_function *function, const par_value *values,
                          size_t n);

/* ---------------------------------------------------------------------------------------------
 * Internals: what a task is made of. May change between releases. */

/* What the union in a task holds. */
enum {
    PAR_FORM_NONE,
    PAR_FORM_TYPED,  /* `typed`: the struct of arguments, complete */
    PAR_FORM_VALUES, /* `values`: n values, to be converted, and defaults and extras to be added */
    PAR_FORM_FOREIGN /* `foreign`: a function that has no descriptor */
};

typedef union par_word {
    long long i;
    unsigned long long u;
    double f;
    const char *s;
    const void *p;
} par_word;

struct par_task {
    const par_function *function; /* NULL for PAR_FORM_FOREIGN */
    uint32_t types;               /* a par_type for each value, four bits wide, the first lowest */
    unsigned char sizes[PAR_MAX_PARAMETERS]; /* of the values, bytes */
    unsigned char form;
    unsigned char n;           /* values */
    unsigned char check;       /* a par_failure, or 0 */
    unsigned char result_size; /* of the foreign function */
    union {
        unsigned char typed[PAR_MAX_ARGUMENTS];
        struct {
            par_word as;
            const char *name; /* NULL while positional */
        } values[PAR_MAX_PARAMETERS];
        struct {
            par_word values[PAR_MAX_PARAMETERS];
            const char *name;
            const void *address;
            void (*call)(void *arguments, void *result);
            par_type result_type;
        } foreign;
    } as;
};

struct par_named_task {
    const char *name;
    par_task task;
};

PAR_END_DECLS

/* Inline, so that they cost nothing. */

/* The same task, whose function reports failure by its result: then errno is the code of the
 * failure (EINVAL if the function did not set it) and strerror() its message. A check that does not
 * suit the type of the result is PAR_EARGS when the call is made: PAR_NULL is for pointers,
 * PAR_NEGATIVE for signed and floating numbers, PAR_NAN for floating ones. */
static inline par_task par_check(par_task task, par_failure failure)
{
    task.check = (unsigned)failure <= PAR_NAN ? (unsigned char)failure : 255; /* 255: refused */
    return task;
}

static inline par_calls par_calls_of(const void *elements, size_t n, size_t size, bool named)
{
    par_calls calls;
    calls.elements = elements;
    calls.n = n;
    calls.size = size;
    calls.named = named;
    return calls;
}

/* The call of n tasks, whose results are then found by index. `tasks` may be NULL when n is 0. */
static inline par_calls par_array(const par_task *tasks, size_t n)
{
    return par_calls_of(tasks, n, sizeof(par_task), false);
}

/* The call of n tasks with names, whose results are then found by name and by index. */
static inline par_calls par_named_array(const par_named_task *entries, size_t n)
{
    return par_calls_of(entries, n, sizeof(par_named_task), true);
}

#endif
