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

/* As in programs: tasks have names when they are few, and are an array by index when they are many. */
enum { MOST_NAMED = 8, NAME_SIZE = 24 };

static par_named_task *entries;
static par_task *tasks;
static par_pool *pool;

static void *allocate(size_t n, size_t size)
{
    void *memory = malloc(n * size);
    if (memory == NULL)
        bench_die("not enough memory");
    return memory;
}

/* Where the tasks of a call are written: each in its place, as a program would. */
typedef struct places {
    char *first;
    size_t each;
} places;

static par_task *place(places to, size_t i)
{
    return (par_task *)(void *)(to.first + i * to.each);
}

#define MAKE_TASKS(function)            \
    for (size_t i = 0; i < job->n; i++) \
    *place(to, i) = function##_future(job->in[i])

static void make_tasks(const bench_job *job, places to)
{
    if (job->task == bench_trivial)
        MAKE_TASKS(bench_trivial);
    else if (job->task == bench_computing)
        MAKE_TASKS(bench_computing);
    else if (job->task == bench_turning)
        MAKE_TASKS(bench_turning);
    else if (job->task == bench_dozing)
        MAKE_TASKS(bench_dozing);
    else if (job->said)
        MAKE_TASKS(sleeping_said);
    else
        MAKE_TASKS(bench_sleeping);
}

static places array_of(par_task *array)
{
    return (places){(char *)array, sizeof(par_task)};
}

static par_task *tasks_of(const bench_job *job)
{
    par_task *all = allocate(job->n, sizeof(par_task));
    make_tasks(job, array_of(all));
    return all;
}

/* Tasks are made in each call, unless they are built ahead; names are there before. */
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
    if (job->n > MOST_NAMED) {
        tasks = allocate(job->n, sizeof(par_task));
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
    if (tasks == NULL) {
        make_tasks(job, (places){(char *)&entries->task, sizeof(par_named_task)});
        return par_named_array(entries, job->n);
    }
    if (!job->ahead)
        make_tasks(job, array_of(tasks));
    return par_array(tasks, job->n);
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
