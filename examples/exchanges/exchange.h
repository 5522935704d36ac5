/* exchange.h - stand-ins for three exchanges: real HTTP servers on the loopback interface.
 *
 * Each answers GET requests for a price of BTC or ETH, in JSON of the real exchange's shape, from a
 * recorded series, after a delay of its own. Requests are delayed each for itself: a hundred that
 * come together are answered together.
 *
 *   bitstamp  /api/v2/ticker/btcusd/               {"timestamp": "...", "last": "7800.20", ...}
 *   bitfinex  /v2/candles/trade:5m:tBTCUSD/last    [time, open, close, high, low, volume]
 *   coinbase  /v2/prices/BTC-USD/spot              {"data": {"amount": "7789.32", ...}}
 *
 * "Now" is the end of the recording; ?at=SECONDS (since 1970) asks for an earlier moment. Anything
 * else is answered with 404 and {"error": "..."}.
 *
 * The servers run in threads of the process that starts them, so they cannot outlive it.
 */
#ifndef EXAMPLES_EXCHANGE_H
#define EXAMPLES_EXCHANGE_H

#include <stdbool.h>

typedef enum { BITSTAMP, BITFINEX, COINBASE, EXCHANGES } exchange_kind;

typedef struct exchange exchange;

typedef struct exchange_options {
    const char *data;  /* the folder with the recorded series */
    unsigned delay_ms; /* before each answer */
    bool down;         /* take a port but never listen on it: connections are refused */
} exchange_options;

/* Starts an exchange on a port of 127.0.0.1 that the system chooses. 0, or an errno value; then
 * *out is NULL. */
int exchange_start(exchange **out, exchange_kind kind, exchange_options options);

/* Stops listening, closes what is open and frees the exchange. NULL is allowed. */
void exchange_stop(exchange *server);

const char *exchange_name(exchange_kind kind);
const char *exchange_url(const exchange *server); /* "http://127.0.0.1:PORT" */

/* Also for the requests that are waiting. Returns the delay until now. Any thread. */
unsigned exchange_set_delay(exchange *server, unsigned delay_ms);

/* The most requests that were being delayed at the same time since this was last asked. */
unsigned exchange_take_peak(exchange *server);

#endif
