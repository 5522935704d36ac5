/* forking.h - the programs of forks.h as workloads measure them. */
#ifndef PERF_FORKING_H
#define PERF_FORKING_H

#include "bench.h"

typedef enum { FORKING_FIB, FORKING_NQUEENS, FORKING_TREE } forking_program;

/* A size that takes some tens to hundreds of milliseconds in serial, or a tenth of that. */
size_t forking_size(forking_program program, bool small);

/* How many tasks it forks. Counts them, in serial. */
double forking_spawns(forking_program program, size_t size);

/* Runs it, by the library or in serial, and returns the nanoseconds that it took; dies of a wrong
 * answer. */
int64_t forking_run(const forks_by *by, forking_program program, size_t size);

#endif
