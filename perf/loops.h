/* loops.h - loops over a range. loops/ has them for each library, as it would have them written, and in
 * serial; what an iteration does is here or in loops.c, the same for all. */
#ifndef PERF_LOOPS_H
#define PERF_LOOPS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The words of a text, by their lengths; those that are longer are with the longest. */
enum { LOOPS_LONGEST = 31 };

typedef struct loops_words {
    uint64_t words, letters, by_length[LOOPS_LONGEST + 1];
} loops_words;

typedef struct loops_text {
    const char *at;
    size_t size;
} loops_text;

typedef struct loops_by {
    /* The sum of loops_item() of all values. */
    uint64_t (*sum)(const uint32_t *values, size_t n);

    /* Calls part() for parts of [0, n) that cover it; iterations take about as long as each other. */
    void (*each)(size_t n, void (*part)(size_t begin, size_t end, void *context), void *context);

    /* loops_count() of all blocks of the text, added up in *words. */
    void (*count)(const loops_text *text, loops_words *words);
} loops_by;

extern const loops_by loops_serial, loops_par, loops_openmp, loops_tbb, loops_pthreadpool;

/* A step of xorshift. */
static inline uint32_t loops_item(uint32_t value)
{
    value ^= value << 13;
    value ^= value >> 17;
    return value ^ (value << 5);
}

size_t loops_blocks(const loops_text *text);

/* Adds the words that begin in a block of the text. */
void loops_count(const loops_text *text, size_t block, loops_words *words);

void loops_add(loops_words *into, const loops_words *from);

#ifdef __cplusplus
}
#endif
#endif
