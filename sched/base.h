/* base.h - what every file of the scheduler stands on. */
#ifndef PAR_SCHED_BASE_H
#define PAR_SCHED_BASE_H

#include <stddef.h>
#include <stdint.h>

/* Data written by different threads stands at least this far apart. */
#define PAR_CACHE_LINE 64

/* An instant that never comes. Instants are nanoseconds of CLOCK_MONOTONIC in an int64_t. */
#define PAR_NEVER INT64_MAX

/* The struct of which `pointer` is the member. */
#define par_container_of(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* An invariant of the library's own, checked in builds with PAR_DEBUG. The condition has no effects. */
#if PAR_DEBUG
#define PAR_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define PAR_ASSERT(condition) ((void)sizeof(condition))
#endif

/* Tells the processor that this is a spin loop. */
void par_spin_hint(void);

#endif
