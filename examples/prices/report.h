/* report.h - how the demonstration prints: headings, lines of text, rows of tables. Nothing of it
 * prints any more once the program has been told to stop. */
#ifndef EXAMPLES_REPORT_H
#define EXAMPLES_REPORT_H

#include <par.h>
#include <stdbool.h>
#include <stdio.h>

/* Colour and bold only where stdout is a terminal and NO_COLOR is not set. */
void report_begin(void);
void report_heading(const char *title);

/* A line below a heading; the rows of a table are lines too. */
__attribute__((format(printf, 1, 2))) void report_line(const char *format, ...);

/* A slot as par_slot_print() gives it, as an indented line of its own; in red where there is
 * colour. */
void report_slot(const par_slot *slot);

/* Something is not as it should be: says so on stderr. Always false, to be returned. */
__attribute__((format(printf, 1, 2))) bool report_wrong(const char *format, ...);

/* Seconds, from an arbitrary moment on. */
double seconds_now(void);

#endif
