/* nqueens.c - all ways to place n queens, none on the line of another. Usage: nqueens N */
#include <stdio.h>

#include "program.h"

int main(int argc, char **argv)
{
    unsigned n = (unsigned)program_number(argc, argv, 1);
    if (n > FORKS_MOST_QUEENS)
        bench_die("at most %d queens", FORKS_MOST_QUEENS);
    printf("%u queens in %llu ways\n", n, (unsigned long long)PROGRAM_FORKS->nqueens(n));
    return 0;
}
