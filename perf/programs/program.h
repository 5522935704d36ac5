/* program.h - what each program has to do with a library: forks_X and loops_X of the one that it is
 * built for, by the definition of PROGRAM_BY. */
#ifndef PERF_PROGRAM_H
#define PERF_PROGRAM_H

#include <stddef.h>

#include "../bench.h"

#define PROGRAM_PASTE(a, b)  a##b
#define PROGRAM_PASTED(a, b) PROGRAM_PASTE(a, b)
#define PROGRAM_FORKS        (&PROGRAM_PASTED(forks_, PROGRAM_BY))
#define PROGRAM_LOOPS        (&PROGRAM_PASTED(loops_, PROGRAM_BY))

/* The argument at a place, a whole number above 0; otherwise says so and ends the program. */
size_t program_number(int argc, char **argv, int at);

void *program_allocate(size_t n, size_t size);

#endif
