/* par.h - par: a lock-free work-stealing task scheduler, and functions run in parallel by name.
 *
 * The one header to include. By topic:
 *
 *     par_function.h, par_decorate.h   what par knows of a function; PAR_DECORATE
 *     par_task.h, par_future.h         a function with its arguments; par_future(), par_list(),
 *                                      par_named()
 *     par_ffi.h                        par_ffi_future(), for functions that are not decorated
 *     par_options.h                    .timeout, .max_workers, .silent, .extras, ...
 *     par_run.h                        par()
 *     par_async.h                      async_par(), and what is done with a call under way
 *     par_results.h, par_auto.h        results by name or index; slots; PAR_AUTO
 *     par_context.h                    par_fail(), par_cancelled(), ... in a task
 *     par_fork.h                       functions that spawn calls and join them, for compute code
 *     par_loop.h                       par_for(), par_reduce(): loops whose ranges run in parallel
 *     par_map.h                        par_map(): one function over many lists of arguments
 *     par_pool.h                       pools of one's own
 *     par_error.h                      the codes
 */
#ifndef PAR_H
#define PAR_H

#include "par_async.h"
#include "par_auto.h"
#include "par_context.h"
#include "par_decorate.h"
#include "par_error.h"
#include "par_ffi.h"
#include "par_fork.h"
#include "par_function.h"
#include "par_future.h"
#include "par_loop.h"
#include "par_map.h"
#include "par_options.h"
#include "par_pool.h"
#include "par_results.h"
#include "par_run.h"
#include "par_task.h"
#include "par_value.h"

PAR_BEGIN_DECLS

/* The version of the library that runs, such as "0.1.0". Static; any thread. */
PAR_API const char *par_version(void);

PAR_END_DECLS
#endif
