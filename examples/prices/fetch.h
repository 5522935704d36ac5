/* fetch.h - an HTTP GET as a task wants it: bounded, and given up when nobody waits any more. */
#ifndef EXAMPLES_FETCH_H
#define EXAMPLES_FETCH_H

#include <stdbool.h>

/* Fetches `url`. On success returns 0 and *body is the text of the answer, to be freed by the
 * caller. Otherwise returns the errno value that par_fail() has already been given together with
 * the reason, so that the caller has only to return; *body is NULL.
 *
 * Any thread, in a task or outside; curl_global_init() must have been called. Blocks, for 10
 * seconds at most; in a task, a few milliseconds beyond the moment par_cancelled() becomes true. */
int fetch(const char *url, char **body);

/* Ends all fetches, the present and the future ones, with ECANCELED: for a program that has been
 * told to stop. May be called in a signal handler. */
void fetch_stop(void);
bool fetch_stopped(void);

#endif
