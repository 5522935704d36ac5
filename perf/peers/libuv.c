/* libuv.c - libuv: work that is queued to its threads, four unless more are asked for, and a loop that
 * hears of the ends. Its timers count whole milliseconds, too coarsely to return at a deadline. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "../bench.h"

enum { USUAL_THREADS = 4, MOST_THREADS = 1024 };

typedef struct item {
    uv_work_t request;
    const bench_job *job;
    size_t index;
} item;

static uv_loop_t loop;
static uv_timer_t timer;
static item *items;
static size_t left;

static bool can(const bench_job *job)
{
    return !job->outlast && job->callers <= 1 && bench_threads_of(job) <= MOST_THREADS;
}

static void work(uv_work_t *request)
{
    const item *self = request->data;
    self->job->out[self->index] = self->job->task(self->job->in[self->index]);
}

static void after_work(uv_work_t *request, int status)
{
    (void)request;
    (void)status;
    left--;
}

static void out_of_time(uv_timer_t *unused)
{
    (void)unused;
    bench_die("libuv: out of time");
}

static void start(const bench_job *job)
{
    char threads[16];
    snprintf(threads, sizeof(threads), "%u", bench_threads_of(job));
    if (job->workers != 0 || job->width > USUAL_THREADS)
        setenv("UV_THREADPOOL_SIZE", threads, 1);
    items = malloc(job->n * sizeof(item));
    if (items == NULL || uv_loop_init(&loop) != 0 || uv_timer_init(&loop, &timer) != 0)
        bench_die("libuv cannot start");
}

static void queue(const bench_job *job, item *all)
{
    for (size_t i = 0; i < job->n; i++) {
        all[i].job = job;
        all[i].index = i;
        all[i].request.data = &all[i];
        if (uv_queue_work(&loop, &all[i].request, work, after_work) != 0)
            bench_die("libuv: work cannot be queued");
    }
}

static void run(const bench_job *job)
{
    uv_update_time(&loop);
    if (job->timeout != 0)
        uv_timer_start(&timer, out_of_time, (uint64_t)job->timeout / 1000000, 0);
    left = job->n;
    queue(job, items);
    while (left != 0)
        uv_run(&loop, UV_RUN_ONCE);
    uv_timer_stop(&timer);
}

static void behind(const bench_job *job)
{
    item *all = malloc(job->n * sizeof(item));
    if (all == NULL)
        bench_die("not enough memory");
    queue(job, all);
}

const bench_peer bench_this_peer = {.can = can, .start = start, .run = run, .behind = behind};
