/* fork.h - roots of fork-join calls in a given pool. Internal to api/. */
#ifndef PAR_API_FORK_H
#define PAR_API_FORK_H

#include "par_fork.h"
#include "par_pool.h"

/* par_fork_enter() in `pool`, with at most `limit` threads; NULL: in the caller's own pool or the
 * default one. 0 no limit. With a pool of one's own PAR_ECLOSED or PAR_EFORKED, and then nothing has been
 * entered; 0. */
int par_fork_enter_pool(par_fork_root *root, par_pool *pool, unsigned limit);

#endif
