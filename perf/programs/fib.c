/* fib.c - a number of Fibonacci by the definition. Usage: fib N */
#include <stdio.h>

#include "program.h"

int main(int argc, char **argv)
{
    int n = (int)program_number(argc, argv, 1);
    printf("fib(%d) is %ld\n", n, PROGRAM_FORKS->fib(n));
    return 0;
}
