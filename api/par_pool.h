/* par_pool.h - pools: the threads that tasks run on.
 *
 * Most programs need none of this: calls that name no pool use the default one, which starts at its
 * first use and has a worker for each CPU the process may use. A pool of one's own keeps work of
 * one kind from standing in the way of another kind's:
 *
 *     par_pool *pool;
 *     int rc = par_pool_open(&pool, .workers = 4, .name = "images");
 *     ...
 *     par(&results, par_list(...), .pool = pool);
 *     ...
 *     par_pool_close(pool, 10);
 *
 * A handle stays safe to use for ever: once its pool has been closed, and in a child of fork(),
 * calls that name it fail with PAR_ECLOSED or PAR_EFORKED.
 *
 * Threads: a pool runs as many tasks at once as it has workers, and more where a call's max_workers
 * asks for it, or tasks sleep in the kernel or say that they block: then spare threads are started, up
 * to max_threads, which end after a second without work. The thread that notices sleeping tasks is
 * started when it is first needed, beside max_threads. Signals are blocked in all of them, so that the
 * program's own threads get them; a program that a task starts by fork() and exec inherits that mask
 * and should have it reset (posix_spawnattr_setsigmask).
 *
 * Environment, read once, and not by programs that run with raised privileges: PAR_WORKERS (1 to
 * 4096) is the number of workers and PAR_SPIN_US (0 to 1000000) spin_us, where options leave them
 * 0. Values that are not whole numbers in these bounds are ignored. */
#ifndef PAR_POOL_H
#define PAR_POOL_H

#include "par_error.h"
#include "par_export.h"
#include "par_options.h"

PAR_BEGIN_DECLS

/* Starts a pool with its workers. `options` NULL means the defaults. When only some of the threads
 * can be started the pool works with those. Any thread; does not wait for the threads to run.
 *
 * 0; PAR_EINVAL for a NULL out, or an option out of its bounds (workers above 4096, max_threads
 * below workers or above 65536, a stack below PTHREAD_STACK_MIN); PAR_EAGAIN when not one thread
 * could be started, or when 1,024 pools are open; PAR_ENOMEM. *out is set to NULL on failure. */
PAR_API int par_pool_create(par_pool **out, const par_pool_options *options);

/* Closes the pool: from now on calls from outside are refused with PAR_ECLOSED, those made are run
 * to their end (calls that their tasks make included), the threads end, and all is freed but the
 * handle, which is never used again for another pool. Waits for that at most `timeout` seconds; 0
 * is no limit.
 *
 * 0; PAR_ETIMEDOUT when tasks still run after that time: they go on unharmed, the pool stays closed
 * to new calls, and par_pool_close() may be called again; PAR_EDEADLK from inside one of the pool's
 * own tasks, callbacks or on_releases; PAR_ECLOSED when it has been closed before, or another thread is closing it;
 * PAR_EFORKED; PAR_EINVAL for NULL, or a timeout that is negative or not a number. Any thread
 * outside the pool.
 *
 * The default pool may be closed as well; the next call that needs it, and par_pool_default(), start
 * another one: keep the handle of one whose closing timed out. */
PAR_API int par_pool_close(par_pool *pool, double timeout);

/* From now on the pool has so many workers; 0: as many as the CPUs that this process may use now, for
 * programs whose affinity or quota has changed. Workers that are too many end the task that they run
 * first.
 *
 * 0; PAR_EINVAL for NULL, more than 4,096 workers or more than the pool's max_threads; PAR_EAGAIN when
 * not all threads could be started: then those that could run, and others are tried for again when
 * there is work; PAR_ECLOSED, PAR_EFORKED. Any thread, in tasks too; does not wait. */
PAR_API int par_pool_resize(par_pool *pool, unsigned workers);

/* The default pool, started if it was not; NULL if it can't be. Any thread; blocks while another
 * thread starts it. */
PAR_API par_pool *par_pool_default(void);

#ifndef __cplusplus
/* par_pool_open(&pool, .workers = 4, ...): par_pool_create() with the options written in place. */
#define par_pool_open(...) PAR_POOL_OPEN_(__VA_ARGS__, .size = sizeof(par_pool_options))

/* Internals. */
#define PAR_POOL_OPEN_(out, ...) par_pool_create((out), &(const par_pool_options){__VA_ARGS__})
#endif

PAR_END_DECLS
#endif
