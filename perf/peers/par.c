/* par.c - par itself. */
#include <par.h>
#include <stdio.h>
#include <stdlib.h>

#include "../bench.h"
#include "par_build.h"
#include "par_choice.h"

PAR_DECORATE(uint64_t, bench_trivial, (uint64_t, x))
PAR_DECORATE(uint64_t, bench_sleeping, (uint64_t, x))
PAR_DECORATE(uint64_t, bench_computing, (uint64_t, x))
PAR_DECORATE(uint64_t, bench_turning, (uint64_t, x))
PAR_DECORATE(uint64_t, bench_dozing, (uint64_t, x))

static uint64_t sleeping_said(uint64_t x)
{
    par_blocking_begin();
    uint64_t answer = bench_sleeping(x);
    par_blocking_end();
    return answer;
}
PAR_DECORATE(uint64_t, sleeping_said, (uint64_t, x))

enum { NAME_SIZE = 24 };

static par_named_task *entries;
static par_task *tasks;
static par_pool *pool;

static par_task task_of(const bench_job *job, size_t i)
{
    if (job->task == bench_trivial)
        return bench_trivial_future(job->in[i]);
    if (job->task == bench_computing)
        return bench_computing_future(job->in[i]);
    if (job->task == bench_turning)
        return bench_turning_future(job->in[i]);
    if (job->task == bench_dozing)
        return bench_dozing_future(job->in[i]);
    return job->said ? sleeping_said_future(job->in[i]) : bench_sleeping_future(job->in[i]);
}

static void *allocate(size_t n, size_t size)
{
    void *memory = malloc(n * size);
    if (memory == NULL)
        bench_die("not enough memory");
    return memory;
}

static par_task *tasks_of(const bench_job *job)
{
    par_task *all = allocate(job->n, sizeof(par_task));
    for (size_t i = 0; i < job->n; i++)
        all[i] = task_of(job, i);
    return all;
}

/* Built ahead is an array without names; otherwise the names alone are there before the call. */
static void start(const bench_job *job)
{
    char workers[16];
    snprintf(workers, sizeof(workers), "%u", job->workers);
    if (job->workers != 0)
        setenv("PAR_WORKERS", workers, 1);
    pool = choice_pool();
    if (job->ahead) {
        tasks = tasks_of(job);
        return;
    }
    entries = allocate(job->n, sizeof(par_named_task));
    char *names = allocate(job->n, NAME_SIZE);
    for (size_t i = 0; i < job->n; i++) {
        entries[i].name = names + i * NAME_SIZE;
        snprintf(names + i * NAME_SIZE, NAME_SIZE, "task-%zu", i);
    }
}

static par_calls calls_of(const bench_job *job)
{
    if (job->ahead)
        return par_array(tasks, job->n);
    for (size_t i = 0; i < job->n; i++)
        entries[i].task = task_of(job, i);
    return par_named_array(entries, job->n);
}

static void run(const bench_job *job)
{
    PAR_AUTO(par_results) *results = NULL;
    int rc = par(&results, calls_of(job), .timeout = (double)job->timeout * 1e-9,
                 .max_workers = job->width, .pool = pool);
    if (rc != (job->outlast ? PAR_ETIMEDOUT : 0))
        bench_die("par: %d: %s", rc, par_message(results));
    for (size_t i = 0; i < job->n && !job->outlast; i++)
        job->out[i] = par_get(results, i, uint64_t);
}

static void behind(const bench_job *job)
{
    static par_async *async;
    int rc = async_par(&async, par_array(tasks_of(job), job->n), .pool = pool);
    if (rc != 0)
        bench_die("par: %d", rc);
}

const bench_peer bench_this_peer = {.can = choice_can,
                                    .start = start,
                                    .run = run,
                                    .build = build_tasks,
                                    .forks = &forks_par,
                                    .loops = &loops_par,
                                    .behind = behind};
