/* par.c - par_for() and par_reduce(). */
#include <par.h>

#include "../bench.h"
#include "../loops.h"

static void check(int rc)
{
    if (rc != 0)
        bench_die("par: %d", rc);
}

static void sum_part(size_t begin, size_t end, void *partial, void *context)
{
    const uint32_t *values = context;
    uint64_t total = 0;
    for (size_t i = begin; i < end; i++)
        total += loops_item(values[i]);
    *(uint64_t *)partial += total;
}

static void add(void *into, const void *from, void *context)
{
    (void)context;
    *(uint64_t *)into += *(const uint64_t *)from;
}

static uint64_t sum(const uint32_t *values, size_t n)
{
    uint64_t total = 0;
    check(par_reduce(&total, 0, n, sum_part, add, (void *)values));
    return total;
}

static void each(size_t n, void (*part)(size_t begin, size_t end, void *context), void *context)
{
    check(par_for(0, n, part, context));
}

static void count_part(size_t begin, size_t end, void *partial, void *text)
{
    for (size_t block = begin; block < end; block++)
        loops_count(text, block, partial);
}

static void add_words(void *into, const void *from, void *context)
{
    (void)context;
    loops_add(into, from);
}

static void count(const loops_text *text, loops_words *words)
{
    check(par_reduce(words, 0, loops_blocks(text), count_part, add_words, (void *)text));
}

const loops_by loops_par = {sum, each, count};
