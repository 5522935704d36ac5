/* main.c - the demonstration: three exchanges on the loopback interface and six ways to ask them.
 *
 * Ends with status 0, with 1 when something was not as it should be, or, when interrupted, in good
 * order with 128 and the number of the signal. Everything runs in this one process.
 */
#include <curl/curl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "demo.h"
#include "fetch.h"
#include "prices.h"
#include "report.h"

static atomic_int caught;

/* Fetches end soon after this, the calls of par() with them; run_sections() goes no further. */
static void on_signal(int signal)
{
    atomic_store(&caught, signal);
    fetch_stop();
}

static void catch_signals(void)
{
    /* SA_RESETHAND: a second Ctrl-C ends the process at once. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void demo_use_all(const demo_exchanges *demo)
{
    prices_set_sites((price_sites){.bitstamp = exchange_url(demo->bitstamp),
                                   .bitfinex = exchange_url(demo->bitfinex),
                                   .coinbase = exchange_url(demo->coinbase)});
}

void demo_use_down(const demo_exchanges *demo)
{
    prices_set_sites((price_sites){.bitstamp = exchange_url(demo->bitstamp),
                                   .bitfinex = exchange_url(demo->down),
                                   .coinbase = exchange_url(demo->coinbase)});
}

static bool start(exchange **out, exchange_kind kind, exchange_options options)
{
    int error = exchange_start(out, kind, options);
    return error == 0 || report_wrong("cannot start %s: %s", exchange_name(kind), strerror(error));
}

static bool start_all(demo_exchanges *demo)
{
    return start(&demo->bitstamp, BITSTAMP,
                 (exchange_options){.data = EXAMPLES_DATA, .delay_ms = 150}) &&
           start(&demo->bitfinex, BITFINEX,
                 (exchange_options){.data = EXAMPLES_DATA, .delay_ms = 200}) &&
           start(&demo->coinbase, COINBASE,
                 (exchange_options){.data = EXAMPLES_DATA, .delay_ms = 250}) &&
           start(&demo->down, BITFINEX, (exchange_options){.data = EXAMPLES_DATA, .down = true});
}

static void stop_all(demo_exchanges *demo)
{
    exchange_stop(demo->bitstamp);
    exchange_stop(demo->bitfinex);
    exchange_stop(demo->coinbase);
    exchange_stop(demo->down);
}

static bool run_sections(const demo_exchanges *demo)
{
    static bool (*const sections[])(const demo_exchanges *) = {
        demo_together, demo_arguments, demo_silent, demo_deadline, demo_async, demo_many};
    demo_use_all(demo);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (!sections[i](demo) || fetch_stopped())
            return false;
    return true;
}

int main(void)
{
    report_begin();
    catch_signals();
    /* Once, and before there are threads: it is not safe in more than one. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        report_wrong("cannot initialise libcurl");
        return 1;
    }

    demo_exchanges demo = {0};
    bool right = start_all(&demo);
    if (right) {
        printf("Three exchanges answer on 127.0.0.1, after 150, 200 and 250 ms, from made-up "
               "prices.\n");
        right = run_sections(&demo);
    }
    stop_all(&demo);
    curl_global_cleanup();

    int signal = atomic_load(&caught);
    if (signal != 0) {
        fprintf(stderr, "stopped by signal %d\n", signal);
        return 128 + signal;
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        right = report_wrong("cannot write the output");
    return right ? 0 : 1;
}
