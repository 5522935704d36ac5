/* futex.c - no library: the kernel's own wait until a deadline, for a word that does not change. */
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../bench.h"

static uint32_t word;

static bool can(const bench_job *job)
{
    return job->outlast;
}

static void start(const bench_job *job)
{
    (void)job;
}

static void run(const bench_job *job)
{
    int64_t at = bench_now() + job->timeout;
    struct timespec deadline = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
    int operation = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
    while (syscall(SYS_futex, &word, operation, 0, &deadline, NULL, FUTEX_BITSET_MATCH_ANY) == 0 ||
           errno != ETIMEDOUT)
        continue;
}

const bench_peer bench_this_peer = {can, start, run, NULL, bench_threads};
