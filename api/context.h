/* context.h - the task that the calling thread is running, if any. Internal to api/. */
#ifndef PAR_API_CONTEXT_H
#define PAR_API_CONTEXT_H

#include "../sched/fork.h"
#include "job.h"

/* On the stack of the thread that runs the task. Calls that the task spawns have it too, on other threads. */
typedef struct par_context {
    struct par_results *job;
    struct par_context *outer; /* the task in which this thread waits, and helps; or NULL */
    _Atomic int code;          /* of the first par_fail(); 0 without one */
    char *message;             /* its message, allocated; or NULL: by who has set the code */
} par_context;

/* The innermost; NULL outside a task. */
static inline par_context *par_context_current(void)
{
    return par_work_context;
}

/* Makes `context` the innermost, with what was the innermost before as its outer one, which it is again
 * after par_context_leave(). But in a child that the task has forked there is none any more. */
static inline void par_context_enter(par_context *context)
{
    context->outer = par_context_current();
    par_work_context = context;
}

static inline void par_context_leave(const par_context *context)
{
    if (par_work_context == context)
        par_work_context = context->outer;
}

#endif
