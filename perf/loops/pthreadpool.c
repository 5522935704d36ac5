/* pthreadpool.c - by libpthreadpool: a part for each thread. It adds nothing up by itself. */
#include <pthreadpool.h>

#include "../bench.h"
#include "../loops.h"

enum { MOST_PARTS = 64 };

/* A part's own, so that no two share a line of cache. */
typedef struct total {
    _Alignas(128) union {
        uint64_t sum;
        loops_words words;
    } of;
} total;

typedef struct loop {
    const uint32_t *values;
    const loops_text *text;
    void (*part)(size_t begin, size_t end, void *context);
    void *context;
    size_t tile;
} loop;

static total totals[MOST_PARTS];

/* A thread for each of the CPUs, from the first call on. */
static pthreadpool_t pool(void)
{
    static pthreadpool_t started;
    if (started == NULL)
        started = pthreadpool_create(bench_cpus() < MOST_PARTS ? bench_cpus() : MOST_PARTS);
    if (started == NULL)
        bench_die("pthreadpool cannot start its threads");
    return started;
}

static size_t run(pthreadpool_task_1d_tile_1d_t part, loop *self, size_t n)
{
    size_t threads = pthreadpool_get_threads_count(pool());
    self->tile = (n + threads - 1) / threads;
    pthreadpool_parallelize_1d_tile_1d(pool(), part, self, n, self->tile, 0);
    return (n + self->tile - 1) / self->tile;
}

static void sum_part(void *context, size_t begin, size_t length)
{
    const loop *self = context;
    uint64_t sum = 0;
    for (size_t i = begin; i < begin + length; i++)
        sum += loops_item(self->values[i]);
    totals[begin / self->tile].of.sum = sum;
}

static uint64_t sum(const uint32_t *values, size_t n)
{
    uint64_t all = 0;
    size_t parts = run(sum_part, &(loop){.values = values}, n);
    for (size_t i = 0; i < parts; i++)
        all += totals[i].of.sum;
    return all;
}

static void each_part(void *context, size_t begin, size_t length)
{
    const loop *self = context;
    self->part(begin, begin + length, self->context);
}

static void each(size_t n, void (*part)(size_t begin, size_t end, void *context), void *context)
{
    run(each_part, &(loop){.part = part, .context = context}, n);
}

static void count_part(void *context, size_t begin, size_t length)
{
    const loop *self = context;
    loops_words words = {0};
    for (size_t block = begin; block < begin + length; block++)
        loops_count(self->text, block, &words);
    totals[begin / self->tile].of.words = words;
}

static void count(const loops_text *text, loops_words *words)
{
    size_t parts = run(count_part, &(loop){.text = text}, loops_blocks(text));
    for (size_t i = 0; i < parts; i++)
        loops_add(words, &totals[i].of.words);
}

const loops_by loops_pthreadpool = {sum, each, count};
