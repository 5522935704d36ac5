/* demo.h - the sections of the demonstration: each a file to be read, and copied from, alone. */
#ifndef EXAMPLES_DEMO_H
#define EXAMPLES_DEMO_H

#include <stdbool.h>

#include "../exchanges/exchange.h"

/* The exchanges that run meanwhile. */
typedef struct demo_exchanges {
    exchange *bitstamp, *bitfinex, *coinbase;
    exchange *down; /* a bitfinex at which nobody listens */
} demo_exchanges;

/* Each is true when all was as it should be; otherwise what was not is on stderr. */
bool demo_together(const demo_exchanges *demo);
bool demo_arguments(const demo_exchanges *demo);
bool demo_silent(const demo_exchanges *demo);
bool demo_deadline(const demo_exchanges *demo);
bool demo_async(const demo_exchanges *demo);
bool demo_many(const demo_exchanges *demo);

/* prices_set_sites(): to all exchanges that run; to the same, but for a bitfinex that is down. */
void demo_use_all(const demo_exchanges *demo);
void demo_use_down(const demo_exchanges *demo);

#endif
