/* workloads.c - the list of them. */
#include "bench.h"

#include <string.h>

#include "workloads/workloads.h"

const bench_workload *const bench_workloads[] = {
    &workload_fanout,
    &workload_cold,
    &workload_outside,
    &workload_misjudged,
    &workload_bulk,
    &workload_memory,
    &workload_loop,
    &workload_forkjoin,
    &workload_metg,
    &workload_workers,
    &workload_blocking,
    &workload_computing,
    &workload_mixed,
    &workload_deadline,
    &workload_idle,
    &workload_build,
    NULL,
};

bool bench_has_figure(const bench_workload *workload, int figure)
{
    return figure < BENCH_COLUMNS ? workload->columns[figure].name != NULL : workload->spread;
}

const bench_workload *bench_find_workload(const char *name)
{
    const bench_workload *const *each = bench_workloads;
    while (*each != NULL && strcmp((*each)->name, name) != 0)
        each++;
    return *each;
}

const bench_case *bench_find_case(const bench_workload *workload, const char *name)
{
    const bench_case *each = workload->cases;
    while (each->name != NULL && strcmp(each->name, name) != 0)
        each++;
    return each->name != NULL ? each : NULL;
}
