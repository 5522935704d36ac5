/* par_options.h - the options of a call, of a wait and of a pool.
 *
 * Each struct begins with its own size and means the default wherever it is zero, so that it can
 * grow without breaking programs: par(), async_par() and the other macros set the size, whoever
 * calls the functions sets it to sizeof. An unknown tail must be zero. */
#ifndef PAR_OPTIONS_H
#define PAR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "par_export.h"
#include "par_results.h"
#include "par_task.h"

PAR_BEGIN_DECLS

typedef struct par_pool par_pool;

typedef struct par_options {
    size_t size;
    double timeout;       /* seconds for the whole call, from its start; 0 is none */
    double deadline;      /* the same as an instant: seconds of CLOCK_MONOTONIC; 0 is none */
    unsigned max_workers; /* the most tasks of this call that run at once; 0 is no limit */
    bool silent;          /* failures go to their slots and the call returns 0 */
    /* par_extras(par_kw(...), ...): for every task with such a parameter */
    par_extra_values extras;
    par_pool *pool;             /* NULL is the default pool */
    void (*drop)(void *result); /* for each successful result that nobody will take: its address */
    void (*on_release)(void *context); /* once, when the last task has ended */
    void *context;                     /* for on_release */
} par_options;

typedef struct par_wait_options {
    size_t size;
    double timeout;  /* seconds from now; 0 is no limit of the wait's own */
    double deadline; /* seconds of CLOCK_MONOTONIC; 0 is none */
} par_wait_options;

typedef struct par_pool_options {
    size_t size;
    unsigned
        workers; /* 0: the CPUs this process may use, as far as max_threads allows; at most 4096 */
    /* workers and spare threads together; 0: 256, or twice the workers if that is more */
    unsigned max_threads;
    size_t stack_size; /* of each thread, bytes; 0: the system's default */
    /* how long an idle worker looks for work before it sleeps; 0: the default */
    unsigned spin_us;
    const char *name; /* threads are called name/0, name/1, ...; NULL: "par" */
    void (*on_thread_start)(unsigned index, void *context);
    void *context; /* for on_thread_start and on_stuck */
    /* called once for a task that has run, or blocked, for longer than stuck_after seconds, on a thread
     * of the pool's own: `task` is its slot as far as it is known, which lives until the hook returns.
     * It must not close the pool. NULL: nobody looks, which costs less */
    void (*on_stuck)(const par_slot *task, double seconds, void *context);
    double stuck_after; /* seconds; 0: 10 */
} par_pool_options;

PAR_END_DECLS
#endif
