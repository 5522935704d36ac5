/* par_context.c - the innermost task of a thread, and what it says and asks. */
#include "par_context.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "../sched/os.h"
#include "../sched/pool.h"
#include "context.h"

static _Thread_local par_context *current;

par_context *par_context_current(void)
{
    return current;
}

par_context **par_context_enter(par_context *context)
{
    par_context **noted = &current;
    context->outer = *noted;
    *noted = context;
    return noted;
}

int par_fail(int code, const char *format, ...)
{
    par_context *context = current;
    int recorded = code > 0 ? code : EINVAL;
    if (context == NULL) {
        errno = recorded;
    } else if (context->code == 0) {
        context->code = recorded;
        va_list arguments;
        va_start(arguments, format);
        if (format == NULL || vasprintf(&context->message, format, arguments) < 0)
            context->message = NULL;
        va_end(arguments);
    }
    return code;
}

bool par_cancelled(void)
{
    return current != NULL && par_job_stop_code(current->job, par_now()) != 0;
}

double par_time_left(void)
{
    if (current == NULL || current->job->deadline == PAR_NEVER)
        return (double)INFINITY;
    int64_t left = current->job->deadline - par_now();
    return left > 0 ? (double)left * 1e-9 : 0.0;
}

void par_blocking_begin(void)
{
    par_scheduler_blocking_begin();
}

void par_blocking_end(void)
{
    par_scheduler_blocking_end();
}
