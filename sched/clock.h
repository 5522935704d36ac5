/* clock.h - what time it is, for less than the kernel's clock takes. */
#ifndef PAR_SCHED_CLOCK_H
#define PAR_SCHED_CLOCK_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC, to within some hundred: mostly behind, ahead while the kernel slows its
 * clock down. Does not go back in one thread; one that reads it after another, having synchronised with
 * it, may read as much less. */
static inline int64_t par_clock_now(void);

/* The same from the kernel alone. */
int64_t par_clock_of_kernel(void);

/* Internals: clock.c. */

#ifdef __x86_64__

/* How a thread reckons the time from the counter. */
typedef struct par_reckoning {
    uint64_t counter; /* when the kernel was asked last */
    int64_t asked;    /* its answer */
    int64_t time;     /* what was made of it */
    uint64_t window; /* so many ticks from then on it need not be asked; 0: the rate is not known */
    uint64_t rate;   /* nanoseconds a tick, times 2^32 */
} par_reckoning;

extern _Thread_local par_reckoning par_clock_reckoning;

int64_t par_clock_ask(void);

static inline int64_t par_clock_reckon(const par_reckoning *known, uint64_t ticks)
{
    return known->time + (int64_t)(ticks * known->rate >> 32);
}

static inline int64_t par_clock_now(void)
{
    const par_reckoning *known = &par_clock_reckoning;
    uint64_t ticks = __builtin_ia32_rdtsc() - known->counter;
    return ticks < known->window ? par_clock_reckon(known, ticks) : par_clock_ask();
}

#else

static inline int64_t par_clock_now(void)
{
    return par_clock_of_kernel();
}

#endif

#endif
