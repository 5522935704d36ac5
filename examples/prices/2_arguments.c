/* 2_arguments.c - by position, by keyword, by default, and once for all tasks. */
#include "demo.h"
#include "prices.h"
#include "report.h"

/* One line for each task: its name, the arguments it was bound to, and its price. */
static void print_prices(const par_results *prices)
{
    for (size_t i = 0; i < par_count(prices); i++) {
        const par_slot *slot = par_at(prices, i);
        char arguments[80];
        int n = 0;
        for (size_t k = 0; k < slot->n_args && n < (int)sizeof arguments; k++)
            n += snprintf(arguments + n, sizeof arguments - (size_t)n, "%s%s=\"%s\"",
                          k > 0 ? ", " : "", slot->args[k].name, slot->args[k].as.s);
        report_line("%-12s %-20s %-30s %10.2f", slot->name, slot->function, arguments,
                    par_get(prices, i, double));
    }
}

bool demo_arguments(const demo_exchanges *demo)
{
    (void)demo;
    report_heading("2. Arguments: keywords, defaults and extras");

    /* Positional arguments come first, keywords may stand in any order, and what is left out is
     * filled in by the default that the decoration names: period is "5m". */
    PAR_AUTO(par_results) *prices = NULL;
    int rc = par(&prices,
                 par_named({"default", par_future(get_price_bitfinex, "BTC")},
                           {"keyword", par_future(get_price_bitfinex, "BTC", par_kw(period, "1h"))},
                           {"keywords", par_future(get_price_bitfinex, par_kw(period, "30m"),
                                                   par_kw(crypto, "ETH"))},
                           /* This spelling takes every argument and has the compiler check it. */
                           {"typed", get_price_bitfinex_future("BTC", "10m")}));
    if (rc < 0)
        return report_wrong("%s", par_message(prices));
    print_prices(prices);

    /* Extras go to every task that has a parameter of that name and does not set it itself. */
    PAR_AUTO(par_results) *with_extras = NULL;
    rc = par(&with_extras,
             par_named({"extras", par_future(get_price_bitstamp)},
                       {"and more", par_future(get_price_bitfinex)},
                       {"own value", par_future(get_price_coinbase, "BTC")}),
             .extras = par_extras(par_kw(crypto, "ETH"), par_kw(period, "15m")));
    if (rc < 0)
        return report_wrong("%s", par_message(with_extras));
    print_prices(with_extras);

    /* What does not fit is said before any task runs. */
    PAR_AUTO(par_results) *misspelt = NULL;
    rc = par(&misspelt, par_list(par_future(get_price_bitfinex, "BTC", par_kw(perod, "1h"))));
    if (rc != PAR_EARGS)
        return report_wrong("a misspelt keyword has not been noticed");
    report_line("%-12s %s", "misspelt", par_message(misspelt));
    return true;
}
