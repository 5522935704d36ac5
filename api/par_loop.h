/* par_loop.h - loops whose ranges run on several threads: par_for() and par_reduce().
 *
 *     static void scale(size_t begin, size_t end, void *vector)
 *     {
 *         double *x = vector;
 *         for (size_t i = begin; i < end; i++)
 *             x[i] *= 2;
 *     }
 *     par_for(0, n, scale, vector);
 *
 *     static void add_up(size_t begin, size_t end, void *partial, void *vector);
 *     static void add(void *into, const void *from, void *vector);
 *     double sum = 0;
 *     par_reduce(&sum, 0, n, add_up, add, vector);
 *
 * The calling thread takes part, and so do idle workers, who steal halves of what it has left. A loop
 * that is over before one of them could come is run by the caller alone: each par_for() and
 * par_reduce() in a program remembers how long an iteration took there. */
#ifndef PAR_LOOP_H
#define PAR_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "par_error.h"
#include "par_export.h"
#include "par_options.h"

PAR_BEGIN_DECLS

typedef struct par_loop_options {
    size_t size;
    /* ranges are halved until they have at most so many iterations; 0: as it is best */
    size_t grain;
    unsigned max_workers; /* the most threads that work on it, the caller included; 0 is no limit */
    par_pool *pool;       /* NULL: the caller's own, or the default pool */
} par_loop_options;

/* Calls range(b, e, context) for ranges that together are begin .. end - 1, each index once; not at all
 * if that is empty. The ranges run in any order, at the same time too. What the caller did before is
 * visible to them, and what they did to the caller.
 *
 * Any thread, in tasks and in ranges too; not signal handlers. Returns when all ranges have ended. In
 * a task they are parts of it on whatever thread: par_cancelled() and par_fail() are the task's.
 * Options NULL are the defaults. *cost is the memory of this place in the program, 0 at first; accessed
 * as an atomic object; NULL: none.
 *
 * 0; PAR_EARGS when `range` is NULL; PAR_EINVAL for options that are not known; for a pool of one's own
 * PAR_ECLOSED and PAR_EFORKED: then nothing has run. Where there is no default pool, or no memory,
 * the calling thread does it all. */
PAR_API int par_for_run(size_t begin, size_t end,
                        void (*range)(size_t begin, size_t end, void *context), void *context,
                        uint32_t *cost, const par_loop_options *options);

/* Reduces begin .. end - 1 to *result, of `size` bytes, aligned to at most 16.
 *
 * *result is the neutral element when this is called. Each range gets a copy of it, `partial`, and
 * adds to that what its iterations come to; join(into, from, context) then adds `from` to `into`, the
 * result of the range next to it on the right. `join` has to be associative; it need not be
 * commutative, for it is called with neighbours only, the left one first.
 *
 * With a grain given, ranges and joins follow from begin, end and grain alone: then the result is the
 * same, bit for bit, whatever the number of workers, for floating-point sums too. Without one, ranges
 * are as time has it. The rest is as said of par_for_run(). */
PAR_API int par_reduce_run(void *result, size_t size, size_t begin, size_t end,
                           void (*range)(size_t begin, size_t end, void *partial, void *context),
                           void (*join)(void *into, const void *from, void *context), void *context,
                           uint32_t *cost, const par_loop_options *options);

PAR_END_DECLS

#ifndef __cplusplus

/* par_for(begin, end, range, context, .grain = 100, ...) */
#define par_for(...) PAR_FOR_(__VA_ARGS__, .size = sizeof(par_loop_options))

/* par_reduce(&result, begin, end, range, join, context, .grain = 100, ...) */
#define par_reduce(...) PAR_REDUCE_(__VA_ARGS__, .size = sizeof(par_loop_options))

/* Internals. */
#define PAR_FOR_(begin, end, range, context, ...)                       \
    (__extension__({                                                    \
        static uint32_t par_cost_here;                                  \
        par_for_run((begin), (end), (range), (context), &par_cost_here, \
                    &(const par_loop_options){__VA_ARGS__});            \
    }))
#define PAR_REDUCE_(result, begin, end, range, join, context, ...)                              \
    (__extension__({                                                                            \
        static uint32_t par_cost_here;                                                          \
        par_reduce_run((result), sizeof(*(result)), (begin), (end), (range), (join), (context), \
                       &par_cost_here, &(const par_loop_options){__VA_ARGS__});                 \
    }))
#endif
#endif
