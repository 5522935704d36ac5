/* sort.c - quicksort of so many numbers that are in no order. Usage: sort COUNT */
#include <stdio.h>

#include "program.h"

int main(int argc, char **argv)
{
    size_t count = program_number(argc, argv, 1);
    uint32_t *values = program_allocate(count, sizeof(uint32_t));
    for (size_t i = 0; i < count; i++)
        values[i] = (uint32_t)forks_child(1, (unsigned)i);
    PROGRAM_FORKS->sort(values, count);
    for (size_t i = 1; i < count; i++) {
        if (values[i - 1] > values[i])
            bench_die("number %zu is out of order", i);
    }
    printf("%zu from %u to %u, %u in the middle\n", count, values[0], values[count - 1],
           values[count / 2]);
    return 0;
}
