/* progress.c - the line. */
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "bench.h"

static double now(void)
{
    return (double)bench_now() * 1e-9;
}

void progress_begin(progress *p, double seconds)
{
    *p = (progress){.total = seconds, .began = now()};
}

/* The estimate of what is left, corrected by how the estimates so far have turned out. */
static double seconds_left(const progress *p)
{
    double left = p->total - p->done, took = now() - p->began;
    return p->done > 1 ? left * took / p->done : left;
}

void progress_show(progress *p, const char *format, ...)
{
    if (!isatty(STDERR_FILENO))
        return;
    char what[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    int left = (int)(seconds_left(p) + 0.5);
    fprintf(stderr, "\r%3.0f %%  %d:%02d left  %s\033[K", 100 * p->done / p->total, left / 60,
            left % 60, what);
    fflush(stderr);
    p->shown = 1;
}

void progress_done(progress *p, double seconds)
{
    p->done += seconds;
    if (p->total < p->done)
        p->total = p->done;
}

void progress_drop(progress *p, double seconds)
{
    p->total -= seconds;
    if (p->total < p->done)
        p->total = p->done;
}

void progress_clear(progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = 0;
}
