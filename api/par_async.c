/* par_async.c - calls that are not waited for where they are made.
 *
 * Events  When a call is over - its last task has ended, or its deadline has come - its fd is
 *         written and its callbacks are submitted to the pool, once. Where there is an fd or a
 *         callback and a deadline, a timer sees to the latter.
 * Edges   Y1 over   end_of_call: swap seq_cst on over, then look at fd and callbacks |
 *                   par_async_fd, _then: store or push, then load over - all seq_cst: either the
 *                   one or the other sees to it
 *         Y2 fate   free, detach and the last task's end swap `fate`; the second of two drops the
 *                   results that nobody has taken, and sees all that the first did
 * Memory  The handle's reference, one for a timer that is set, one for each callback not yet
 *         called.
 * Tests   test_async.c; Y1 in stress_calls.c, Y2 in stress_cancel.c.
 */
#include "par_async.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../sched/os.h"
#include "context.h"
#include "job.h"
#include "results.h"

typedef struct callback callback;

struct par_async {
    struct par_results job;
    par_pool_state *state; /* valid while the job counts as inside its pool */
    uint32_t fork_count;   /* of the process that made the call */
    par_timer timer;
    _Atomic uint32_t timed; /* TIMER_*: the timer */
    _Atomic int32_t fd;     /* the descriptor + 1; 0 without */
    _Atomic uint32_t written;
    _Atomic uint32_t over;
    _Atomic uint32_t fate;
    callback *_Atomic callbacks; /* newest first; not yet submitted */
};

/* A callback is a batch of one item. */
struct callback {
    par_batch batch;
    callback *next;
    par_async *async;
    par_pool *pool; /* counts as inside from its registration to its end */
    par_scheduler *scheduler;
    void (*fn)(par_async *async, void *arg);
    void *arg;
};

enum { TIMER_NONE, TIMER_STARTING, TIMER_SET };
enum { FATE_NONE, FATE_FINISHED, FATE_UNOWNED };

static par_async *async_of(const par_batch *batch)
{
    return par_container_of(batch, par_async, job.batch);
}

static void callback_run(par_batch *batch, size_t index, int64_t *clock)
{
    (void)index;
    callback *c = par_container_of(batch, callback, batch);
    c->fn(c->async, c->arg);
    par_batch_unref(&c->async->job.batch);
    *clock = par_now();
}

static void callback_gone(par_batch *batch)
{
    par_pool_leave(par_container_of(batch, callback, batch)->pool);
}

static void callback_destroy(par_batch *batch)
{
    free(par_container_of(batch, callback, batch));
}

static const par_batch_class callback_class = {callback_run, NULL, callback_gone, callback_destroy};

/* Submits the callbacks registered so far, the first registered first. */
static void submit_callbacks(par_async *async)
{
    callback *newest = par_swap_seq_cst(&async->callbacks, NULL); /* Y1 */
    callback *oldest = NULL;
    while (newest != NULL) {
        callback *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        callback *next = oldest->next;
        par_pool *pool = oldest->pool;
        par_pool_stay(pool); /* the callback may be over before its submission is */
        par_scheduler_submit(oldest->scheduler, &oldest->batch, PAR_SUBMIT_LEAVE);
        par_batch_unref(&oldest->batch);
        par_pool_leave(pool);
        oldest = next;
    }
}

static void write_fd(par_async *async)
{
    int fd = par_load_seq_cst(&async->fd) - 1; /* Y1 */
    if (fd >= 0 && par_swap_acq_rel(&async->written, 1) == 0)
        eventfd_write(fd, 1);
}

/* Is this the child of a fork() since the call was made? What is shared with the parent, the
 * eventfd, and what shall happen once, callbacks and on_release, are the parent's. */
static bool in_child(const par_async *async)
{
    return async->fork_count != par_fork_count();
}

static void end_of_call(par_async *async)
{
    if (par_swap_seq_cst(&async->over, 1) != 0 || in_child(async)) /* Y1 */
        return;
    write_fd(async);
    submit_callbacks(async);
}

static void timer_over(par_timer *timer, bool expired)
{
    par_async *async = par_container_of(timer, par_async, timer);
    if (expired) {
        par_job_cancel(&async->job, PAR_ETIMEDOUT);
        end_of_call(async);
    }
    par_batch_unref(&async->job.batch);
}

static void finished(par_batch *batch)
{
    par_async *async = async_of(batch);
    if (par_swap_acq_rel(&async->fate, FATE_FINISHED) == FATE_UNOWNED) /* Y2 */
        par_job_drop(&async->job);
    par_job_finished(batch);
}

static void gone(par_batch *batch)
{
    par_async *async = async_of(batch);
    end_of_call(async);
    if (par_load_seq_cst(&async->timed) == TIMER_SET) /* Y1 */
        par_timers_cancel(&async->state->timers, &async->timer);
    par_job_gone(batch);
}

static void destroy(par_batch *batch)
{
    int fd = par_load_relaxed(&async_of(batch)->fd) - 1;
    if (fd >= 0)
        close(fd);
    par_job_destroy(batch);
}

static const par_batch_class started = {par_job_run, finished, gone, destroy};

/* Sets the timer: 0, or the errno of why it can't be. */
static int set_timer(par_async *async)
{
    par_batch_ref(&async->job.batch);
    async->timer.at = async->job.deadline;
    async->timer.over = timer_over;
    int rc = par_timers_set(&async->state->timers, &async->timer);
    if (rc != 0)
        par_batch_unref(&async->job.batch);
    par_store_seq_cst(&async->timed, rc == 0 ? TIMER_SET : TIMER_NONE); /* Y1 */
    if (rc == 0 && par_load_seq_cst(&async->over) != 0)                 /* Y1 */
        par_timers_cancel(&async->state->timers, &async->timer);
    return rc;
}

/* Has the deadline of the call noticed though nobody waits: 0, or the errno of why it can't be. */
static int watch_deadline(par_async *async)
{
    while (async->job.deadline != PAR_NEVER && par_load_seq_cst(&async->over) == 0) {
        uint32_t timed = TIMER_NONE;
        if (par_cas_seq_cst(&async->timed, &timed, TIMER_STARTING))
            return set_timer(async);
        if (timed == TIMER_SET)
            break;
        par_spin_hint(); /* another thread is about to know whether it can be */
    }
    return 0;
}

int par_start(par_async **out, par_calls calls, const par_options *options)
{
    if (out == NULL)
        return PAR_EINVAL;
    *out = NULL;
    struct par_results *job;
    par_pool_state *state;
    int rc = par_job_make(&job, sizeof(par_async), &started, true, calls, options, &state);
    if (job == NULL)
        return rc;
    par_async *async = *out = async_of(&job->batch);
    async->fork_count = par_fork_count();
    if (rc != 0) {
        par_store_seq_cst(&async->over, 1);
        return rc;
    }
    async->state = state;
    par_pool *pool = job->pool;
    if (job->n == 0) {
        finished(&job->batch);
        par_batch_let_go(&job->batch);
    } else if (par_now() >= job->deadline) {
        par_job_cancel(job, PAR_ETIMEDOUT);
    } else {
        par_scheduler_submit(state->scheduler, &job->batch, PAR_SUBMIT_LEAVE);
    }
    par_pool_leave(pool);
    return 0;
}

/* Would the calling thread wait for itself? It is in a task that the call waits for, directly or
 * through calls in between, or in its on_release. */
static bool waits_for_itself(const par_async *async)
{
    const par_context *context = par_context_current();
    return par_job_releasing() == &async->job ||
           (context != NULL && par_batch_descends(&context->job->batch, &async->job.batch));
}

/* Waits for the tasks to end, with a hand in it if there is no limit of the call's own or the
 * wait's:
 * 0, PAR_ETIMEDOUT, PAR_EFORKED. */
static int wait_until(par_async *async, int64_t deadline, bool limited)
{
    struct par_results *job = &async->job;
    par_batch *batch = &job->batch;
    par_pool *pool = job->pool;
    par_pool_state *state;
    if (pool == NULL || par_latch_is_open(&batch->done))
        return 0;
    int rc = par_pool_enter(&pool, 1, true, &state);
    if (rc != 0)
        return rc == PAR_ECLOSED ? 0 : rc; /* closed: all its calls have ended */
    if (!job->timed && !limited)
        par_job_help(job, state->scheduler, false);
    if (!par_scheduler_wait(state->scheduler, batch, deadline))
        rc = state->fork_count != par_fork_count() ? PAR_EFORKED : PAR_ETIMEDOUT;
    else
        par_scheduler_retract(state->scheduler, batch);
    par_pool_leave(pool);
    return rc;
}

/* The instant by which a wait with these options returns: the call's deadline or an earlier one.
 * *limited: the options give one. */
static int read_wait(const par_async *async, const par_wait_options *given, int64_t *deadline,
                     bool *limited)
{
    par_wait_options options = {.size = sizeof(options)};
    const char *what;
    const par_context *context = par_context_current();
    if ((given != NULL && par_options_read(&options, sizeof(options), given) != 0) ||
        par_options_instant(options.timeout, options.deadline, par_now(), deadline, &what) != 0)
        return PAR_EINVAL;
    *limited = *deadline != PAR_NEVER;
    if (async->job.deadline < *deadline)
        *deadline = async->job.deadline;
    if (context != NULL && context->job->deadline < *deadline)
        *deadline = context->job->deadline;
    return 0;
}

int par_async_wait(par_async *async, const par_results **out, const par_wait_options *options)
{
    int64_t deadline;
    bool limited;
    if (out != NULL)
        *out = async != NULL ? &async->job : NULL;
    if (async == NULL || out == NULL)
        return PAR_EINVAL;
    struct par_results *job = &async->job;
    int rc = in_child(async) ? PAR_EFORKED : read_wait(async, options, &deadline, &limited);
    if (job->over)
        return rc != 0 ? rc : job->code;
    if (rc == 0)
        rc = waits_for_itself(async) ? PAR_EDEADLK : wait_until(async, deadline, limited);
    if (rc == 0)
        return par_job_conclude(job);
    if (rc == PAR_ETIMEDOUT && par_now() >= job->deadline) {
        par_job_give_up(job, PAR_ETIMEDOUT);
        return par_job_conclude(job);
    }
    job->handed_out = par_now();
    par_results_hand_out(job, false);
    return rc;
}

par_status par_async_status(const par_async *async)
{
    if (async == NULL)
        return PAR_NOT_STARTED;
    const struct par_results *job = &async->job;
    if (job->pool == NULL)
        return PAR_FAILED;
    if (!par_latch_is_open(&job->batch.done) && par_now() < job->deadline)
        return PAR_STARTED;
    return par_job_outcome(job) == 0 ? PAR_DONE : PAR_FAILED;
}

int par_async_fd(par_async *async)
{
    if (async == NULL)
        return PAR_EINVAL;
    par_pool *pool = async->job.pool;
    par_pool_state *state;
    int32_t none = 0;
    int inside = pool != NULL ? par_pool_enter(&pool, 1, true, &state) : PAR_ECLOSED;
    if (inside == PAR_EFORKED)
        return PAR_EFORKED;
    /* a pool that is closed has no calls under way */
    int rc = inside == 0 ? -watch_deadline(async) : 0;
    if (rc == 0 && par_load_seq_cst(&async->fd) == 0) {
        int fd = eventfd(0, EFD_CLOEXEC);
        if (fd < 0)
            rc = -errno;
        else if (!par_cas_seq_cst(&async->fd, &none, fd + 1)) /* Y1 */
            close(fd);
    }
    if (inside == 0)
        par_pool_leave(pool);
    if (rc != 0)
        return rc;
    if (par_load_seq_cst(&async->over) != 0) /* Y1 */
        write_fd(async);
    return par_load_seq_cst(&async->fd) - 1;
}

int par_async_then(par_async *async, void (*fn)(par_async *, void *), void *arg)
{
    if (async == NULL || fn == NULL)
        return PAR_EINVAL;
    callback *c = malloc(sizeof(*c));
    if (c == NULL)
        return PAR_ENOMEM;
    *c = (callback){.async = async, .pool = async->job.pool, .fn = fn, .arg = arg};
    par_pool_state *state;
    int rc = par_pool_enter(&c->pool, 1, false, &state);
    if (rc == 0 && (rc = -watch_deadline(async)) != 0)
        par_pool_leave(c->pool);
    if (rc != 0) {
        free(c);
        return rc;
    }
    c->scheduler = state->scheduler;
    par_batch_init(&c->batch, &callback_class, NULL, 1, 1);
    par_batch_ref(&async->job.batch);
    /* this call's own: the callback may free the handle at once */
    par_batch_ref(&async->job.batch);
    c->next = par_load_relaxed(&async->callbacks);
    while (!par_cas_seq_cst(&async->callbacks, &c->next, c)) /* Y1 */
        ;
    if (par_load_seq_cst(&async->over) != 0) /* Y1 */
        submit_callbacks(async);
    par_batch_unref(&async->job.batch);
    return 0;
}

void par_async_cancel(par_async *async)
{
    if (async == NULL || async->job.pool == NULL || in_child(async))
        return;
    par_batch_ref(&async->job.batch); /* it may end the call, and a callback free the handle */
    par_job_cancel(&async->job, PAR_ECANCELED);
    par_batch_unref(&async->job.batch);
}

void par_async_free(par_async *async)
{
    if (async == NULL)
        return;
    struct par_results *job = &async->job;
    par_async_cancel(async);
    if (!job->over && !in_child(async) && !waits_for_itself(async)) {
        int rc = wait_until(async, job->deadline, false);
        if (rc != 0)
            par_job_give_up(job, rc);
    }
    par_async_detach(async);
}

void par_async_detach(par_async *async)
{
    if (async == NULL)
        return;
    if (!in_child(async) && par_swap_acq_rel(&async->fate, FATE_UNOWNED) == FATE_FINISHED) /* Y2 */
        par_job_drop(&async->job);
    par_batch_unref(&async->job.batch);
}
