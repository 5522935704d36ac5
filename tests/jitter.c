/* jitter.c - before one operation in seven the thread yields, before one in some thousands it sleeps. */
#include <sched.h>
#include <time.h>

#include "stress.h"

void jitter(void);

void jitter(void)
{
    static _Thread_local uint64_t random;
    if (random == 0)
        random = (uint64_t)(uintptr_t)&random | 1;
    uint64_t chance = stress_random(&random) % 10000;
    if (chance < 3)
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    else if (chance < 1500)
        sched_yield();
}
