/* bound.h - for tests: one task, bound as a call would bind it. */
#ifndef PAR_TESTS_BOUND_H
#define PAR_TESTS_BOUND_H

#include <string.h>

#include "../api/bind.h"

typedef struct bound {
    _Alignas(PAR_MAX_ALIGNMENT) char storage[1024];
    char strings[1024];
    size_t string_bytes;
    const par_function *function;
    void *result;
    bool used[8];
    par_bind_error error;
} bound;

/* Binds `task`, moving the arguments once on the way, as a call's block may move. */
static inline int bound_make(bound *b, par_task task, par_extra_values extras)
{
    _Alignas(PAR_MAX_ALIGNMENT) char first[sizeof(b->storage)];
    memset(b, 0, sizeof(*b));
    memset(first, 0x5a, sizeof(first));
    int rc = par_bind_check(&task);
    if (rc < 0)
        return rc;
    par_bind_sizes sizes = par_bind_size(&task);
    rc = par_bind(&task, &extras, b->used, first, &b->string_bytes, &b->error);
    if (rc < 0)
        return rc;
    memcpy(b->storage, first, sizes.result);
    b->result = b->storage + sizes.result;
    b->function = par_bind_function(&task, b->storage);
    if (sizes.strings)
        par_bind_strings(b->function, b->storage, b->strings);
    return 0;
}

static inline void bound_run(bound *b)
{
    par_bound_run(b->function, b->storage, b->result);
}

/* Binds and runs; the result, of that size, goes to `result`. */
static inline int bound_result(par_task task, void *result, size_t size)
{
    bound b;
    int rc = bound_make(&b, task, (par_extra_values){0});
    if (rc < 0)
        return rc;
    bound_run(&b);
    if (size > 0)
        memcpy(result, b.result, size);
    return 0;
}

#endif
