/* program.c - arguments, memory. */
#include "program.h"

#include <stdlib.h>

size_t program_number(int argc, char **argv, int at)
{
    size_t number = at < argc ? strtoul(argv[at], NULL, 10) : 0;
    if (number == 0)
        bench_die("%s: argument %d is not a number", argv[0], at);
    return number;
}

void *program_allocate(size_t n, size_t size)
{
    void *memory = calloc(n, size);
    if (memory == NULL)
        bench_die("not enough memory");
    return memory;
}
