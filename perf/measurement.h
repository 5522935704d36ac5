/* measurement.h - one measurement, made by a process of its own. */
#ifndef PERF_MEASUREMENT_H
#define PERF_MEASUREMENT_H

#include "bench.h"

typedef enum { MEASURED, CANNOT, WENT_WRONG } measurement_outcome;

/* Runs FOLDER/measure_PEER and waits for it. What it has to say about its failure it has said on
 * stderr. */
measurement_outcome measurement_make(const char *folder, const char *peer,
                                     const bench_workload *workload, const bench_case *which,
                                     double seconds, double figures[BENCH_FIGURES]);

#endif
