/* async.c - start the tasks, do something else, then ask for the results. */
#include <par.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>

static double get_price(double price)
{
    thrd_sleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    return price;
}
PAR_DECORATE(double, get_price, (double, price))

int main(void)
{
    PAR_AUTO(par_async) *ex = NULL; /* at the end of the scope: cancelled, awaited and freed */
    int rc = async_par(&ex,
                       par_named({"stamp", par_future(get_price, 7800.20)},
                                 {"finex", par_future(get_price, 7821.89)},
                                 {"base", par_future(get_price, 7789.32)}),
                       .max_workers = 5);
    if (rc < 0) {
        fprintf(stderr, "%s\n", par_strerror(rc));
        return 1;
    }
    printf("started\n");

    /* The results belong to the handle. Asking too early costs nothing: ask again. */
    const par_results *prices = NULL;
    if (par_async_results(ex, &prices, .timeout = 0.02) == PAR_ETIMEDOUT)
        printf("not yet\n");

    rc = par_async_results(ex, &prices, .timeout = 4);
    if (rc < 0) {
        fprintf(stderr, "%s\n", par_message(prices));
        return 1;
    }
    for (size_t i = 0; i < par_count(prices); i++)
        printf("%s: %.2f\n", par_at(prices, i)->name, par_get(prices, i, double));
    return 0;
}
