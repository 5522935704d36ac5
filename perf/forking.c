/* forking.c - sizes, answers, counts. */
#include "forking.h"

static const size_t sizes[][2] = {
    [FORKING_FIB] = {35, 30}, [FORKING_NQUEENS] = {13, 11}, [FORKING_TREE] = {10, 8}};

size_t forking_size(forking_program program, bool small)
{
    return sizes[program][small];
}

static double boards_below(forks_board board, unsigned row, unsigned n)
{
    double boards = 0;
    for (unsigned column = 0; row < n && column < n; column++) {
        if (!forks_legal(&board, row, column))
            continue;
        board.column[row] = (uint8_t)column;
        boards += 1 + boards_below(board, row + 1, n);
    }
    return boards;
}

static double nodes_below(uint64_t node, unsigned depth)
{
    double nodes = 0;
    for (unsigned i = 0; depth != 0 && i < forks_children(node); i++)
        nodes += 1 + nodes_below(forks_child(node, i), depth - 1);
    return nodes;
}

double forking_spawns(forking_program program, size_t size)
{
    if (program == FORKING_FIB)
        return (double)forks_serial.fib((int)size + 1) - 1;
    if (program == FORKING_NQUEENS)
        return boards_below((forks_board){{0}}, 0, (unsigned)size);
    return nodes_below(FORKS_ROOT, (unsigned)size);
}

static uint64_t answer(const forks_by *by, forking_program program, size_t size)
{
    if (program == FORKING_FIB)
        return (uint64_t)by->fib((int)size);
    return program == FORKING_NQUEENS ? by->nqueens((unsigned)size) : by->tree((unsigned)size);
}

int64_t forking_run(const forks_by *by, forking_program program, size_t size)
{
    static uint64_t known;
    int64_t began = bench_now();
    uint64_t result = answer(by, program, size);
    int64_t took = bench_now() - began;
    if (known == 0)
        known = by == &forks_serial ? result : answer(&forks_serial, program, size);
    if (result != known)
        bench_die("%llu instead of %llu", (unsigned long long)result, (unsigned long long)known);
    return took;
}
