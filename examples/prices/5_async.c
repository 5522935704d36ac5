/* 5_async.c - async_par() starts the tasks and returns; the caller works on until it needs them.
 *
 * The work here: simulated hours, drawn from the recorded minutes, tell how far the price may move
 * within the next one.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "../exchanges/series.h"
#include "demo.h"
#include "prices.h"
#include "report.h"

/* Simulates an hour: sixty of the recorded moves from minute to minute, drawn at random. Returns
 * the ratio of the last price to the first. */
static double simulate_hour(const price_series *series, uint64_t *random)
{
    double ratio = 1;
    for (int minute = 0; minute < 60; minute++) {
        *random = *random * 6364136223846793005u + 1442695040888963407u;
        size_t i = 1 + (size_t)(*random >> 33) % (series->n - 1);
        ratio *= series->rows[i].price / series->rows[i - 1].price;
    }
    return ratio;
}

static bool run(const price_series *series)
{
    /* At the end of the scope: what has not started is cancelled, the rest awaited. */
    PAR_AUTO(par_async) *ex = NULL;
    double begin = seconds_now();
    int rc = async_par(&ex,
                       par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                                 {"finex", par_future(get_price_bitfinex, "BTC")},
                                 {"base", par_future(get_price_coinbase, "BTC")}),
                       .max_workers = 5);
    double started = seconds_now();
    if (rc < 0)
        return report_wrong("%s", par_strerror(rc));

    unsigned hours = 0;
    double squares = 0;
    uint64_t random = 1;
    do {
        double move = simulate_hour(series, &random) - 1;
        squares += move * move;
        hours++;
    } while (par_async_status(ex) == PAR_STARTED);

    double asked = seconds_now();
    const par_results *prices = NULL; /* the handle's own */
    rc = par_async_results(ex, &prices, .timeout = 4);
    double answered = seconds_now();
    if (rc < 0)
        return report_wrong("%s", par_message(prices));

    double lowest = INFINITY, highest = 0;
    for (size_t i = 0; i < par_count(prices); i++) {
        lowest = fmin(lowest, par_get(prices, i, double));
        highest = fmax(highest, par_get(prices, i, double));
    }
    double deviation = sqrt(squares / hours);
    report_line("async_par() returned after      %7.3f ms", 1000 * (started - begin));
    report_line("simulated meanwhile             %7u hours in %.3f s", hours, asked - started);
    report_line("then waited for the results     %7.3f ms", 1000 * (answered - asked));
    report_line("the exchanges differ by         %7.2f USD", highest - lowest);
    report_line("an hour moves the price by      %7.2f USD (standard deviation)",
                deviation * (highest + lowest) / 2);
    return true;
}

bool demo_async(const demo_exchanges *demo)
{
    (void)demo;
    report_heading("5. async_par(): working while the exchanges are asked");
    price_series series;
    int error = series_read(&series, EXAMPLES_DATA "/bitstamp-btc.csv");
    if (error != 0)
        return report_wrong("%s: %s", EXAMPLES_DATA "/bitstamp-btc.csv", strerror(error));
    bool right = run(&series);
    series_free(&series);
    return right;
}
