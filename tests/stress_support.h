/* stress_support.h - for the stress tests: random numbers by seed, how much to do, a watchdog. */
#ifndef PAR_TESTS_STRESS_SUPPORT_H
#define PAR_TESTS_STRESS_SUPPORT_H

#include "support.h"

#include <dirent.h>

/* PAR_TEST_SCALE times n, at least 1. */
static inline long scaled(long n)
{
    const char *text = getenv("PAR_TEST_SCALE");
    double scale = text != NULL ? strtod(text, NULL) : 1;
    double much = (double)n * (scale > 0 ? scale : 1);
    return much < 1 ? 1 : (long)much;
}

/* The seed: the first argument, or one of its own. Printed, so that a run can be repeated. */
static inline uint64_t seed_of(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0)
                             : (uint64_t)getpid() * 2654435761U + (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    return seed;
}

/* splitmix64 */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline unsigned below(uint64_t *state, unsigned n)
{
    return (unsigned)(next_random(state) >> 33) % n;
}

/* The watchdog aborts, with what is known, when `progress` has stood still for STALL seconds. */
enum { STALL = 20 };

static atomic_long progress;
static atomic_bool watchdog_off;

static inline void advance(void)
{
    atomic_fetch_add_explicit(&progress, 1, memory_order_relaxed);
}

static inline void dump_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;
    while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
        const char *const what[] = {"comm", "wchan", "syscall"};
        for (size_t i = 0; i < 3 && entry->d_name[0] != '.'; i++) {
            char path[300], line[200] = "";
            snprintf(path, sizeof(path), "/proc/self/task/%s/%s", entry->d_name, what[i]);
            FILE *file = fopen(path, "r");
            if (file != NULL && fgets(line, sizeof(line), file) != NULL)
                line[strcspn(line, "\n")] = '\0';
            fprintf(stderr, "%s%s", i == 0 ? entry->d_name : "", i == 0 ? " " : "  ");
            fputs(line, stderr);
            if (file != NULL)
                fclose(file);
        }
        fputc('\n', stderr);
    }
    if (tasks != NULL)
        closedir(tasks);
}

static inline void *watchdog_run(void *unused)
{
    long seen = -1;
    double since = now_seconds();
    while (!atomic_load(&watchdog_off)) {
        long now = atomic_load(&progress);
        if (now != seen)
            since = now_seconds();
        seen = now;
        if (now_seconds() - since > STALL) {
            fprintf(stderr, "no progress for %d s after %ld steps; threads:\n", STALL, seen);
            dump_threads();
            abort();
        }
        nap(0.02);
    }
    return unused;
}

static inline pthread_t watchdog_start(void)
{
    pthread_t thread;
    ENSURE(pthread_create(&thread, NULL, watchdog_run, NULL) == 0);
    return thread;
}

static inline void watchdog_end(pthread_t thread)
{
    atomic_store(&watchdog_off, true);
    ENSURE(pthread_join(thread, NULL) == 0);
}

/* Keeps the processor for about so many steps. */
static inline void spin(unsigned steps)
{
    for (volatile unsigned i = 0; i < steps; i++)
        ;
}

#endif
