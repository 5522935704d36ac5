/* clock.h - what time it is, for less than the kernel's clock takes. */
#ifndef PAR_SCHED_CLOCK_H
#define PAR_SCHED_CLOCK_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC, to within some hundred: mostly behind, ahead while the kernel slows its
 * clock down. Does not go back in one thread; one that reads it after another, having synchronised with
 * it, may read as much less. */
int64_t par_clock_now(void);

/* The same from the kernel alone. */
int64_t par_clock_of_kernel(void);

#endif
