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

int par_fail(int code, const char *format, ...)
{
    par_context *context = par_context_current();
    int recorded = code > 0 ? code : EINVAL, none = 0;
    if (context == NULL) {
        errno = recorded;
    } else if (par_cas_relaxed(&context->code, &none, recorded)) { /* seen when all is joined */
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
    const par_context *context = par_context_current();
    return context != NULL && par_job_stop_code(context->job, par_now()) != 0;
}

double par_time_left(void)
{
    const par_context *context = par_context_current();
    if (context == NULL || context->job->deadline == PAR_NEVER)
        return (double)INFINITY;
    int64_t left = context->job->deadline - par_now();
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
