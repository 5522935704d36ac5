/* report.c - printing for people. Once the program has been told to stop nothing more is printed:
 * what fails then fails for that reason. */
#include "report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fetch.h"

static bool colour;

void report_begin(void)
{
    const char *no_colour = getenv("NO_COLOR");
    colour = isatty(STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0');
    setvbuf(stdout, NULL, _IOLBF, 0);
}

void report_heading(const char *title)
{
    if (fetch_stopped())
        return;
    printf("\n%s%s%s\n", colour ? "\033[1m" : "", title, colour ? "\033[0m" : "");
}

void report_line(const char *format, ...)
{
    if (fetch_stopped())
        return;
    va_list arguments;
    va_start(arguments, format);
    fputs("   ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

void report_slot(const par_slot *slot)
{
    if (fetch_stopped())
        return;
    printf("      %s", colour ? "\033[31m" : "");
    par_slot_print(stdout, slot);
    fputs(colour ? "\033[0m" : "", stdout);
}

bool report_wrong(const char *format, ...)
{
    if (fetch_stopped())
        return false;
    va_list arguments;
    va_start(arguments, format);
    fputs("error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
