/* forks.c - sorting without forks. */
#include "forks.h"

enum { FEW = 16 };

static uint32_t median(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Hoare's. */
size_t forks_partition(uint32_t *values, size_t count)
{
    uint32_t pivot = median(values[0], values[count / 2], values[count - 1]);
    for (size_t i = 0, j = count - 1;; i++, j--) {
        while (values[i] < pivot)
            i++;
        while (values[j] > pivot)
            j--;
        if (i >= j)
            return j + 1;
        uint32_t value = values[i];
        values[i] = values[j];
        values[j] = value;
    }
}

static void insert(uint32_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t value = values[i];
        size_t at = i;
        for (; at != 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

void forks_sort_alone(uint32_t *values, size_t count)
{
    while (count > FEW) {
        size_t smaller = forks_partition(values, count);
        forks_sort_alone(values, smaller);
        values += smaller;
        count -= smaller;
    }
    insert(values, count);
}
