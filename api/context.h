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

/* Makes `context` the innermost, with what was the innermost before as its outer one, and returns
 * where that is noted, for par_context_leave() to undo it. */
static inline par_context **par_context_enter(par_context *context)
{
    par_context **noted = &par_context_current;
    context->outer = *noted;
    *noted = context;
    return noted;
}

static inline void par_context_leave(par_context **noted, const par_context *context)
{
    *noted = context->outer;
}

#endif
