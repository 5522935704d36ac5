/* openmp.c - by OpenMP's parallel loops. */
#include "../loops.h"

static uint64_t sum(const uint32_t *values, size_t n)
{
    uint64_t total = 0;
#pragma omp parallel for reduction(+ : total)
    for (size_t i = 0; i < n; i++)
        total += loops_item(values[i]);
    return total;
}

static void each(size_t n, void (*part)(size_t begin, size_t end, void *context), void *context)
{
#pragma omp parallel for
    for (size_t i = 0; i < n; i++)
        part(i, i + 1, context);
}

#pragma omp declare reduction(add:loops_words                 \
                              : loops_add(&omp_out, &omp_in)) \
    initializer(omp_priv = (loops_words){0})

static void count(const loops_text *text, loops_words *words)
{
    loops_words total = {0};
#pragma omp parallel for reduction(add : total)
    for (size_t block = 0; block < loops_blocks(text); block++)
        loops_count(text, block, &total);
    *words = total;
}

const loops_by loops_openmp = {sum, each, count};
