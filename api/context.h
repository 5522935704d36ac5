/* context.h - the task that the calling thread is running, if any. Internal to api/. */
#ifndef PAR_API_CONTEXT_H
#define PAR_API_CONTEXT_H

#include "job.h"

/* On the stack of the thread that runs the task. */
typedef struct par_context {
    struct par_results *job;
    struct par_context *outer; /* the task in which this thread waits, and helps; or NULL */
    int code;                  /* of the first par_fail(); 0 without one */
    char *message;             /* its message, allocated; or NULL */
} par_context;

/* The innermost; NULL outside a task. */
extern _Thread_local par_context *par_context_current;

/* Makes `context` the innermost, with what was the innermost before as its outer one, which it is again
 * after par_context_leave(). */
static inline void par_context_enter(par_context *context)
{
    context->outer = par_context_current;
    par_context_current = context;
}

static inline void par_context_leave(const par_context *context)
{
    par_context_current = context->outer;
}

#endif
