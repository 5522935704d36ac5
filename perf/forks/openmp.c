/* openmp.c - by OpenMP's tasks, in a team one of whose threads begins. */
#include <omp.h>

#include "../forks.h"

static void start(unsigned workers)
{
    omp_set_num_threads((int)workers);
}

static long fib(int n)
{
    long left, right;
    if (n < 2)
        return n;
#pragma omp task shared(left) firstprivate(n)
    left = fib(n - 1);
    right = fib(n - 2);
#pragma omp taskwait
    return left + right;
}

static uint64_t queens(forks_board board, unsigned row, unsigned n)
{
    uint64_t found[FORKS_MOST_QUEENS], solutions = 0;
    unsigned children = 0;
    if (row == n)
        return 1;
    for (unsigned column = 0; column < n; column++) {
        if (!forks_legal(&board, row, column))
            continue;
        board.column[row] = (uint8_t)column;
#pragma omp task shared(found) firstprivate(board, row, n, children)
        found[children] = queens(board, row + 1, n);
        children++;
    }
#pragma omp taskwait
    while (children-- != 0)
        solutions += found[children];
    return solutions;
}

static uint64_t weight_below(uint64_t node, unsigned depth)
{
    uint64_t found[FORKS_MOST_CHILDREN], weight = forks_weight(node);
    if (depth == 0)
        return weight;
    unsigned children = forks_children(node);
    for (unsigned i = 0; i < children; i++) {
#pragma omp task shared(found) firstprivate(node, depth, i)
        found[i] = weight_below(forks_child(node, i), depth - 1);
    }
#pragma omp taskwait
    for (unsigned i = 0; i < children; i++)
        weight += found[i];
    return weight;
}

static void sort_below(uint32_t *values, size_t count)
{
    if (count <= FORKS_SORT_ALONE) {
        forks_sort_alone(values, count);
        return;
    }
    size_t smaller = forks_partition(values, count);
#pragma omp task firstprivate(values, smaller)
    sort_below(values, smaller);
    sort_below(values + smaller, count - smaller);
#pragma omp taskwait
}

static long fib_by_team(int n)
{
    long result;
#pragma omp parallel
#pragma omp single
    result = fib(n);
    return result;
}

static uint64_t nqueens_by_team(unsigned n)
{
    uint64_t result;
#pragma omp parallel
#pragma omp single
    result = queens((forks_board){{0}}, 0, n);
    return result;
}

static uint64_t tree_by_team(unsigned depth)
{
    uint64_t result;
#pragma omp parallel
#pragma omp single
    result = weight_below(FORKS_ROOT, depth);
    return result;
}

static void sort_by_team(uint32_t *values, size_t count)
{
#pragma omp parallel
#pragma omp single
    sort_below(values, count);
}

const forks_by forks_openmp = {start, fib_by_team, nqueens_by_team, tree_by_team, sort_by_team};
