/* job.h - one call: its tasks, their arguments and results, its deadline and who holds it.
 * Internal to api/: run makes and ends jobs, results reads them.
 *
 * Memory  One block: the struct, then records, names, name index, arguments with results, strings,
 *         slots, values. The slots and values at the end are filled in when somebody looks, so that
 *         a large call does not touch them. The block is counted by batch.references: one for the
 *         owner of the results, one for whoever in the scheduler still works on it. Only a failed
 *         task's own words (par_fail) and the message of a failed call are separate strings.
 */
#ifndef PAR_API_JOB_H
#define PAR_API_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../sched/atomic.h"
#include "../sched/batch.h"
#include "bind.h"
#include "par_options.h"
#include "par_results.h"
#include "pool.h"

/* A record's state and code are one word, so that each transition is one compare-and-swap:
 *
 *   WAITING -> RUNNING             the thread that claimed it
 *   WAITING -> ENDED, code < 0     whoever cancels: a failed task, the deadline, cancel, free
 *   WAITING -> SKIPPED, code < 0   the same without having claimed it: a thread that has may be
 *                                  writing `started` at this moment
 *   RUNNING -> ENDED, any code     the thread that ran it
 *   RUNNING -> ABANDONED, code < 0 whoever hands out the results before the task has ended
 *
 * ENDED, SKIPPED and ABANDONED are final. The store of ENDED releases result, times and message. Of
 * a SKIPPED record readers look at nothing else, of an ABANDONED one at `started`. */
typedef enum {
    PAR_RECORD_WAITING,
    PAR_RECORD_RUNNING,
    PAR_RECORD_ENDED,
    PAR_RECORD_SKIPPED,
    PAR_RECORD_ABANDONED
} par_record_state;

typedef struct par_record {
    const par_function *function;
    void *arguments;       /* as bound; in the block */
    _Atomic uint64_t word; /* par_record_word(state, code) */
    /* nanoseconds of the monotonic clock; written before RUNNING is stored */
    int64_t started;
    int64_t ended;      /* likewise, before ENDED */
    char *message;      /* what par_fail() said, allocated; or NULL */
    uint32_t result;    /* offset of the result behind arguments */
    uint8_t check;      /* par_check()'s kind */
    bool taken;         /* its result has been handed out; written by the hand-out alone */
    _Atomic bool shown; /* is the public slot filled in? */
} par_record;

static inline uint64_t par_record_word(par_record_state state, int code)
{
    return (uint64_t)(uint32_t)code << 32 | (uint64_t)state;
}

static inline par_record_state par_record_state_of(uint64_t word)
{
    return (par_record_state)(word & 0xff);
}

static inline int par_record_code_of(uint64_t word)
{
    return (int)(uint32_t)(word >> 32);
}

static inline void *par_record_result(const par_record *record)
{
    return (char *)record->arguments + record->result;
}

struct par_results {
    par_batch batch; /* what the scheduler sees: items, seats, completion, references */

    size_t n;
    par_record *records; /* n */
    const char **names;  /* n, or NULL: copies, in the block */
    /* open addressing, index of a task + 1, 0 empty; NULL when few names */
    uint32_t *index;
    size_t index_size;        /* a power of two, at least 2 n; 0: look through names */
    par_slot *slots;          /* n, each filled in when looked at: par_record.shown */
    const par_slot **ordered; /* n: succeeded from the front, failed behind them; when looked at */
    par_value *values;        /* every task's arguments as values; when looked at */
    size_t values_each;       /* values per task: the most parameters any of its functions has */
    size_t n_succeeded;       /* valid when over or interim */

    /* nanoseconds of the monotonic clock: when the call was made, if it is timed, else when it had been bound,
     * which is when its first task may begin: the clock is looked at once for both */
    int64_t began;
    /* likewise: the last hand-out, which is when abandoned and skipped tasks ended */
    int64_t handed_out;
    /* likewise; its own, or the call's around it if that is earlier; PAR_NEVER without */
    int64_t deadline;
    /* has it a deadline of its own? Then who waits for it runs none of its tasks. */
    bool timed;
    bool silent;
    bool watched; /* may records be looked at, or abandoned, before the last task has ended? */
    bool over;    /* the final hand-out has been made: records no longer change for the reader */
    bool interim; /* slots were last filled in, all of them, by a hand-out before the end */
    _Atomic bool listed;       /* is `ordered` filled in? */
    _Atomic bool failures;     /* has any task failed? */
    _Atomic bool messages;     /* has any record one? */
    _Atomic uint32_t filling;  /* a lock, held by a reader that fills slots or `ordered` in */
    int code;                  /* what the call returned */
    char *message;             /* allocated, or NULL: then `fixed_message` */
    const char *fixed_message; /* "" or a static sentence */

    par_pool *pool; /* the handle; NULL when the call failed before it had one */
    void (*drop)(void *result);
    void (*on_release)(void *context);
    void *context;
    /* why tasks not yet started do not start: par_ending_word(), 0 while they do */
    _Atomic uint64_t ending;
};

/* The first reason for which a call ends before its tasks are done: PAR_ETASK for a task's failure,
 * with that task's index; PAR_ETIMEDOUT; PAR_ECANCELED; PAR_EAGAIN, no thread can run them. One word, so that one CAS decides which was
 * first. */
static inline uint64_t par_ending_word(int code, size_t index)
{
    return (uint64_t)index << 16 | (uint16_t)-code;
}

static inline int par_ending_code(uint64_t word)
{
    return -(int)(uint16_t)word;
}

static inline size_t par_ending_index(uint64_t word)
{
    return (size_t)(word >> 16);
}

static inline struct par_results *par_job_of(const par_batch *batch)
{
    return par_container_of(batch, struct par_results, batch);
}

/* Makes a job for a call: reads its options, binds its arguments, finds its pool. `bytes` is for
 * the struct that par_results is the first member of, the rest of which is zero. `watched`: the
 * records may be looked at while tasks run. On success the job
 * counts as inside its pool twice: once until it has finished, once for the caller, who must leave.
 * Otherwise the code says why, on_release has been called, and *out is NULL (PAR_ENOMEM, or a NULL
 * out) or a job that is over. */
int par_job_make(struct par_results **out, size_t bytes, const par_batch_class *class, bool watched,
                 par_calls calls, const par_options *options, par_pool_state **state);

/* A par_batch_class of jobs, or parts of one. */
void par_job_run(par_batch *batch, size_t index, int64_t *clock);
void par_job_finished(par_batch *batch);
void par_job_gone(par_batch *batch); /* opened */
void par_job_destroy(par_batch *batch);

/* par_job_finished() of a job that nobody else has known of, and its latch opened. */
void par_job_finished_alone(struct par_results *job);

/* The job whose on_release the calling thread is in; NULL for none. Its latch is not open yet: who
 * waits there for the job waits for itself. */
const struct par_results *par_job_releasing(void);

/* 0 while tasks of the job may start and run at this instant; else the code by which they do not:
 * PAR_ETIMEDOUT, PAR_ECANCELED or PAR_EAGAIN, from its own state or that of the calls around it. */
int par_job_stop_code(const struct par_results *job, int64_t now);

/* Lets no further task start, for that reason. Any thread with a reference. */
void par_job_cancel(struct par_results *job, int code);

/* The calling thread works on the job while it waits: par_scheduler_help(). Where neither it nor any
 * other thread can, the job is cancelled. */
void par_job_help(struct par_results *job, par_scheduler *scheduler, bool seated);

/* Before the results are handed out for good though tasks still run: those are abandoned, with the
 * code. */
void par_job_give_up(struct par_results *job, int code);

/* Hands the results to `drop` that nobody has taken, of tasks that have ended. */
void par_job_drop(struct par_results *job);

/* What the call returns, if it is over now: all its tasks have ended, or its deadline has come. */
int par_job_outcome(const struct par_results *job);

/* The final hand-out: code, message and results. Returns the code. */
int par_job_conclude(struct par_results *job);

#endif
