/* pthread.c - a thread for each task. */
#include <pthread.h>
#include <stdlib.h>

#include "../bench.h"

typedef struct one {
    const bench_job *job;
    size_t index;
    pthread_t thread;
} one;

enum { MOST = 1000 };

static one ones[MOST];

static bool can(const bench_job *job)
{
    return job->timeout == 0 && job->n <= MOST && job->workers == 0 && job->callers <= 1;
}

static void start(const bench_job *job)
{
    (void)job;
}

static void *main_of_thread(void *argument)
{
    const one *self = argument;
    self->job->out[self->index] = self->job->task(self->job->in[self->index]);
    return NULL;
}

static void run(const bench_job *job)
{
    for (size_t i = 0; i < job->n; i++) {
        ones[i].job = job;
        ones[i].index = i;
        if (pthread_create(&ones[i].thread, NULL, main_of_thread, &ones[i]) != 0)
            bench_die("a thread cannot be started");
    }
    for (size_t i = 0; i < job->n; i++)
        pthread_join(ones[i].thread, NULL);
}

const bench_peer bench_this_peer = {
    .can = can, .start = start, .run = run, .behind = bench_threads};
