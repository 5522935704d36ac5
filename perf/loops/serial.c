/* serial.c - an iteration after the other. */
#include "../loops.h"

static uint64_t sum(const uint32_t *values, size_t n)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += loops_item(values[i]);
    return total;
}

static void each(size_t n, void (*part)(size_t begin, size_t end, void *context), void *context)
{
    part(0, n, context);
}

static void count(const loops_text *text, loops_words *words)
{
    for (size_t block = 0; block < loops_blocks(text); block++)
        loops_count(text, block, words);
}

const loops_by loops_serial = {sum, each, count};
