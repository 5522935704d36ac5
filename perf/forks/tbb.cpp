/* tbb.cpp - by oneTBB's task_group, in an arena with a slot for each thread. */
#include <memory>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "../forks.h"

namespace
{

std::unique_ptr<tbb::global_control> limit;
tbb::task_arena arena;

void start(unsigned workers)
{
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                  workers);
    arena.initialize(static_cast<int>(workers));
}

long fib(int n)
{
    if (n < 2)
        return n;
    long left;
    tbb::task_group group;
    group.run([&left, n] { left = fib(n - 1); });
    long right = fib(n - 2);
    group.wait();
    return left + right;
}

std::uint64_t queens(forks_board board, unsigned row, unsigned n)
{
    std::uint64_t found[FORKS_MOST_QUEENS], solutions = 0;
    unsigned children = 0;
    if (row == n)
        return 1;
    tbb::task_group group;
    for (unsigned column = 0; column < n; column++) {
        if (!forks_legal(&board, row, column))
            continue;
        board.column[row] = static_cast<std::uint8_t>(column);
        std::uint64_t *result = &found[children++];
        group.run([result, board, row, n] { *result = queens(board, row + 1, n); });
    }
    group.wait();
    while (children-- != 0)
        solutions += found[children];
    return solutions;
}

std::uint64_t weight_below(std::uint64_t node, unsigned depth)
{
    std::uint64_t found[FORKS_MOST_CHILDREN], weight = forks_weight(node);
    if (depth == 0)
        return weight;
    unsigned children = forks_children(node);
    tbb::task_group group;
    for (unsigned i = 0; i < children; i++) {
        std::uint64_t *result = &found[i];
        group.run(
            [result, node, depth, i] { *result = weight_below(forks_child(node, i), depth - 1); });
    }
    group.wait();
    for (unsigned i = 0; i < children; i++)
        weight += found[i];
    return weight;
}

void sort_below(std::uint32_t *values, std::size_t count)
{
    if (count <= FORKS_SORT_ALONE) {
        forks_sort_alone(values, count);
        return;
    }
    std::size_t smaller = forks_partition(values, count);
    tbb::task_group group;
    group.run([values, smaller] { sort_below(values, smaller); });
    sort_below(values + smaller, count - smaller);
    group.wait();
}

long fib_in_arena(int n)
{
    return arena.execute([n] { return fib(n); });
}

std::uint64_t nqueens_in_arena(unsigned n)
{
    return arena.execute([n] { return queens(forks_board(), 0, n); });
}

std::uint64_t tree_in_arena(unsigned depth)
{
    return arena.execute([depth] { return weight_below(FORKS_ROOT, depth); });
}

void sort_in_arena(std::uint32_t *values, std::size_t count)
{
    arena.execute([values, count] { sort_below(values, count); });
}

} // namespace

const forks_by forks_tbb = {start, fib_in_arena, nqueens_in_arena, tree_in_arena, sort_in_arena};
