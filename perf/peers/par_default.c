/* par_default.c - the default pool, for everything. */
#include "par_choice.h"

bool choice_can(const bench_job *job)
{
    (void)job;
    return true;
}

par_pool *choice_pool(void)
{
    return NULL;
}
