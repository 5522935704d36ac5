/* workloads.h - one source for each. */
#ifndef PERF_WORKLOADS_H
#define PERF_WORKLOADS_H

#include "../bench.h"

extern const bench_workload workload_fanout;
extern const bench_workload workload_cold;
extern const bench_workload workload_outside;
extern const bench_workload workload_misjudged;
extern const bench_workload workload_bulk;
extern const bench_workload workload_memory;
extern const bench_workload workload_loop;
extern const bench_workload workload_forkjoin;
extern const bench_workload workload_metg;
extern const bench_workload workload_workers;
extern const bench_workload workload_blocking;
extern const bench_workload workload_computing;
extern const bench_workload workload_mixed;
extern const bench_workload workload_deadline;
extern const bench_workload workload_idle;
extern const bench_workload workload_build;

#endif
