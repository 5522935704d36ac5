/* par_loop.c - ranges halved and spawned, by fork and join.
 *
 * Cost    *cost is picoseconds an iteration, as the last call measured it on its first range; 0 is not
 *         known. From it follows whether a loop is worth a second thread, and how long a range is: so
 *         long that a spawn costs nothing beside it.
 * Alone   A loop expected to be over soon is run by the caller, a quarter first. If that takes longer
 *         than the whole was to take, the rest is offered to others.
 * Order   The right half is spawned, the left one done: thieves get the largest piece there is, and the
 *         owner, which joins the newest first, goes from left to right.
 */
#include "par_loop.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../sched/os.h"
#include "fork.h"
#include "pool.h"

/* Nanoseconds: a loop that takes less is over before another thread can have come; and how long a
 * range shall take. */
#define TOO_SHORT_TO_SHARE 10000
#define LONG_RANGE         2000

/* While the cost is not known. */
enum { RANGES_AT_FIRST = 64 };

/* Partial results up to so many bytes stand on the stack. */
enum { SMALL_PARTIAL = 256 };

typedef struct loop {
    size_t begin, end, grain;
    void (*range)(size_t, size_t, void *);          /* of par_for(); else NULL */
    void (*reduce)(size_t, size_t, void *, void *); /* of par_reduce() */
    void (*join)(void *, const void *, void *);
    void *context;
    const void *neutral; /* a copy of what *result was */
    size_t size;
    uint32_t *cost;
    bool measured; /* is *cost of this call? */
} loop;

static void run_range(const loop *l, size_t begin, size_t end, void *partial)
{
    if (l->range != NULL)
        l->range(begin, end, l->context);
    else
        l->reduce(begin, end, partial, l->context);
}

/* Remembers what `n` iterations took. */
static void note_cost(const loop *l, size_t n, int64_t took)
{
    double picoseconds = 1000.0 * (double)(took > 0 ? took : 1) / (double)n;
    uint32_t now = picoseconds < 1            ? 1
                   : picoseconds < UINT32_MAX ? (uint32_t)picoseconds
                                              : UINT32_MAX;
    uint32_t last = __atomic_load_n(l->cost, __ATOMIC_RELAXED);
    if (now < last / 2 || now / 2 > last) /* the line is shared by all who come by here */
        __atomic_store_n(l->cost, now, __ATOMIC_RELAXED);
}

/* A range that is not halved. The caller's first measures the cost. */
static void run_leaf(const loop *l, size_t begin, size_t end, void *partial)
{
    if (begin != l->begin || l->measured) {
        run_range(l, begin, end, partial);
        return;
    }
    int64_t began = par_now();
    run_range(l, begin, end, partial);
    note_cost(l, end - begin, par_now() - began);
}

/* The halves' border: from begin, end and grain alone. */
static size_t middle(size_t begin, size_t end)
{
    return begin + (end - begin) / 2;
}

PAR_FORKABLE(void, run_halves, (const loop *, l), (size_t, begin), (size_t, end))
{
    unsigned open = 0;
    while (end - begin > l->grain) {
        size_t half = middle(begin, end);
        par_spawn(run_halves, l, half, end);
        open++;
        end = half;
    }
    run_leaf(l, begin, end, NULL);
    for (; open > 0; open--)
        par_sync(run_halves);
}

PAR_FORKABLE_DECLARE(void, reduce_halves, (const loop *, l), (size_t, begin), (size_t, end),
                     (void *, into));

/* The right half goes to `right`, a partial result of its own, which is then joined to the left one's. */
PAR_FORKABLE(void, reduce_both, (const loop *, l), (size_t, begin), (size_t, end), (void *, into),
             (void *, right))
{
    size_t half = middle(begin, end);
    memcpy(right, l->neutral, l->size);
    par_spawn(reduce_halves, l, half, end, right);
    par_here(reduce_halves, l, begin, half, into);
    par_sync(reduce_halves);
    l->join(into, right, l->context);
}

PAR_FORKABLE(void, reduce_halves, (const loop *, l), (size_t, begin), (size_t, end), (void *, into))
{
    if (end - begin <= l->grain) {
        run_leaf(l, begin, end, into);
    } else if (l->neutral == NULL) {
        run_leaf(l, begin, end, into); /* no memory: not halved, with the same result */
    } else if (l->size <= SMALL_PARTIAL) {
        _Alignas(16) unsigned char right[SMALL_PARTIAL];
        par_here(reduce_both, l, begin, end, into, right);
    } else {
        void *right = malloc(l->size);
        if (right != NULL)
            par_here(reduce_both, l, begin, end, into, right);
        else
            run_leaf(l, begin, end, into);
        free(right);
    }
}

/* Is it known that it takes too little for others to come? */
static bool is_short(const loop *l)
{
    uint32_t cost = __atomic_load_n(l->cost, __ATOMIC_RELAXED);
    return cost != 0 && (double)cost * (double)(l->end - l->begin) < TOO_SHORT_TO_SHARE * 1000.0;
}

/* Runs the first quarter, and the rest if that has not taken too long. False: the rest is left. */
static bool run_alone(loop *l, void *partial)
{
    size_t quarter = (l->end - l->begin + 3) / 4;
    int64_t began = par_now();
    run_range(l, l->begin, l->begin + quarter, partial);
    int64_t took = par_now() - began;
    note_cost(l, quarter, took);
    l->begin += quarter;
    l->measured = true;
    if (took >= TOO_SHORT_TO_SHARE)
        return l->begin == l->end;
    if (l->begin != l->end)
        run_range(l, l->begin, l->end, partial);
    return true;
}

static size_t best_grain(const loop *l)
{
    uint32_t cost = __atomic_load_n(l->cost, __ATOMIC_RELAXED);
    return cost != 0 ? LONG_RANGE * 1000 / cost + 1 : (l->end - l->begin) / RANGES_AT_FIRST + 1;
}

static void run_in(par_fork_root *root, const loop *l, void *result)
{
    par_fork_front *par_front = root->front;
    par_fork_slot *par_head = root->head;
    if (l->range != NULL)
        par_here(run_halves, l, l->begin, l->end);
    else
        par_here(reduce_halves, l, l->begin, l->end, result);
}

static int run(loop *l, void *result, uint32_t *cost, const par_loop_options *given)
{
    uint32_t none = 0, root_cost = 0;
    par_loop_options options = {.size = sizeof(options)};
    if (l->range == NULL && l->reduce == NULL)
        return PAR_EARGS;
    if (given != NULL && par_options_read(&options, sizeof(options), given) != 0)
        return PAR_EINVAL;
    if (l->begin >= l->end)
        return 0;
    par_fork_root root = {.cost = &root_cost};
    l->cost = cost != NULL ? cost : &none;
    if (options.grain == 0 && options.pool == NULL && is_short(l) && run_alone(l, result))
        return 0;
    int rc = par_fork_enter_pool(&root, options.pool, options.max_workers);
    if (rc != 0)
        return rc;
    l->grain = options.grain != 0 ? options.grain : best_grain(l);
    run_in(&root, l, result);
    par_fork_leave(&root);
    return 0;
}

int par_for_run(size_t begin, size_t end, void (*range)(size_t, size_t, void *), void *context,
                uint32_t *cost, const par_loop_options *options)
{
    loop l = {.begin = begin, .end = end, .range = range, .context = context};
    return run(&l, NULL, cost, options);
}

int par_reduce_run(void *result, size_t size, size_t begin, size_t end,
                   void (*range)(size_t, size_t, void *, void *),
                   void (*join)(void *, const void *, void *), void *context, uint32_t *cost,
                   const par_loop_options *options)
{
    _Alignas(16) unsigned char small[SMALL_PARTIAL];
    if (result == NULL || join == NULL)
        return PAR_EARGS;
    void *neutral = size <= sizeof(small) ? small : malloc(size);
    loop l = {.begin = begin,
              .end = end,
              .reduce = range,
              .join = join,
              .context = context,
              .neutral = neutral,
              .size = size};
    if (neutral != NULL)
        memcpy(neutral, result, size);
    int rc = run(&l, result, cost, options);
    if (neutral != small)
        free(neutral);
    return rc;
}
