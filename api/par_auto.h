/* par_auto.h - PAR_AUTO: handles that are freed at the end of their scope. */
#ifndef PAR_AUTO_H
#define PAR_AUTO_H

#include "par_export.h"

PAR_BEGIN_DECLS

typedef struct par_results par_results;
typedef struct par_async par_async;

PAR_API void par_results_free(par_results *results);
PAR_API void par_async_free(par_async *async);

/* PAR_AUTO(par_results) *prices = NULL; declares a variable that is freed, by par_results_free(),
 * however its scope is left; PAR_AUTO(par_async) *ex = NULL; likewise by par_async_free(), which
 * may wait. Initialise it. What is returned from the function or freed by hand must be replaced by
 * NULL before the scope ends. longjmp() and the end of the thread do not free it. */
#define PAR_AUTO(type) __attribute__((cleanup(type##_free_at))) type

/* Internals. */

static inline void par_results_free_at(par_results **results)
{
    par_results_free(*results);
}

static inline void par_async_free_at(par_async **async)
{
    par_async_free(*async);
}

PAR_END_DECLS
#endif
