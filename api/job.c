/* job.c - running the tasks of a call, and the ways in which a call ends.
 *
 * State   a record's word goes through the transitions that job.h lists, each one CAS; `ending`
 *         goes once from 0 to the first reason for which tasks not yet started do not start.
 * Edges   J1 end     run: CAS release RUNNING -> ENDED  -> hand-out: load acquire   result, times,
 *         message
 *         J2 start   the claimer's CAS WAITING -> RUNNING against the canceller's WAITING ->
 *                    SKIPPED: one wins, so what was reported as not started never starts
 *         J3 late    the runner's CAS RUNNING -> ENDED against the hand-out's RUNNING -> ABANDONED:
 *                    one wins, so a result goes either to the caller or to `drop`
 *         J4 ending  CAS release on ending -> load acquire: the first failure's index with the
 *                    reason
 * Tests   test_run.c, test_deadline.c; J1 to J4 in stress_late.c and stress_cancel.c.
 */
#include "job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sched/os.h"
#include "context.h"
#include "cost.h"
#include "par_error.h"
#include "results.h"

/* The index of an ending without a code: all tasks ended before there was a reason to stop. */
enum { DONE_FIRST = 1 };

static bool transition(par_record *record, par_record_state from, par_record_state to, int code)
{
    uint64_t expected = par_record_word(from, 0);
    return par_cas_acq_rel(&record->word, &expected, par_record_word(to, code)); /* J1, J2, J3 */
}

/* Sets the reason for the ending, if there is none yet. */
static bool set_ending(struct par_results *job, int code, size_t index)
{
    uint64_t none = 0;
    return par_cas_acq_rel(&job->ending, &none, par_ending_word(code, index)); /* J4 */
}

/* Why its tasks do not start, 0 if they do. */
static int ending_code(const struct par_results *job)
{
    return par_ending_code(par_load_acquire(&job->ending)); /* J4 */
}

/* Has a call around it ended early? Then it is cancelled with it. */
static bool cancelled_from_above(const struct par_results *job)
{
    const par_batch *around = job->batch.parent;
    while (around != NULL && ending_code(par_job_of(around)) == 0)
        around = around->parent;
    return around != NULL;
}

int par_job_stop_code(const struct par_results *job, int64_t now)
{
    int code = ending_code(job);
    if (code != 0)
        return code == PAR_ETASK ? PAR_ECANCELED : code;
    if (now >= job->deadline)
        return PAR_ETIMEDOUT;
    return cancelled_from_above(job) ? PAR_ECANCELED : 0;
}

static size_t skip(struct par_results *job, par_span span, int code)
{
    for (size_t i = span.first; i < span.end; i++)
        transition(&job->records[i], PAR_RECORD_WAITING, PAR_RECORD_SKIPPED, code); /* J2 */
    return span.end - span.first;
}

/* Claims what has not been, and ends it by `code`. */
static void cancel_rest(struct par_results *job, int code)
{
    par_span span = {par_batch_cancel(&job->batch), job->n};
    size_t skipped = skip(job, span, code);
    for (uint32_t i = 0; i < job->batch.n_lanes; i++)
        skipped += skip(job, par_batch_cancel_lane(&job->batch, i), code);
    par_batch_complete(&job->batch, skipped);
}

void par_job_cancel(struct par_results *job, int code)
{
    set_ending(job, code, 0);
    cancel_rest(job, code);
}

/* Runs the function: the code it failed with, or 0. */
static int call_function(struct par_results *job, par_record *record)
{
    par_context context = {.job = job};
    par_context_enter(&context);
    if (record->check != 0)
        errno = 0;
    par_bound_run(record->function, record->arguments, par_record_result(record));
    int code = par_load_relaxed(&context.code); /* calls that it spawned have been joined */
    if (record->check != 0 && code == 0)
        code = par_bound_check(record->function, record->check, par_record_result(record), errno);
    par_context_leave(&context);
    if (context.message != NULL) {
        record->message = context.message;
        par_store_relaxed(&job->messages, true); /* seen by par_job_destroy(): batch B2 */
    }
    return code;
}

/* False when it had been abandoned. A record that nobody watches needs no CAS, and no state
 * between. */
static bool end_record(const struct par_results *job, par_record *record, int code)
{
    if (job->watched)
        return transition(record, PAR_RECORD_RUNNING, PAR_RECORD_ENDED, code); /* J1, J3 */
    par_store_release(&record->word, par_record_word(PAR_RECORD_ENDED, code)); /* J1 */
    return true;
}

/* To the user's `drop`, if there is one and the function has a result. */
static void drop_result(const struct par_results *job, const par_record *record)
{
    if (job->drop != NULL && record->function->result_type != PAR_VOID)
        job->drop(par_record_result(record));
}

static void end_started(struct par_results *job, size_t index, int code, int64_t now)
{
    par_record *record = &job->records[index];
    bool late = now > job->deadline;
    par_cost_note(record->function, now - record->started);
    record->ended = now;
    bool ended = end_record(job, record, late ? PAR_ETIMEDOUT : code);
    if (code != 0)
        par_store_relaxed(&job->failures, true); /* seen when all have ended: batch B1, latch L1 */
    if (code == 0 && (late || !ended))
        drop_result(job, record);
    int reason = late ? PAR_ETIMEDOUT : code != 0 && !job->silent ? PAR_ETASK : 0;
    if (ended && reason != 0 && set_ending(job, reason, index))
        cancel_rest(job, reason == PAR_ETASK ? PAR_ECANCELED : reason);
}

void par_job_run(par_batch *batch, size_t index, int64_t *clock)
{
    struct par_results *job = par_job_of(batch);
    par_record *record = &job->records[index];
    int64_t now = *clock != 0 ? *clock : par_now();
    int stop = par_job_stop_code(job, now);
    if (stop != 0) {
        transition(record, PAR_RECORD_WAITING, PAR_RECORD_SKIPPED, stop); /* J2 */
        set_ending(job, stop, index);
        cancel_rest(job, stop);
    } else {
        record->started = now;
        if (!job->watched ||
            transition(record, PAR_RECORD_WAITING, PAR_RECORD_RUNNING, 0)) { /* J2 */
            int code = call_function(job, record);
            now = par_now();
            end_started(job, index, code, now);
        }
    }
    *clock = now;
}

void par_job_help(struct par_results *job, par_scheduler *scheduler, bool seated)
{
    if (!par_scheduler_help(scheduler, &job->batch, seated))
        par_job_cancel(job, PAR_EAGAIN);
}

void par_job_give_up(struct par_results *job, int code)
{
    par_job_cancel(job, code);
    for (size_t i = 0; i < job->n; i++) {
        par_record *record = &job->records[i];
        if (par_record_state_of(par_load_acquire(&record->word)) == PAR_RECORD_WAITING)
            transition(record, PAR_RECORD_WAITING, PAR_RECORD_SKIPPED, code); /* J2 */
        if (par_record_state_of(par_load_acquire(&record->word)) == PAR_RECORD_RUNNING)
            transition(record, PAR_RECORD_RUNNING, PAR_RECORD_ABANDONED, code); /* J3 */
    }
}

void par_job_drop(struct par_results *job)
{
    for (size_t i = 0; i < job->n && job->drop != NULL; i++) {
        par_record *record = &job->records[i];
        uint64_t word = par_load_acquire(&record->word); /* J1 */
        if (word != par_record_word(PAR_RECORD_ENDED, 0) || record->taken)
            continue;
        record->taken = true;
        drop_result(job, record);
    }
}

static bool all_succeeded(const struct par_results *job)
{
    size_t i = 0;
    while (i < job->n &&
           par_load_acquire(&job->records[i].word) == par_record_word(PAR_RECORD_ENDED, 0)) /* J1 */
        i++;
    return i == job->n;
}

int par_job_outcome(const struct par_results *job)
{
    int code = ending_code(job);
    if (code == 0 && !par_latch_is_open(&job->batch.done))
        code = PAR_ETIMEDOUT;
    if (code == PAR_ETIMEDOUT && all_succeeded(job))
        code = 0; /* the last of them ended in time and was counted too late */
    return job->silent && code != PAR_EFORKED && code != PAR_EAGAIN ? 0 : code;
}

/* "a task failed: finex: get_price(crypto="BTC"): ECONNREFUSED: ...": NULL when there is no
 * memory. */
static char *describe(const struct par_results *job, int code)
{
    size_t n, length;
    char *text = NULL;
    const par_slot *const *failed = par_failed(job, &n);
    FILE *file = open_memstream(&text, &length);
    if (file == NULL)
        return NULL;
    fputs(par_strerror(code), file);
    if (code == PAR_ETASK || n != 0) {
        size_t index = par_ending_index(par_load_acquire(&job->ending)); /* J4 */
        fputs(": ", file);
        par_slot_print(file, code == PAR_ETASK ? par_at(job, index) : failed[0]);
    }
    if (fclose(file) != 0 || text == NULL) { /* glibc may report success and leave nothing */
        free(text);
        return NULL;
    }
    text[strcspn(text, "\n")] = '\0'; /* the end of the printed line */
    return text;
}

int par_job_conclude(struct par_results *job)
{
    /* Of no interest where no task can have been skipped or abandoned. */
    bool all_ran = !job->watched && ending_code(job) == 0;
    job->handed_out = all_ran ? job->began : par_now();
    par_results_hand_out(job, true);
    job->code = par_job_outcome(job);
    if (job->code != 0) {
        job->fixed_message = par_strerror(job->code);
        job->message = describe(job, job->code);
    }
    return job->code;
}

static _Thread_local const struct par_results *releasing;

const struct par_results *par_job_releasing(void)
{
    return releasing;
}

static void release(const struct par_results *job)
{
    const struct par_results *outer = releasing;
    releasing = job;
    job->on_release(job->context);
    releasing = outer;
}

void par_job_finished(par_batch *batch)
{
    struct par_results *job = par_job_of(batch);
    set_ending(job, cancelled_from_above(job) ? PAR_ECANCELED : 0, DONE_FIRST);
    if (job->on_release != NULL)
        release(job);
}

void par_job_finished_alone(struct par_results *job)
{
    int code = cancelled_from_above(job) ? PAR_ECANCELED : 0;
    if (par_load_relaxed(&job->ending) == 0)
        par_store_release(&job->ending, par_ending_word(code, DONE_FIRST)); /* J4 */
    if (job->on_release != NULL)
        release(job);
    par_latch_open_alone(&job->batch.done);
}

void par_job_gone(par_batch *batch)
{
    par_pool_leave(par_job_of(batch)->pool);
}

void par_job_destroy(par_batch *batch)
{
    struct par_results *job = par_job_of(batch);
    for (size_t i = 0; i < job->n && par_load_relaxed(&job->messages); i++)
        free(job->records[i].message);
    free(job->message);
    free((void *)job);
}
