/* par.c - by PAR_FORKABLE. The thread that calls takes part, as one of the default pool's workers. */
#include <par.h>
#include <stdio.h>
#include <stdlib.h>

#include "../forks.h"

static void start(unsigned workers)
{
    char number[16];
    snprintf(number, sizeof(number), "%u", workers);
    setenv("PAR_WORKERS", number, 1);
}

PAR_FORKABLE(long, fib, (int, n))
{
    if (n < 2)
        return n;
    par_spawn(fib, n - 1);
    long right = par_here(fib, n - 2);
    return par_sync(fib) + right;
}

PAR_FORKABLE(uint64_t, queens, (forks_board, board), (unsigned, row), (unsigned, n))
{
    unsigned children = 0;
    uint64_t solutions = 0;
    if (row == n)
        return 1;
    for (unsigned column = 0; column < n; column++) {
        if (!forks_legal(&board, row, column))
            continue;
        board.column[row] = (uint8_t)column;
        par_spawn(queens, board, row + 1, n);
        children++;
    }
    while (children-- != 0)
        solutions += par_sync(queens);
    return solutions;
}

static uint64_t nqueens(unsigned n)
{
    return queens((forks_board){{0}}, 0, n);
}

PAR_FORKABLE(uint64_t, weight_below, (uint64_t, node), (unsigned, depth))
{
    uint64_t weight = forks_weight(node);
    if (depth == 0)
        return weight;
    unsigned children = forks_children(node);
    for (unsigned i = 0; i < children; i++)
        par_spawn(weight_below, forks_child(node, i), depth - 1);
    for (unsigned i = 0; i < children; i++)
        weight += par_sync(weight_below);
    return weight;
}

static uint64_t tree(unsigned depth)
{
    return weight_below(FORKS_ROOT, depth);
}

PAR_FORKABLE(void, sort, (uint32_t *, values), (size_t, count))
{
    if (count <= FORKS_SORT_ALONE) {
        forks_sort_alone(values, count);
        return;
    }
    size_t smaller = forks_partition(values, count);
    par_spawn(sort, values, smaller);
    par_here(sort, values + smaller, count - smaller);
    par_sync(sort);
}

const forks_by forks_par = {start, fib, nqueens, tree, sort};
