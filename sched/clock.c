/* clock.c - CLOCK_MONOTONIC from the processor's time stamp counter, where that is its source.
 *
 * Each thread asks the kernel once in a millisecond, and reckons in between, by how fast the counter ran
 * in the interval before. So it needs no calibration, follows what the kernel makes of the clock, and
 * gets over a suspended machine or a changed rate by itself. A thread that asks rarely asks the kernel
 * each time, and loses nothing by it.
 *
 * When the counter was read is known but to within the time that asking takes, and what is not known is
 * taken so that the reckoning falls behind. Where it is ahead all the same, since the kernel has slowed
 * its clock down meanwhile, the clock stands still until the kernel's has caught up.
 *
 * The counter is used if it is invariant and the kernel itself takes its time from it, as it does only if
 * all processors' counters agree. */
#include "clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS INT64_C(1000000000)

/* How long a thread reckons, and which intervals it learns the counter's rate from. */
#define WINDOW   INT64_C(1000000)
#define SHORTEST INT64_C(500000)
#define LONGEST  NANOSECONDS

int64_t par_clock_of_kernel(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

#ifdef __x86_64__

#include <cpuid.h>

/* An answer that took more ticks, since the thread was interrupted, tells nothing of the counter. */
#define AT_ONCE UINT64_C(600)

_Thread_local par_reckoning par_clock_reckoning;

static bool counter_is_clock;

/* The leaf of cpuid, and its bit, that says whether the counter runs at one rate. */
#define POWER     UINT32_C(0x80000007)
#define INVARIANT UINT32_C(0x100)

static void look_at_counter(void)
{
    unsigned a, b, c, d;
    char source[8] = "";
    if (!__get_cpuid(POWER, &a, &b, &c, &d) || (d & INVARIANT) == 0)
        return;
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                  O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t length = read(fd, source, sizeof(source) - 1);
    close(fd);
    counter_is_clock = length > 0 && strcmp(source, "tsc\n") == 0;
}

/* What the counter did in the interval since the kernel was last asked; when that makes no sense, since it
 * was too long or the counter began anew, nothing is known. */
static void learn_rate(par_reckoning *last, uint64_t ticks, int64_t passed)
{
    enum { FASTEST = 16, SLOWEST = 16 }; /* ticks a nanosecond, nanoseconds a tick */
    bool sound = passed <= LONGEST && ticks / FASTEST <= (uint64_t)passed &&
                 ticks >= (uint64_t)passed / SLOWEST;
    last->window = 0;
    if (!sound)
        return;
    last->rate = ((uint64_t)passed << 32) / (ticks + AT_ONCE);
    last->window = ticks / (uint64_t)((passed + WINDOW - 1) / WINDOW);
}

int64_t par_clock_ask(void)
{
    par_reckoning *last = &par_clock_reckoning;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, look_at_counter);
    uint64_t before = __builtin_ia32_rdtsc();
    int64_t answer = par_clock_of_kernel();
    uint64_t counter = __builtin_ia32_rdtsc();
    /* The latest that the thread can have been told. */
    int64_t told = par_clock_reckon(last, last->window);
    int64_t now = answer > told ? answer : told;
    int64_t passed = answer - last->asked;
    if (!counter_is_clock || passed < SHORTEST || counter - before > AT_ONCE)
        return now;
    learn_rate(last, counter - last->counter, passed);
    last->counter = counter;
    last->asked = answer;
    last->time = now;
    return now;
}

#endif
