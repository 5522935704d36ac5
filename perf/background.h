/* background.h - tasks that go on behind what is measured, until the program ends. */
#ifndef PERF_BACKGROUND_H
#define PERF_BACKGROUND_H

#include "bench.h"

/* Has the peer run n tasks that sleep or compute for longer than any measurement, and returns when
 * they have begun, as far as the peer lets them. The peer has a behind(). */
void background_start(const bench_peer *peer, uint64_t (*task)(uint64_t x), size_t n);

#endif
