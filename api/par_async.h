/* par_async.h - async_par(): start a call, do something else, come back for its results.
 *
 *     PAR_AUTO(par_async) *ex = NULL;
 *     const par_results *prices;
 *     async_par(&ex, par_named({ "stamp", par_future(get_price_bitstamp, "BTC") }), .max_workers =
 *     5); ...
 *     int rc = par_async_results(ex, &prices, .timeout = 4);
 *
 * A call is *over* when all its tasks have ended, or its own deadline has come. */
#ifndef PAR_ASYNC_H
#define PAR_ASYNC_H

#include "par_error.h"
#include "par_export.h"
#include "par_options.h"
#include "par_results.h"
#include "par_task.h"

PAR_BEGIN_DECLS

typedef struct par_async par_async;

/* Starts the call and returns; the options are those of par_run(). Nothing is waited for, and the
 * calling thread runs no task.
 *
 * *out is a handle, the caller's, to be given back by par_async_free() or par_async_detach(), also
 * when the call could not be started: then its status is PAR_FAILED and its results have the
 * message. NULL only when out is NULL or memory ran out.
 *
 * 0, or what par_run() returns before anything has run. What later goes wrong par_async_results()
 * tells.
 *
 * A call made in a task belongs to the call around it, whose memory it keeps: work that starts its own
 * successor for ever does so from par_async_then(), which is in no call. */
PAR_API int par_start(par_async **out, par_calls calls, const par_options *options);

/* Waits until the call is over, but no longer than the options say (timeout 0: no limit of the
 * wait's own), and hands out its results: *out, borrowed from the handle, the same object each
 * time. A call without a deadline that is waited for without one is helped with by the caller, as
 * in par_run().
 *
 * Once the call is over: what par_run() would have returned, the same each time. PAR_ETIMEDOUT as
 * well when the wait's own time is up first: then the call goes on, *out shows how far it has come,
 * and it can be asked again. Slots change in here only, so they can be read while tasks run.
 * PAR_EINVAL for NULL, or a time that is negative or not a number; PAR_EFORKED in a child of
 * fork().
 *
 * By one thread at a time for each handle; PAR_EDEADLK in a task or the on_release of the call
 * itself (calls that an on_release spawns are not known for it, and wait for themselves). What the tasks did that *out shows as done is visible to the caller. */
PAR_API int par_async_wait(par_async *async, const par_results **out,
                           const par_wait_options *options);

/* PAR_STARTED until the call is over, then PAR_FAILED if par_async_results() will return a negative
 * code, else PAR_DONE. PAR_NOT_STARTED for NULL. Any thread; never blocks. */
PAR_API par_status par_async_status(const par_async *async);

/* A file descriptor that becomes readable when the call is over: an eventfd, blocking and
 * close-on-exec, the handle's own, the same each time; written once. Do not close it. Any thread;
 * does not block. Negative: PAR_EINVAL for NULL, PAR_EFORKED, or the negated errno of why there is
 * none. */
PAR_API int par_async_fd(par_async *async);

/* Has fn(async, arg) called when the call is over, once, on a thread of the pool; at once if it is
 * over. Several are called one after the other or side by side. fn may use the handle and may free
 * it; nobody else may free it before all have been called. fn may make calls, but not close its
 * pool.
 * 0; PAR_EINVAL for NULL; PAR_ENOMEM; PAR_ECLOSED when the pool is closed, PAR_EFORKED, PAR_EAGAIN:
 * then it will not be called. Any thread; does not block. */
PAR_API int par_async_then(par_async *async, void (*fn)(par_async *async, void *arg), void *arg);

/* Tasks that have not started never will; those that run see par_cancelled(). Does not wait. Then
 * par_async_results() returns PAR_ECANCELED, unless something else came first; silent: 0, and the
 * slots say so. Any thread. */
PAR_API void par_async_cancel(par_async *async);

/* Cancels, waits for the tasks that have started, at most until the call's own deadline, and frees
 * the handle and the results borrowed from it. Successful results that have not been handed out go
 * to `drop`. In a task or the on_release of the call itself it does not wait: there it is
 * par_async_detach(). NULL is nothing. Not while another thread uses the handle. */
PAR_API void par_async_free(par_async *async);

/* Gives the handle back and lets the tasks finish on their own, until the call's deadline if it has
 * one. Does not wait. Results that have not been handed out go to `drop`, each once. NULL is
 * nothing. */
PAR_API void par_async_detach(par_async *async);

#ifndef __cplusplus
/* async_par(&async, calls, .max_workers = 5, ...): par_start() with the options written in
 * place. */
#define async_par(...) PAR_START_(__VA_ARGS__, .size = sizeof(par_options))

/* par_async_results(async, &results, .timeout = 4): par_async_wait() likewise. */
#define par_async_results(...) PAR_ASYNC_RESULTS_(__VA_ARGS__, .size = sizeof(par_wait_options))

/* Internals. */
#define PAR_START_(out, calls, ...) par_start((out), (calls), &(const par_options){__VA_ARGS__})
#define PAR_ASYNC_RESULTS_(async, out, ...) \
    par_async_wait((async), (out), &(const par_wait_options){__VA_ARGS__})
#endif

PAR_END_DECLS
#endif
