/* spread.h - how durations are spread: counted in steps of 50 us up to a second. By any threads. */
#ifndef PAR_TESTS_SPREAD_H
#define PAR_TESTS_SPREAD_H

#include <stdatomic.h>

enum { SPREAD_STEPS = 20000, SPREAD_PER_SECOND = 20000 }; /* the last step is open */

/* All zero: empty. */
typedef struct spread {
    atomic_ulong counts[SPREAD_STEPS];
    _Atomic double most;
} spread;

static inline void spread_add(spread *s, double seconds)
{
    double step = seconds * SPREAD_PER_SECOND;
    int i = step < 0 ? 0 : step < SPREAD_STEPS ? (int)step : SPREAD_STEPS - 1;
    atomic_fetch_add(&s->counts[i], 1);
    double most = atomic_load(&s->most);
    while (seconds > most && !atomic_compare_exchange_weak(&s->most, &most, seconds))
        ;
}

static inline double spread_most(spread *s)
{
    return atomic_load(&s->most);
}

/* What `percent` of them did not exceed, in seconds, rounded up to a step; 0 without any. */
static inline double spread_percentile(spread *s, double percent)
{
    unsigned long all = 0, seen = 0;
    for (int i = 0; i < SPREAD_STEPS; i++)
        all += atomic_load(&s->counts[i]);
    int step = 0;
    while (step < SPREAD_STEPS && (double)seen < (double)all * percent / 100)
        seen += atomic_load(&s->counts[step++]);
    double most = spread_most(s), end = (double)step / SPREAD_PER_SECOND;
    return step < SPREAD_STEPS && end < most ? end : most;
}

#endif
