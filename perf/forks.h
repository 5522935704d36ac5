/* forks.h - programs that fork and join all the way down. forks/ has them for each library, as it
 * would have them written, and in serial; whatever does not fork is here or in forks.c, the same for
 * all. */
#ifndef PERF_FORKS_H
#define PERF_FORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct forks_by {
    /* Once, before the others: so many threads, the caller among them. Without it, one for each of
     * the CPUs. */
    void (*start)(unsigned workers);

    long (*fib)(int n);                           /* the number of Fibonacci, without a cut-off */
    uint64_t (*nqueens)(unsigned n);              /* solutions; every legal child is a task */
    uint64_t (*tree)(unsigned depth);             /* the nodes' weights; every child is a task */
    void (*sort)(uint32_t *values, size_t count); /* quicksort, down to FORKS_SORT_ALONE */
} forks_by;

extern const forks_by forks_serial, forks_par, forks_openmp, forks_tbb;

/* --- nqueens: a row after the other --- */

enum { FORKS_MOST_QUEENS = 16 };

typedef struct forks_board {
    uint8_t column[FORKS_MOST_QUEENS]; /* of the queen in each row */
} forks_board;

static inline bool forks_legal(const forks_board *board, unsigned row, unsigned column)
{
    for (unsigned above = 0; above < row; above++) {
        unsigned other = board->column[above], far = row - above;
        if (other == column || other + far == column || column + far == other)
            return false;
    }
    return true;
}

/* --- tree: geometric, as in the Unbalanced Tree Search benchmark: a node's hash says how many
 * children it has, 4.3 on average and at most FORKS_MOST_CHILDREN, and is what theirs are made from --- */

enum { FORKS_MOST_CHILDREN = 16 };

#define FORKS_ROOT UINT64_C(2024)

/* splitmix64's. */
static inline uint64_t forks_hash(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t forks_child(uint64_t node, unsigned i)
{
    return forks_hash(node + (i + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

/* One more for each hexadecimal digit of another hash, until one is above 12. */
static inline unsigned forks_children(uint64_t node)
{
    unsigned children = 0;
    uint64_t digits = forks_hash(node);
    for (; children < FORKS_MOST_CHILDREN && (digits & 15) <= 12; digits >>= 4)
        children++;
    return children;
}

/* No hash can be left out: an odd one makes a node count twice. */
static inline unsigned forks_weight(uint64_t node)
{
    return 1 + (unsigned)(node & 1);
}

/* --- sort --- */

/* So few values are sorted without forking. */
enum { FORKS_SORT_ALONE = 1024 };

void forks_sort_alone(uint32_t *values, size_t count);

/* Of more than 2 values: puts the smaller ones first, and returns how many those are, neither none nor
 * all. */
size_t forks_partition(uint32_t *values, size_t count);

#ifdef __cplusplus
}
#endif
#endif
