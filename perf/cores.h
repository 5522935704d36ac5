/* cores.h - how many cores the machine gives right now. */
#ifndef PERF_CORES_H
#define PERF_CORES_H

/* Two threads that do nothing but arithmetic, against one: 2.0 when each had a core to itself, 1.0
 * when they shared one. The one thread's time is the best seen so far. Takes some 20 ms. */
double cores_available(void);

#endif
