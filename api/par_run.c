/* par_run.c - a call that is waited for. */
#include "par_run.h"

#include "../sched/os.h"
#include "job.h"

static const par_batch_class waited_for = {par_job_run, par_job_finished, par_job_gone,
                                           par_job_destroy};

/* Runs it without telling anybody, if that is worth a try and possible. */
static par_alone work_alone(struct par_results *job, const par_pool_state *state)
{
    if (job->timed || par_load_relaxed(&job->batch.alone_for) == 0)
        return PAR_ALONE_NO;
    par_alone alone = par_scheduler_run_alone(state->scheduler, &job->batch, job->began);
    if (alone == PAR_ALONE_ENDED)
        par_job_finished_alone(job);
    return alone;
}

/* Sees the job to its end: 0 when all its tasks have ended, else why that is not waited for. When it has
 * *ended_alone the job still counts as inside its pool. */
static int work(struct par_results *job, const par_pool_state *state, bool *ended_alone)
{
    par_batch *batch = &job->batch;
    par_alone alone = work_alone(job, state);
    *ended_alone = alone == PAR_ALONE_ENDED;
    if (*ended_alone)
        return 0;
    if (alone == PAR_ALONE_NO)
        par_scheduler_submit(state->scheduler, batch,
                             job->timed ? PAR_SUBMIT_WAIT : PAR_SUBMIT_HELP);
    if (alone == PAR_ALONE_NO && !job->timed)
        par_job_help(job, state->scheduler, true);
    if (par_scheduler_wait(state->scheduler, batch, job->deadline))
        return 0;
    return state->fork_count != par_fork_count() ? PAR_EFORKED : PAR_ETIMEDOUT;
}

int par_run(par_results **out, par_calls calls, const par_options *options)
{
    if (out == NULL)
        return PAR_EINVAL;
    par_pool_state *state;
    int rc =
        par_job_make(out, sizeof(struct par_results), &waited_for, false, calls, options, &state);
    if (rc != 0)
        return rc;
    struct par_results *job = *out;
    par_pool *pool = job->pool;
    bool alone = false;
    if (job->n == 0) {
        par_job_finished(&job->batch);
        par_batch_let_go(&job->batch);
    } else if (job->deadline != PAR_NEVER && par_now() >= job->deadline) {
        par_job_cancel(job, PAR_ETIMEDOUT);
    } else if ((rc = work(job, state, &alone)) != 0) {
        par_job_give_up(job, rc);
    }
    if (rc != PAR_EFORKED && !alone)
        par_scheduler_retract(state->scheduler, &job->batch);
    rc = par_job_conclude(job);
    if (alone)
        par_pool_leave_twice(pool); /* it has not been counted as gone yet */
    else
        par_pool_leave(pool);
    return rc;
}
