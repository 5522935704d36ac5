/* prices.h - what a coin costs, by exchange: ordinary functions, decorated.
 *
 * Each returns US dollars, or NAN when it fails; why has then been told to par_fail(), which puts
 * it into the slot of a task and into errno where the function was called directly.
 */
#ifndef EXAMPLES_PRICES_H
#define EXAMPLES_PRICES_H

#include <par.h>

/* The last price. */
double get_price_bitstamp(const char *crypto);

/* The typical price, (high + low + close) / 3, of the last `period`, such as "5m" or "1h". */
double get_price_bitfinex(const char *crypto, const char *period);

/* The spot price: now, or at an earlier time in seconds since 1970. */
double get_price_coinbase(const char *crypto);
double get_price_coinbase_at(const char *crypto, long long time);

/* Decorating changes nothing about the functions. It tells the library the names and the types of
 * their parameters, and what to take for those that are left out. */
PAR_DECORATE(double, get_price_bitstamp, (const char *, crypto))
PAR_DECORATE(double, get_price_bitfinex, (const char *, crypto), (const char *, period, "5m"))
PAR_DECORATE(double, get_price_coinbase, (const char *, crypto))
PAR_DECORATE(double, get_price_coinbase_at, (const char *, crypto), (long long, time))

/* Where the exchanges are: "http://host:port". To be set before prices are asked for, and not while
 * they are; the strings stay the caller's. */
typedef struct price_sites {
    const char *bitstamp, *bitfinex, *coinbase;
} price_sites;

void prices_set_sites(price_sites sites);

#endif
