/* 3_silent.c - one exchange is down; the others' prices are wanted all the same. */
#include <errno.h>

#include "demo.h"
#include "prices.h"
#include "report.h"

/* Nobody listens at bitfinex's address. Without .silent the first failure is that of the call. */
static bool loud(void)
{
    PAR_AUTO(par_results) *prices = NULL;
    int rc = par(&prices, par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                                    {"finex", par_future(get_price_bitfinex, "BTC")},
                                    {"base", par_future(get_price_coinbase, "BTC")}));
    if (rc != PAR_ETASK)
        return report_wrong("an exchange is down and par() returned %d", rc);
    report_line("without .silent the call fails:");
    report_line("   %s", par_message(prices));
    return true;
}

/* With it the call succeeds, and each slot tells its own story. */
static bool silent(void)
{
    PAR_AUTO(par_results) *prices = NULL;
    int rc = par(&prices,
                 par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                           {"finex", par_future(get_price_bitfinex, "BTC")},
                           {"base", par_future(get_price_coinbase, "BTC")}),
                 .silent = true);
    if (rc < 0)
        return report_wrong("%s", par_message(prices));

    size_t n_succeeded, n_failed;
    const par_slot *const *succeeded = par_succeeded(prices, &n_succeeded);
    const par_slot *const *failed = par_failed(prices, &n_failed);

    report_line("with .silent it returns 0: %zu succeeded, %zu failed", n_succeeded, n_failed);
    for (size_t i = 0; i < n_succeeded; i++)
        report_line("   %-8s %10.2f", succeeded[i]->name,
                    par_get(prices, succeeded[i]->index, double));
    for (size_t i = 0; i < n_failed; i++)
        report_slot(failed[i]);

    /* A slot that failed has no result: par_get() would trap. par_get_or() has an answer for it. */
    report_line("in place of the missing price, 0: %.2f", par_get_or(prices, "finex", double, 0.0));

    if (n_succeeded != 2 || n_failed != 1 || failed[0]->code != ECONNREFUSED)
        return report_wrong("bitfinex alone should have failed, with ECONNREFUSED");
    return true;
}

bool demo_silent(const demo_exchanges *demo)
{
    report_heading("3. Silent mode: Bitfinex is down");
    demo_use_down(demo);
    bool right = loud() && silent();
    demo_use_all(demo);
    return right;
}
