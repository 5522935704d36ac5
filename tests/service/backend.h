/* backend.h - an HTTP server on 127.0.0.1 that plays a service's back ends. GET /WHAT/ITEM is answered
 * with "WHAT of ITEM", after a few ms as a rule; one answer in twenty stalls for 50 to 500 ms.
 * Requests are delayed each for itself. */
#ifndef PAR_TESTS_BACKEND_H
#define PAR_TESTS_BACKEND_H

#include <stdint.h>

typedef struct backend backend;

/* Starts it, in two threads, on a port that the system chooses. 0, or an errno value; then *out is
 * NULL. */
int backend_start(backend **out, uint64_t seed);

unsigned backend_port(const backend *server);

/* Answers what is delayed at once, closes all and frees the server. */
void backend_stop(backend *server);

#endif
