/* par_context.h - what a task can say and ask while it runs. */
#ifndef PAR_CONTEXT_H
#define PAR_CONTEXT_H

#include <stdbool.h>

#include "par_export.h"

PAR_BEGIN_DECLS

/* In a task: it fails, with this code and message, whatever it returns. The code is an errno value
 * or any other number above 0; anything else is recorded as EINVAL, so that no task can pass for
 * timed out or cancelled. The first par_fail() of a task counts; it goes on until it returns.
 *
 * Outside a task: sets errno to the code and changes nothing else, so that a function written for
 * par still works when it is called directly. Returns `code` either way:
 *
 *     if (rc != CURLE_OK)
 *         return par_fail(ECONNREFUSED, "%s", curl_easy_strerror(rc)), NAN;
 *
 * Any thread; does not block. The message is formatted as by printf and copied; when there is no
 * memory for it the slot has the code's own text. */
PAR_API int par_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* In a task: should it stop? True from the deadline of its call on, and when its call, or a call
 * around that, has been cancelled or has failed. Outside a task false. Any thread; does not block.
 * What the canceller did before is not promised to be visible. */
PAR_API bool par_cancelled(void);

/* In a task: seconds until the nearest deadline of its call and the calls around it; 0 when it has
 * passed, INFINITY without one and outside a task. Any thread; does not block. */
PAR_API double par_time_left(void);

/* In a task: it is about to block (in a system call, on a lock), and it is back. Between the two
 * another thread may take its place, so that as many tasks compute as before. It need not be said: a
 * task that sleeps is noticed, a millisecond or two later. Calls nest, and a
 * task that ends without the second has come back. Without effect outside a pool's own threads. May
 * start a thread; neither waits. */
PAR_API void par_blocking_begin(void);
PAR_API void par_blocking_end(void);

PAR_END_DECLS
#endif
