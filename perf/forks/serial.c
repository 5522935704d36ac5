/* serial.c - without forks. */
#include "../forks.h"

static void start(unsigned workers)
{
    (void)workers;
}

static long fib(int n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static uint64_t queens(forks_board board, unsigned row, unsigned n)
{
    uint64_t solutions = 0;
    if (row == n)
        return 1;
    for (unsigned column = 0; column < n; column++) {
        if (!forks_legal(&board, row, column))
            continue;
        board.column[row] = (uint8_t)column;
        solutions += queens(board, row + 1, n);
    }
    return solutions;
}

static uint64_t nqueens(unsigned n)
{
    return queens((forks_board){{0}}, 0, n);
}

static uint64_t weight_below(uint64_t node, unsigned depth)
{
    uint64_t weight = forks_weight(node);
    if (depth == 0)
        return weight;
    unsigned children = forks_children(node);
    for (unsigned i = 0; i < children; i++)
        weight += weight_below(forks_child(node, i), depth - 1);
    return weight;
}

static uint64_t tree(unsigned depth)
{
    return weight_below(FORKS_ROOT, depth);
}

const forks_by forks_serial = {start, fib, nqueens, tree, forks_sort_alone};
