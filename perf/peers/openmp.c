/* openmp.c - OpenMP by the compiler's runtime: one thread of a team makes the tasks, all run them. It
 * has no way to stop waiting for them. */
#include <omp.h>
#include <pthread.h>

#include "../bench.h"

static bool can(const bench_job *job)
{
    return job->timeout == 0;
}

static void start(const bench_job *job)
{
    omp_set_num_threads((int)bench_threads_of(job));
}

static void run(const bench_job *job)
{
#pragma omp parallel
#pragma omp single
#pragma omp taskgroup
    for (size_t i = 0; i < job->n; i++) {
#pragma omp task firstprivate(job, i)
        job->out[i] = job->task(job->in[i]);
    }
}

static void *main_of_thread(void *job)
{
    run(job);
    return NULL;
}

/* By another thread, with a team of its own. */
static void behind(const bench_job *job)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, main_of_thread, (void *)job) != 0)
        bench_die("a thread cannot be started");
}

const bench_peer bench_this_peer = {.can = can,
                                    .start = start,
                                    .run = run,
                                    .forks = &forks_openmp,
                                    .loops = &loops_openmp,
                                    .behind = behind};
