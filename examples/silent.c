/* silent.c - one of three tasks fails: the other two's results are used all the same. */
#include <errno.h>
#include <math.h>
#include <par.h>
#include <stdio.h>
#include <string.h>

/* Three exchanges, one of which is down. A function reports failure by par_fail(), and returns
 * whatever it likes. */
static double get_price(const char *exchange, const char *crypto)
{
    (void)crypto;
    if (strcmp(exchange, "bitfinex") == 0)
        return par_fail(ECONNREFUSED, "nobody answers at %s", exchange), NAN;
    return strcmp(exchange, "bitstamp") == 0 ? 7800.20 : 7789.32;
}
PAR_DECORATE(double, get_price, (const char *, exchange), (const char *, crypto, "BTC"))

int main(void)
{
    PAR_AUTO(par_results) *prices = NULL;
    /* [silent] */
    int rc = par(&prices,
                 par_named({"stamp", par_future(get_price, "bitstamp")},
                           {"finex", par_future(get_price, "bitfinex")},
                           {"base", par_future(get_price, "coinbase")}),
                 .silent = true);
    if (rc < 0) { /* not for the failed task: that has its own slot */
        fprintf(stderr, "%s\n", par_message(prices));
        return 1;
    }

    printf("%zu of %zu failed\n", par_failures(prices), par_count(prices));

    size_t n;
    const par_slot *const *succeeded = par_succeeded(prices, &n);
    for (size_t i = 0; i < n; i++)
        printf("%s: %.2f\n", succeeded[i]->name, par_get(prices, succeeded[i]->index, double));

    const par_slot *const *failed = par_failed(prices, &n);
    for (size_t i = 0; i < n; i++)
        par_slot_print(stdout, failed[i]);

    /* par_get() of a slot that failed is a bug and traps; these two ask first. */
    double price;
    if (!par_try_get(prices, "finex", &price))
        printf("finex: no price\n");
    printf("finex, or else 0: %.2f\n", par_get_or(prices, "finex", double, 0.0));
    /* [end] */
    return 0;
}
