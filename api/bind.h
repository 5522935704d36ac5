/* bind.h - turning a par_task and the call's extras into the arguments a function is run with.
 * Internal to api/; implemented in bind.c.
 *
 * A call is bound in three steps, so that it ends up in one memory block and every default is
 * evaluated once:
 *   1. par_bind_size() of each task: bytes its bound arguments, and its result, will take;
 *   2. par_bind() of each: values, keywords, extras and defaults become the function's own argument
 *      struct; `const char *` parameters still point at the caller's strings; the bytes that their
 *      copies need are added up;
 *   3. par_bind_strings() of each task that has any: copies them behind and lets the arguments
 *      point at the copies.
 * The block may move (realloc) between steps 2 and 3, not after: see par_bound.
 */
#ifndef PAR_API_BIND_H
#define PAR_API_BIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "par_task.h"

/* Bytes for the bound arguments and, behind them, the result: a multiple of 16, and the storage
 * given to par_bind() must be aligned to 16. Needs a task that par_bind_check() accepted. */
typedef struct par_bind_sizes {
    size_t total;    /* arguments + result */
    uint32_t result; /* offset of the result */
    bool strings;    /* does any parameter have to be copied as a string? */
} par_bind_sizes;

/* Is this a task at all (a function, a known form)? 0, PAR_EARGS or PAR_ETYPE. */
int par_bind_check(const par_task *task);
par_bind_sizes par_bind_size(const par_task *task);

/* Do both, that par_bind_check() need not see any more, need the same? A large call is mostly of
 * one function. */
static inline bool par_bind_alike(const par_task *task, const par_task *checked)
{
    return task->form == PAR_FORM_TYPED && checked->form == PAR_FORM_TYPED &&
           task->function == checked->function;
}

/* Copies the arguments of a PAR_FORM_TYPED task: in whole steps of PAR_MAX_ALIGNMENT, for which there is
 * room on both sides, faster than to the byte. What is copied beyond `size` means nothing. */
static inline void par_bind_copy(char *to, const par_task *task, size_t size)
{
    for (size_t i = 0; i < size; i += PAR_MAX_ALIGNMENT)
        memcpy(to + i, task->as.typed + i, PAR_MAX_ALIGNMENT);
}

/* What went wrong, in words: a clause such as
 * `get_price_bitfinex() has no parameter "perod"`. The caller adds which task it was. */
typedef struct par_bind_error {
    char text[256];
} par_bind_error;

/* Binds `task` into `storage`. For each extra that fits a parameter of the task's function sets
 * extras_used[k] = true (whether or not the task's own value won). Adds the string bytes (each with
 * its NUL) to *string_bytes. 0, or PAR_EARGS / PAR_ETYPE with `error` filled in. The function to
 * run the task by is par_bind_function(task, storage): a decorated task's own descriptor, for an
 * ffi task one that stands inside `storage` and is to be asked for again when that has moved. */
int par_bind(const par_task *task, const par_extra_values *extras, bool *extras_used, void *storage,
             size_t *string_bytes, par_bind_error *error);
const par_function *par_bind_function(const par_task *task, void *storage);

/* Copies the strings of bound arguments to `at`, lets the arguments point at the copies, and
 * returns the first byte behind them. */
char *par_bind_strings(const par_function *function, void *arguments, char *at);

/* Runs the function: arguments in, result out. `result` may be NULL only for void functions. */
void par_bound_run(const par_function *function, void *arguments, void *result);

/* par_check(): did the function report failure by this result? 0, or the code (> 0) to fail with;
 * errno as the function left it is `error` (0: EINVAL is meant). */
int par_bound_check(const par_function *function, unsigned check, const void *result, int error);

/* The arguments as values with names, types and sizes, written to values[function's
 * n_parameters]. */
size_t par_bound_count(const par_function *function);
void par_bound_values(const par_function *function, const void *arguments, par_value *values);

#endif
