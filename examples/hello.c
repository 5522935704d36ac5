/* hello.c - three prices at once. The exchanges are played by functions that take 100 ms each. */
#include <par.h>
#include <stdio.h>
#include <threads.h>
#include <time.h>

double get_price_bitstamp(const char *crypto);
double get_price_bitfinex(const char *crypto, const char *period);
double get_price_coinbase(const char *crypto);

/* Decorating changes nothing about a function: it stays callable as it is. */
PAR_DECORATE(double, get_price_bitstamp, (const char *, crypto))
PAR_DECORATE(double, get_price_bitfinex, (const char *, crypto), (const char *, period, "5m"))
PAR_DECORATE(double, get_price_coinbase, (const char *, crypto))

int main(void)
{
    PAR_AUTO(par_results) *prices = NULL; /* freed at the end of the scope */
    int rc = par(&prices, par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                                    {"finex", par_future(get_price_bitfinex, "BTC")},
                                    {"base", par_future(get_price_coinbase, "BTC")}));
    if (rc < 0) {
        fprintf(stderr, "%s\n", par_message(prices));
        return 1;
    }
    printf("Bitstamp: %.2f\n", par_get(prices, "stamp", double));
    printf("Bitfinex: %.2f\n", par_get(prices, "finex", double));
    printf("Coinbase: %.2f\n", par_get(prices, "base", double));
    return 0;
}

/* What follows would be requests to the exchanges. */
static double answer_after_a_while(double price)
{
    thrd_sleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    return price;
}

double get_price_bitstamp(const char *crypto)
{
    (void)crypto;
    return answer_after_a_while(7800.20);
}

double get_price_bitfinex(const char *crypto, const char *period)
{
    (void)crypto;
    (void)period;
    return answer_after_a_while(7821.89);
}

double get_price_coinbase(const char *crypto)
{
    (void)crypto;
    return answer_after_a_while(7789.32);
}
