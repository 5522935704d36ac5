/* tree.c - the weight of an unbalanced tree. Usage: tree DEPTH */
#include <stdio.h>

#include "program.h"

int main(int argc, char **argv)
{
    unsigned depth = (unsigned)program_number(argc, argv, 1);
    printf("depth %u weighs %llu\n", depth, (unsigned long long)PROGRAM_FORKS->tree(depth));
    return 0;
}
