/* deadline.c - the call returns in time, whatever its tasks do. */
#include <errno.h>
#include <math.h>
#include <par.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>

static void sleep_ms(long ms)
{
    thrd_sleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static double get_price_bitstamp(const char *crypto)
{
    (void)crypto;
    return 7800.20;
}
PAR_DECORATE(double, get_price_bitstamp, (const char *, crypto))

/* Would take a minute. Nothing stops a thread from outside: a task that may take long asks now and
 * then whether anybody still waits for it. (par_time_left() says how long they will.) */
static double get_price_coinbase(const char *crypto)
{
    (void)crypto;
    for (int i = 0; i < 6000; i++) {
        if (par_cancelled())
            return par_fail(ECANCELED, "nobody waits any more"), NAN;
        sleep_ms(10);
    }
    return 7789.32;
}
PAR_DECORATE(double, get_price_coinbase, (const char *, crypto))

int main(void)
{
    /* Silent: what is there at the deadline is the result, the rest has failed. */
    PAR_AUTO(par_results) *prices = NULL;
    int rc = par(&prices,
                 par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                           {"base", par_future(get_price_coinbase, "BTC")}),
                 .timeout = 0.5, .silent = true);
    if (rc < 0) {
        fprintf(stderr, "%s\n", par_message(prices));
        return 1;
    }
    printf("stamp: %.2f\n", par_get(prices, "stamp", double));
    if (par_find(prices, "base")->code == PAR_ETIMEDOUT)
        printf("base: missed the deadline\n");

    /* Not silent: missing the deadline is a failure of the call. */
    PAR_AUTO(par_results) *none = NULL;
    rc = par(&none, par_list(par_future(get_price_coinbase, "BTC")), .timeout = 0.1);
    printf("not silent: %s\n", rc == PAR_ETIMEDOUT ? "PAR_ETIMEDOUT" : par_strerror(rc));
    return 0;
}
