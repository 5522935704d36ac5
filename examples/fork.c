/* fork.c - compute code: queens on a board by fork and join, a sum by a loop. */
#include <par.h>
#include <stdint.h>
#include <stdio.h>

/* [fork] */
/* In how many ways can queens be put into the rows that are left? A bit is a column. */
PAR_FORKABLE(long, queens, (uint32_t, free), (uint32_t, left), (uint32_t, right))
{
    long ways = 0;
    int spawned = 0;
    if (free == 0)
        return 1;
    for (uint32_t open = free & ~left & ~right; open != 0; open &= open - 1) {
        uint32_t queen = open & -open;
        par_spawn(queens, free & ~queen, (left | queen) << 1, (right | queen) >> 1);
        spawned++;
    }
    while (spawned-- > 0)
        ways += par_sync(queens); /* the newest first */
    return ways;
}
/* [end] */

/* [loop] */
static void add_squares(size_t begin, size_t end, void *partial, void *context)
{
    long sum = 0;
    (void)context;
    for (size_t i = begin; i < end; i++)
        sum += (long)(i * i % 7);
    *(long *)partial += sum;
}

static void add(void *into, const void *from, void *context)
{
    (void)context;
    *(long *)into += *(const long *)from;
}
/* [end] */

int main(void)
{
    printf("%ld ways to put 10 queens on a board\n", queens((1U << 10) - 1, 0, 0));
    /* [reduce] */
    long sum = 0;
    par_reduce(&sum, 0, 1000000, add_squares, add, NULL);
    /* [end] */
    printf("sum: %ld\n", sum);
    return 0;
}
