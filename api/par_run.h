/* par_run.h - par(): run many functions at once and bring back their results.
 *
 *     PAR_AUTO(par_results) *prices = NULL;
 *     int rc = par(&prices, par_named(
 *         { "stamp", par_future(get_price_bitstamp, "BTC") },
 *         { "base",  par_future(get_price_coinbase, "BTC") }),
 *         .timeout = 10, .max_workers = 4);
 *
 * par() is a function-like macro: a member or variable of that name is called as (object->par)(x).
 * The function behind it is par_run(). */
#ifndef PAR_RUN_H
#define PAR_RUN_H

#include "par_error.h"
#include "par_export.h"
#include "par_options.h"
#include "par_results.h"
#include "par_task.h"

PAR_BEGIN_DECLS

/* Runs the tasks of the call and waits for them. Arguments are bound first; a name or argument that
 * does not fit means that nothing runs. Options NULL are the defaults.
 *
 * Without a deadline the caller runs tasks of its own call while it waits, and par_run() returns
 * when every task that started has ended. With one (`timeout` or `deadline`) the caller runs none,
 * and returns when the deadline has come at the latest: tasks that run then go on, unseen; they
 * touch nothing of the caller's but what their arguments point to. A call made in a task ends no
 * later than the call around it, and is cancelled with it. One with a deadline of its own needs other
 * threads of the pool: where all max_threads are in use it times out. It may be made from any thread, in tasks
 * to any depth; not from signal handlers.
 *
 * *out is the caller's, to be freed by par_results_free() (or PAR_AUTO), whether the call succeeded
 * or not; it is NULL only when out is NULL or memory ran out. What the tasks did is visible to the
 * caller.
 *
 * Tasks start in the order given; in calls of 256 tasks and more each thread takes up to 32 at a time.
 *
 * 0; PAR_ETASK when a task failed and the call is not silent: then tasks that had not started are
 * cancelled, and those running are waited for; PAR_ETIMEDOUT; PAR_ECANCELED with the call around
 * it; PAR_EAGAIN, silent or not, when a call made deep in tasks finds its thread's stack used up and
 * max_threads running; and before anything has run PAR_EARGS, PAR_ETYPE, PAR_ENAME, PAR_EINVAL, PAR_ENOMEM,
 * PAR_EAGAIN, PAR_ECLOSED, PAR_EFORKED. A silent call returns 0 once tasks have run: their slots
 * say what became of each. In each case but success par_message() says in a sentence what was
 * wrong.
 *
 * `drop` is called with the address of each successful result that came too late to be handed out,
 * and `on_release` once when the last task has ended, both on the thread that ended it, outside any
 * task; they must not wait for the call. */
PAR_API int par_run(par_results **out, par_calls calls, const par_options *options);

#ifndef __cplusplus
/* par(&results, calls, .timeout = 10, ...): par_run() with the options written in place. */
#define par(...) PAR_RUN_(__VA_ARGS__, .size = sizeof(par_options))

/* Internals. */
#define PAR_RUN_(out, calls, ...) par_run((out), (calls), &(const par_options){__VA_ARGS__})
#endif

PAR_END_DECLS
#endif
