/* matmul.c - the product of two square matrices, row by row. Usage: matmul SIZE */
#include <stdio.h>

#include "program.h"

typedef struct product {
    size_t n;
    const double *a, *b;
    double *c;
} product;

static void rows(size_t begin, size_t end, void *context)
{
    const product *p = context;
    for (size_t i = begin; i < end; i++) {
        double *restrict row = p->c + i * p->n;
        for (size_t k = 0; k < p->n; k++) {
            double factor = p->a[i * p->n + k];
            const double *restrict other = p->b + k * p->n;
            for (size_t j = 0; j < p->n; j++)
                row[j] += factor * other[j];
        }
    }
}

static double *numbers(size_t n, unsigned seed)
{
    double *all = program_allocate(n * n, sizeof(double));
    for (size_t i = 0; i < n * n; i++)
        all[i] = (double)(forks_child(seed, (unsigned)i) % 100);
    return all;
}

int main(int argc, char **argv)
{
    size_t n = program_number(argc, argv, 1);
    double trace = 0;
    product p = {n, numbers(n, 1), numbers(n, 2), program_allocate(n * n, sizeof(double))};
    PROGRAM_LOOPS->each(n, rows, &p);
    for (size_t i = 0; i < n; i++)
        trace += p.c[i * n + i];
    printf("%zu x %zu, its trace %.0f\n", n, n, trace);
    return 0;
}
