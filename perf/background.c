/* background.c - one job, whose tasks do not end. */
#include "background.h"

#include "samples.h"

#define FOR_LONG UINT64_C(3600000000000)

/* In which a pool has started, and noticed, what it will. */
enum { SETTLING = 100000000 };

void background_start(const bench_peer *peer, uint64_t (*task)(uint64_t x), size_t n)
{
    static bench_job job;
    job = (bench_job){.task = task, .n = n};
    job_arrays(&job);
    for (size_t i = 0; i < n; i++)
        job.in[i] = FOR_LONG;
    peer->behind(&job);
    bench_sleep_until(bench_now() + SETTLING);
}
