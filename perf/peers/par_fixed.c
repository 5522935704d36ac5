/* par_fixed.c - a pool that never has more threads than workers: for tasks that compute, to show what
 * the default pool's readiness for more costs them. */
#include "par_choice.h"

bool choice_can(const bench_job *job)
{
    return job->task == bench_computing;
}

par_pool *choice_pool(void)
{
    par_pool *pool;
    int rc = par_pool_open(&pool, .workers = bench_cpus(), .max_threads = bench_cpus());
    if (rc != 0)
        bench_die("par: %d", rc);
    return pool;
}
