/* par_build.h - the ways to write tasks down. */
#ifndef PERF_PAR_BUILD_H
#define PERF_PAR_BUILD_H

#include <stddef.h>

/* Builds the tasks that `what` says so many times, and forgets them. */
void build_tasks(const char *what, size_t times);

#endif
