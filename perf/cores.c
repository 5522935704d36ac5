/* cores.c - the probe. */
#include "cores.h"

#include <pthread.h>

#include "bench.h"

enum { TRY_TIME = 8000000, FIRST_TIMES = 1000000 };

static uint64_t times;
static int64_t best;

static void *arithmetic(void *unused)
{
    (void)unused;
    bench_arithmetic(times);
    return NULL;
}

static int64_t alone(void)
{
    int64_t began = bench_now();
    arithmetic(NULL);
    return bench_now() - began;
}

static int64_t in_pairs(void)
{
    pthread_t other;
    int64_t began = bench_now();
    if (pthread_create(&other, NULL, arithmetic, NULL) != 0)
        bench_die("a thread cannot be started");
    arithmetic(NULL);
    pthread_join(other, NULL);
    return bench_now() - began;
}

double cores_available(void)
{
    if (times == 0) {
        times = FIRST_TIMES;
        times = (uint64_t)((double)FIRST_TIMES * TRY_TIME / (double)alone());
        best = alone();
    }
    int64_t one = alone();
    best = one < best ? one : best;
    return 2.0 * (double)best / (double)in_pairs();
}
