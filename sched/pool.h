/* pool.h - the scheduler's face: start it, submit batches, wait for them, stop it. */
#ifndef PAR_SCHED_POOL_H
#define PAR_SCHED_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"

typedef struct par_scheduler par_scheduler;

typedef struct par_scheduler_options {
    unsigned workers;     /* at least 1 */
    unsigned max_threads; /* at least workers */
    size_t stack_size;    /* 0: the system's default */
    /* nanoseconds an idle worker, or a waiting thread, looks before it sleeps */
    int64_t spin;
    size_t deque_capacity;  /* a power of two; 0: the default */
    uint32_t fork_capacity; /* of the deques of fork-join calls; 0: the default */
    const char *name;       /* of the threads: name/0, name/1, ... */
    void (*on_thread_start)(unsigned index, void *context);
    void *context;
    /* called once for an item that has run for `stuck_after` nanoseconds, by a thread of the pool's
     * own; the batch is there as long as it runs. NULL: nobody looks */
    void (*on_stuck)(par_batch *batch, size_t index, int64_t lasted, void *context);
    int64_t stuck_after;
    void *stuck_context;
} par_scheduler_options;

/* Starts a scheduler and its workers. With fewer threads than asked for when no more can be
 * started, but at least one. 0, or a negative errno: -ENOMEM, -EAGAIN when not one thread could be
 * started. */
int par_scheduler_start(par_scheduler **out, const par_scheduler_options *options);

/* Ends all threads and frees the scheduler; true. False when `deadline` comes first: then nothing
 * is freed and it is called again later. Only when every batch submitted has ended and nobody
 * submits or waits; not by a worker. */
bool par_scheduler_stop(par_scheduler *scheduler, int64_t deadline);

/* How many workers run at once; fewer than asked for when some could not be started. */
unsigned par_scheduler_workers(const par_scheduler *scheduler);

/* From now on so many workers run at once, at least 1 and at most max_threads. Those that are too many
 * step down when they have ended their task. 0, or -EAGAIN when not all threads could be started. Any
 * thread; does not wait. */
int par_scheduler_resize(par_scheduler *scheduler, unsigned workers);

/* What the thread that submits a batch does next. */
typedef enum {
    PAR_SUBMIT_LEAVE, /* something else */
    PAR_SUBMIT_WAIT,  /* it waits, running nothing */
    PAR_SUBMIT_HELP   /* it helps, and then waits: it takes a seat of the batch now */
} par_submit_mode;

/* Makes the batch's items available to the workers. What the caller did before is visible to
 * whoever runs one. Any thread with a reference; does not block; allocates nothing, unless threads
 * are to be started for it. */
void par_scheduler_submit(par_scheduler *scheduler, par_batch *batch, par_submit_mode mode);

/* Instead of submitting a batch that seems to take less than it costs to wake a thread: the caller runs
 * it, and nobody is told of it unless it takes longer than its alone_for, in which case it is as if it had been submitted
 * then. `now` is this instant. Any thread with a reference, which it keeps, and which waits for the batch. */
typedef enum {
    PAR_ALONE_NO,   /* that is not possible: nothing has been done, it is to be submitted */
    PAR_ALONE_TOLD, /* others know of it; it has no items left to start, and is to be waited for */
    /* its items have ended, and nobody else has known of it; `finished` is the caller's to call */
    PAR_ALONE_ENDED
} par_alone;
par_alone par_scheduler_run_alone(par_scheduler *scheduler, par_batch *batch, int64_t now);

/* Runs items of the batch until there is none left to start. `seated`: the caller took its seat by
 * PAR_SUBMIT_HELP; else it tries to get one. A worker that waits for a batch helps with the calls
 * made below it, too. Any thread with a reference, which it keeps. False when the thread has no room
 * on its stack for another task and there is no spare to take its place: then it has run nothing,
 * and perhaps no thread ever will. */
bool par_scheduler_help(par_scheduler *scheduler, par_batch *batch, bool seated);

/* Waits until the batch is done, or the deadline: true when done. A worker that waits lets a spare
 * one have its seat. Returns false at once in a child of fork(). */
bool par_scheduler_wait(par_scheduler *scheduler, par_batch *batch, int64_t deadline);

/* Takes the batch's ticket back, if it still stands where the calling thread put it; for batches
 * that have no items left, so that they do not stay in memory until a worker comes by. */
void par_scheduler_retract(par_scheduler *scheduler, par_batch *batch);

/* The scheduler that the calling thread is a worker of; NULL for other threads. */
par_scheduler *par_scheduler_current(void);

/* In a task: the calling thread is about to block, or has come back. Calls nest; without effect for
 * threads that are not workers. */
void par_scheduler_blocking_begin(void);
void par_scheduler_blocking_end(void);

/* How many times this process has come out of a fork() as the child, since
 * par_fork_watch(). A scheduler whose process has forked has no threads in the child. */
uint32_t par_fork_count(void);
/* Begins to count; any number of times. 0, or the errno of why that is impossible. */
int par_fork_watch(void);

#endif
