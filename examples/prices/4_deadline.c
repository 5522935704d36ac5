/* 4_deadline.c - an answer is due at a fixed time, and one exchange is too slow for it.
 *
 * The deadline is that of the call: par() returns then, whatever its tasks do. A task that still
 * runs finishes on its own thread; the library keeps alive what it was called with. If it needs
 * more than that, .on_release says when the last task has ended: here the demonstration waits for
 * it, since it is going to shut down libcurl and the exchanges.
 */
#include <semaphore.h>

#include "demo.h"
#include "prices.h"
#include "report.h"

enum { SLOW_MS = 3000 };
#define DEADLINE 0.6

/* .on_release: called once, by whichever thread ends the last task. */
static void last_task_ended(void *context)
{
    sem_post(context);
}

static bool silent(sem_t *ended)
{
    PAR_AUTO(par_results) *prices = NULL;
    double begin = seconds_now();
    int rc =
        par(&prices,
            par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                      {"finex", par_future(get_price_bitfinex, "BTC")},
                      {"base", par_future(get_price_coinbase, "BTC")}),
            .timeout = DEADLINE, .silent = true, .on_release = last_task_ended, .context = ended);
    double returned = seconds_now();
    sem_wait(ended);
    double released = seconds_now();
    if (rc < 0)
        return report_wrong("%s", par_message(prices));

    report_line("silent: returned %d after %.3f s with %zu of %zu prices", rc, returned - begin,
                par_count(prices) - par_failures(prices), par_count(prices));
    for (size_t i = 0; i < par_count(prices); i++) {
        double price;
        if (par_try_get(prices, i, &price))
            report_line("   %-8s %10.2f", par_at(prices, i)->name, price);
        else
            report_slot(par_at(prices, i));
    }
    report_line("   the late fetch gave up %.0f ms after that", 1000 * (released - returned));

    const par_slot *late = par_find(prices, "base");
    if (late->code != PAR_ETIMEDOUT || par_failures(prices) != 1)
        return report_wrong("coinbase alone should have missed the deadline");
    return true;
}

static bool loud(sem_t *ended)
{
    PAR_AUTO(par_results) *prices = NULL;
    double begin = seconds_now();
    int rc = par(&prices,
                 par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                           {"finex", par_future(get_price_bitfinex, "BTC")},
                           {"base", par_future(get_price_coinbase, "BTC")}),
                 .timeout = DEADLINE, .on_release = last_task_ended, .context = ended);
    double returned = seconds_now();
    sem_wait(ended);
    if (rc != PAR_ETIMEDOUT)
        return report_wrong("the deadline has passed and par() returned %d", rc);

    report_line("not silent: returned PAR_ETIMEDOUT after %.3f s", returned - begin);
    report_line("   %s", par_message(prices));
    /* What was there in time belongs to the caller also when the call has failed. */
    report_line("   there in time all the same: stamp %.2f", par_get(prices, "stamp", double));
    return true;
}

bool demo_deadline(const demo_exchanges *demo)
{
    report_heading("4. Deadline: 0.6 s, and Coinbase takes 3 s");
    sem_t ended;
    if (sem_init(&ended, 0, 0) != 0)
        return report_wrong("no semaphore");
    unsigned usual = exchange_set_delay(demo->coinbase, SLOW_MS);
    bool right = silent(&ended) && loud(&ended);
    exchange_set_delay(demo->coinbase, usual);
    sem_destroy(&ended);
    return right;
}
