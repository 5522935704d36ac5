/* 1_together.c - the same three calls, first one after the other, then all at once. */
#include <math.h>

#include "demo.h"
#include "prices.h"
#include "report.h"

bool demo_together(const demo_exchanges *demo)
{
    (void)demo;
    report_heading("1. Together: three exchanges, one after the other and through par()");

    /* A decorated function is still an ordinary one. */
    double begin = seconds_now();
    double stamp = get_price_bitstamp("BTC");
    double finex = get_price_bitfinex("BTC", "5m");
    double base = get_price_coinbase("BTC");
    double one_by_one = seconds_now() - begin;
    if (isnan(stamp) || isnan(finex) || isnan(base))
        return report_wrong("an exchange did not answer");

    /* par() runs the same calls at the same time and returns when all have ended. */
    begin = seconds_now();
    PAR_AUTO(par_results) *prices = NULL; /* freed at the end of this function */
    int rc = par(&prices, par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                                    {"finex", par_future(get_price_bitfinex, "BTC")},
                                    {"base", par_future(get_price_coinbase, "BTC")}));
    double together = seconds_now() - begin;
    if (rc < 0)
        return report_wrong("%s", par_message(prices));

    report_line("%-12s %12s %12s %12s", "BTC in USD", "one by one", "par()", "took");
    report_line("%-12s %12.2f %12.2f %10.3f s", "Bitstamp", stamp, par_get(prices, "stamp", double),
                par_find(prices, "stamp")->ran);
    report_line("%-12s %12.2f %12.2f %10.3f s", "Bitfinex", finex, par_get(prices, "finex", double),
                par_find(prices, "finex")->ran);
    report_line("%-12s %12.2f %12.2f %10.3f s", "Coinbase", base, par_get(prices, "base", double),
                par_find(prices, "base")->ran);
    report_line("%-12s %10.3f s %10.3f s   %.1f times as fast", "all three", one_by_one, together,
                one_by_one / together);

    if (par_get(prices, "stamp", double) != stamp || par_get(prices, "finex", double) != finex ||
        par_get(prices, "base", double) != base)
        return report_wrong("par() brought other prices than the calls by hand");
    return true;
}
