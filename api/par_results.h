/* par_results.h - what a call brought back: results by name or index, and the slots of its tasks.
 *
 * par() and par_async_results() hand out a par_results. Each task of the call has a slot in it, in
 * the order in which the tasks were given; the slot tells how the task ended, and the result of one
 * that succeeded is read with par_get():
 *
 *     double price = par_get(prices, "stamp", double);
 *     double other = par_get_or(prices, 1, double, NAN);
 *
 * Results are read-only once they have been handed out, and may be read by any number of threads at
 * once until they are freed. Only par_async_results(), called again after a timeout of its own,
 * brings the slots that it handed out before up to date; nobody may be reading them meanwhile. What
 * is said of one function here holds for all that take a `const par_results *`: it does not sleep,
 * allocates nothing (printing apart: that is up to the stream), does not change errno, and takes
 * NULL for results without any task.
 */
#ifndef PAR_RESULTS_H
#define PAR_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "par_export.h"
#include "par_type_of.h"
#include "par_value.h"

PAR_BEGIN_DECLS

typedef struct par_results par_results;

/* How far a task, or a call, has come. PAR_NOT_STARTED and PAR_STARTED are seen in slots only when
 * the results were handed out before the end (par_async_results() timed out), and PAR_NOT_STARTED
 * also when the call failed before any task ran. A task that was cancelled or timed out is
 * PAR_FAILED. */
typedef enum { PAR_NOT_STARTED, PAR_STARTED, PAR_DONE, PAR_FAILED } par_status;

/* One task of a call, as it stood when the results were handed out. The slot and everything it
 * points to live until the results are freed. */
typedef struct par_slot {
    size_t index;         /* the task's place in the call, from 0 */
    const char *name;     /* NULL in a par_list() */
    const char *function; /* its name; "" if the call failed because the task had no function */
    size_t n_args;
    const par_value *args; /* as bound, in the order of the parameters */
    par_status status;
    int code;            /* 0; what par_fail() was given (> 0); or a PAR_E* (< 0) */
    const char *message; /* "" when it did not fail */
    /* seconds from the call (without a deadline: from when its tasks had been bound) to the task's
     * start, or until it was given up */
    double waited;
    double ran; /* seconds; 0 if it did not start or was running, above 0 if it ended */
} par_slot;

/* The number of tasks. */
PAR_API size_t par_count(const par_results *results);

/* The number of tasks that did not succeed: failed, timed out, cancelled or, in results handed out
 * before the end, not ended yet. */
PAR_API size_t par_failures(const par_results *results);

/* The slot of a task by its place in the call, or by name; NULL if there is none (or `name` is
 * NULL). Not finding one is an answer here; the getters below trap. */
PAR_API const par_slot *par_at(const par_results *results, size_t index);
PAR_API const par_slot *par_find(const par_results *results, const char *name);

/* The slots of the tasks that succeeded, and of those that did not, each in the order of the call:
 * an array of *n pointers (n may be NULL), part of the results. NULL only for NULL results. */
PAR_API const par_slot *const *par_succeeded(const par_results *results, size_t *n);
PAR_API const par_slot *const *par_failed(const par_results *results, size_t *n);

/* Why the call failed, in one sentence; "" when it did not. Never NULL. For NULL, which par()
 * leaves behind only when there was no memory even for the results, a sentence that says so. */
PAR_API const char *par_message(const par_results *results);

/* Prints a slot as one line, with its newline:
 *     finex: get_price_bitfinex(crypto="BTC", period="5m"): ECONNREFUSED: connection refused
 * A task without a name is called by its index: [1]. A task that succeeded shows how long it ran.
 * Nothing for a NULL slot. Allocates and blocks as the stream does; errors are the stream's
 * (ferror()). */
PAR_API void par_slot_print(FILE *file, const par_slot *slot);

/* Prints the message, if the call failed, and every slot, a line each. */
PAR_API void par_results_print(FILE *file, const par_results *results);

/* Ends the use of results that par() handed out: slots, names, arguments and results are gone, what
 * results point to is not touched (and .drop not called). Tasks that outlived their call's deadline
 * may still run; the memory they use goes with the last of them. Any thread, but only one, once.
 * NULL is fine. Does not wait. Not for results borrowed from a par_async. */
PAR_API void par_results_free(par_results *results);

/* Getters.
 *
 * The key is a name (a string) or an index (of any integer type). The type must be the type that
 * the function was decorated with: of the same kind (integer, unsigned, floating, pointer, string,
 * struct) and size. Besides, an enum may be read as an int, a `char *` as a `const char *`, and any
 * pointer as a `void *` or `const void *`.
 *
 * A key that no task has, and a type that is not the result's, are mistakes in the program: in
 * every build the process traps (SIGILL or SIGABRT), after a line on standard error that names the
 * mistake. For par_get(), which has nothing else to answer, so is a task that did not succeed.
 *
 * Each argument is evaluated once. A result is copied; what it points to is not.
 *
 * The macros, par_get(), par_get_or(), par_try_get() and par_ok(), are for C. They stand for these
 * functions, which serve other languages. par_results_get() and par_results_get_or() return the
 * address of the result, which lives as long as the results do, or `otherwise`. */
typedef enum { PAR_KEY_NAME, PAR_KEY_SIGNED, PAR_KEY_UNSIGNED } par_key_kind;

typedef struct par_key {
    par_key_kind kind;
    union {
        const char *name;
        long long i;
        unsigned long long u;
    } as;
} par_key;

/* What is asked for, and the words in which the caller asked, for the message of a trap. */
typedef struct par_getter {
    const char *macro;   /* "par_get" */
    const char *results; /* the arguments as written; `wanted` is NULL for par_ok() */
    const char *wanted;
    par_type type;
    size_t size;
    bool any_pointer; /* it is a void pointer: type is PAR_POINTER */
} par_getter;

PAR_API const void *par_results_get(const par_results *results, par_key key,
                                    const par_getter *getter);
PAR_API const void *par_results_get_or(const par_results *results, par_key key,
                                       const par_getter *getter, const void *otherwise);
PAR_API bool par_results_try_get(const par_results *results, par_key key, const par_getter *getter,
                                 void *to);
PAR_API bool par_results_ok(const par_results *results, par_key key, const par_getter *getter);

#ifndef __cplusplus

/* The result of the task, which must have succeeded. */
#define par_get(results, key, type)                       \
    ((void)0, *(const __typeof__(type) *)par_results_get( \
                  results, PAR_KEY(key), PAR_GETTER("par_get", #results, #type, type)))

/* par_get_or(results, key, type, x): the result, or x, which is evaluated in any case, if the task
 * did not succeed. */
#define par_get_or(results, key, type, ...)                                               \
    ((void)0, *(const __typeof__(type) *)par_results_get_or(                              \
                  results, PAR_KEY(key), PAR_GETTER("par_get_or", #results, #type, type), \
                  (const __typeof__(type)[1]){__VA_ARGS__}))

/* True and *pointer is the result; or false, the task did not succeed, and *pointer is as before.
 */
#define par_try_get(results, key, pointer)                                                     \
    par_results_try_get(results, PAR_KEY(key),                                                 \
                        PAR_GETTER("par_try_get", #results, #pointer, __typeof__(*(pointer))), \
                        pointer)

/* Did the task succeed? */
#define par_ok(results, key)              \
    par_results_ok(results, PAR_KEY(key), \
                   &(const par_getter){"par_ok", #results, NULL, PAR_VOID, 0, false})

/* ---------------------------------------------------------------------------------------------
 * Internals of the macros. */

static inline par_key par_key_name(const char *name)
{
    par_key key = {PAR_KEY_NAME, {name}};
    return key;
}

static inline par_key par_key_signed(long long index)
{
    par_key key = {.kind = PAR_KEY_SIGNED, .as = {.i = index}};
    return key;
}

static inline par_key par_key_unsigned(unsigned long long index)
{
    par_key key = {.kind = PAR_KEY_UNSIGNED, .as = {.u = index}};
    return key;
}

/* Chosen where the key must be refused: nobody passes this struct. There is no such function. */
struct par_no_key {
    char nothing;
};
par_key par_key_is_a_name_or_an_integer(struct par_no_key key);

/* + 0 makes a pointer of an array, and an int of what is narrower, bit-fields included. A floating
 * number is no key. */
#define PAR_KEY(key) \
    _Generic((key) + 0, char *                                                                     \
             : par_key_name, const char *                                                          \
             : par_key_name, int                                                                   \
             : par_key_signed, long                                                                \
             : par_key_signed, long long                                                           \
             : par_key_signed, float                                                               \
             : par_key_is_a_name_or_an_integer, double                                             \
             : par_key_is_a_name_or_an_integer, long double                                        \
             : par_key_is_a_name_or_an_integer, default                                            \
             : par_key_unsigned)(key)

#define PAR_IS_VOID_POINTER(type) \
    _Generic(*(__typeof__(type) *)0, void * : true, const void * : true, default : false)

#define PAR_GETTER(macro, results, wanted, type)                                  \
    (&(const par_getter){macro, results, wanted, PAR_TYPE_OF(type), sizeof(type), \
                         PAR_IS_VOID_POINTER(type)})

#endif

PAR_END_DECLS
#endif
