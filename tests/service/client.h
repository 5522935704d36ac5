/* client.h - an HTTP client of blocking calls, as tasks use it: a connection for each request. */
#ifndef PAR_TESTS_CLIENT_H
#define PAR_TESTS_CLIENT_H

/* Asks 127.0.0.1 for a path and returns the body of the answer, to be freed; NULL after par_fail(),
 * by ECANCELED when the task was told to stop. */
char *client_get(unsigned port, const char *path);

#endif
