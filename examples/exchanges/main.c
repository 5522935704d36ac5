/* main.c - runs the three exchanges until it is interrupted, to be tried with a browser or curl.
 *
 *   exchanges [DELAY_MS]
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"

static const char *const examples[EXCHANGES] = {
    "/api/v2/ticker/btcusd/", "/v2/candles/trade:5m:tBTCUSD/last", "/v2/prices/BTC-USD/spot"};

static bool parse_delay(const char *text, unsigned *delay_ms)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *delay_ms = (unsigned)value;
    return errno == 0 && end != text && *end == '\0' && value <= 60000 && text[0] != '-';
}

int main(int argc, char **argv)
{
    unsigned delay_ms = 100;
    if (argc > 2 || (argc == 2 && !parse_delay(argv[1], &delay_ms))) {
        fprintf(stderr, "usage: %s [DELAY_MS]    (0 to 60000; 100 when not given)\n", argv[0]);
        return 2;
    }

    /* Blocked before the servers start, so that their threads leave the signals to sigwait(). */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);

    exchange *running[EXCHANGES] = {NULL};
    int error = 0;
    for (exchange_kind kind = BITSTAMP; kind < EXCHANGES && error == 0; kind++) {
        error = exchange_start(&running[kind], kind,
                               (exchange_options){.data = EXAMPLES_DATA, .delay_ms = delay_ms});
        if (error != 0)
            fprintf(stderr, "cannot start %s: %s\n", exchange_name(kind), strerror(error));
        else
            printf("curl '%s%s'\n", exchange_url(running[kind]), examples[kind]);
    }
    int caught = 0;
    if (error == 0) {
        printf("Each answers after %u ms. Ctrl-C ends.\n", delay_ms);
        fflush(stdout);
        sigwait(&stop, &caught);
    }
    for (int kind = BITSTAMP; kind < EXCHANGES; kind++)
        exchange_stop(running[kind]);
    return error != 0 ? 1 : 128 + caught;
}
