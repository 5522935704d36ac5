/* par_choice.h - which pool par.c uses: there is a source for each. */
#ifndef PERF_PAR_CHOICE_H
#define PERF_PAR_CHOICE_H

#include <par.h>

#include "../bench.h"

/* Is the job measured with this pool? */
bool choice_can(const bench_job *job);

/* NULL is the default pool. */
par_pool *choice_pool(void);

#endif
