/* 6_many.c - a list made at run time: two hundred fetches, with a bound on how many run at once, and
 * with none: each waits for the network, so that all of them can wait together. */
#include <math.h>
#include <string.h>

#include "../exchanges/series.h"
#include "demo.h"
#include "prices.h"
#include "report.h"

enum { FETCHES = 200, SAMPLE = 10, FAST_MS = 50 };

/* The price at each of the last FETCHES minutes. par_future() builds a task, a plain value that can
 * be stored; nothing runs before the call. */
static void build(par_task tasks[FETCHES], const price_series *recorded)
{
    for (size_t i = 0; i < FETCHES; i++) {
        long long time = recorded->rows[recorded->n - FETCHES + i].time;
        tasks[i] = par_future(get_price_coinbase_at, "BTC", time);
    }
}

static void print_row(const char *label, int n, double seconds, const char *note)
{
    report_line("%-22s %5d %10.2f s %10.0f%s", label, n, seconds, n / seconds, note);
}

/* Runs all of them, at most `max_workers` at once (0: no limit), and checks what they bring. */
static bool run(const demo_exchanges *demo, const price_series *recorded, unsigned max_workers)
{
    par_task tasks[FETCHES];
    build(tasks, recorded);
    exchange_take_peak(demo->coinbase);

    double begin = seconds_now();
    PAR_AUTO(par_results) *prices = NULL;
    int rc = par(&prices, par_array(tasks, FETCHES), .max_workers = max_workers);
    double took = seconds_now() - begin;
    if (rc < 0)
        return report_wrong("%s", par_message(prices));

    unsigned peak = exchange_take_peak(demo->coinbase);
    char label[32], note[48];
    if (max_workers != 0)
        snprintf(label, sizeof label, ".max_workers = %u", max_workers);
    else
        snprintf(label, sizeof label, "as many as block");
    snprintf(note, sizeof note, "   (%u at once)", peak);
    print_row(label, FETCHES, took, note);

    if (max_workers != 0 && peak > max_workers)
        return report_wrong("%u requests at once, allowed were %u", peak, max_workers);
    for (size_t i = 0; i < FETCHES; i++) {
        double expected = recorded->rows[recorded->n - FETCHES + i].price;
        if (fabs(par_get(prices, i, double) - expected) > 0.001)
            return report_wrong("price %zu is not the recorded one", i);
    }
    return true;
}

static bool run_all(const demo_exchanges *demo, const price_series *recorded)
{
    report_line("%-22s %5s %12s %10s", "", "fetches", "time", "per second");

    /* One at a time two hundred would take long: ten are enough to know the rate. */
    double begin = seconds_now();
    for (size_t i = 0; i < SAMPLE; i++)
        if (isnan(get_price_coinbase_at("BTC", recorded->rows[i].time)))
            return report_wrong("coinbase did not answer");
    double took = seconds_now() - begin;
    print_row("one at a time", SAMPLE, took, "");

    bool right = run(demo, recorded, 8) && run(demo, recorded, 64) && run(demo, recorded, 0);
    if (right)
        report_line("one at a time, %d would take %.1f s (from the %d measured)", FETCHES,
                    took * FETCHES / SAMPLE, SAMPLE);
    return right;
}

bool demo_many(const demo_exchanges *demo)
{
    report_heading("6. Many: 200 fetches of 50 ms each");
    price_series recorded;
    int error = series_read(&recorded, EXAMPLES_DATA "/coinbase-btc.csv");
    if (error != 0)
        return report_wrong("%s: %s", EXAMPLES_DATA "/coinbase-btc.csv", strerror(error));
    unsigned usual = exchange_set_delay(demo->coinbase, FAST_MS);
    bool right = recorded.n >= FETCHES ? run_all(demo, &recorded)
                                       : report_wrong("the recorded series is too short");
    exchange_set_delay(demo->coinbase, usual);
    series_free(&recorded);
    return right;
}
