/* consumer.c - a program outside the source tree: two functions at once, and one that fails. */
#include <par.h>

#include <stdio.h>

static int twice(int x)
{
    return 2 * x;
}

static double half(double x)
{
    if (x < 0)
        return par_fail(1, "%g is below zero", x), 0;
    return x / 2;
}

PAR_DECORATE(int, twice, (int, x))
PAR_DECORATE(double, half, (double, x, 3.0))

int main(void)
{
    PAR_AUTO(par_results) *results = NULL;
    int rc = par(&results,
                 par_named({"twice", twice_future(21)}, {"half", par_future(half)},
                           {"below", par_future(half, par_kw(x, -1))}),
                 .silent = true);
    if (rc < 0) {
        fprintf(stderr, "%s\n", par_message(results));
        return 1;
    }
    printf("twice %d\n", par_get(results, "twice", int));
    printf("half %.1f\n", par_get(results, "half", double));
    printf("below %.1f: %s\n", par_get_or(results, "below", double, 0.0),
           par_find(results, "below")->message);
    printf("failures %zu, version %s\n", par_failures(results), par_version());
    return 0;
}
