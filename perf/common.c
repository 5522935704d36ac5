/* common.c - time, CPUs, threads, failure, the tasks. */
#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t bench_trivial(uint64_t x)
{
    return bench_answer(x);
}

uint64_t bench_sleeping(uint64_t x)
{
    bench_sleep_until(bench_now() + (int64_t)x);
    return bench_answer(x);
}

enum { TRIES = 20, TRY_STEPS = 1000000 };

static double steps_a_nanosecond;

void bench_arithmetic(uint64_t steps)
{
    uint64_t x = 1;
    for (uint64_t i = 0; i < steps; i++)
        x = x * UINT64_C(6364136223846793005) + i;
    __asm__ volatile("" : : "r"(x));
}

/* The best of several tries: the one that nothing disturbed. */
void bench_calibrate(void)
{
    int64_t best = INT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        int64_t began = bench_now();
        bench_arithmetic(TRY_STEPS);
        int64_t took = bench_now() - began;
        best = took < best ? took : best;
    }
    steps_a_nanosecond = (double)TRY_STEPS / (double)best;
}

uint64_t bench_computing(uint64_t x)
{
    bench_arithmetic((uint64_t)((double)x * steps_a_nanosecond));
    return bench_answer(x);
}

enum { SHORT = 100000 };

uint64_t bench_turning(uint64_t x)
{
    return bench_computing(x);
}

uint64_t bench_dozing(uint64_t x)
{
    return x < SHORT ? bench_computing(x) : bench_sleeping(x);
}

void bench_die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

int64_t bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bench_sleep_until(int64_t then)
{
    struct timespec at = {.tv_sec = then / 1000000000, .tv_nsec = then % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
        continue;
}

unsigned bench_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    return (unsigned)CPU_COUNT(&set);
}

unsigned bench_threads_of(const bench_job *job)
{
    unsigned threads = job->width != 0 ? job->width : job->workers;
    return threads != 0 ? threads : bench_cpus();
}

typedef struct one {
    const bench_job *job;
    size_t index;
} one;

static void *main_of_thread(void *argument)
{
    const one *self = argument;
    self->job->task(self->job->in[self->index]);
    return NULL;
}

void bench_threads(const bench_job *job)
{
    one *ones = malloc(job->n * sizeof(one));
    if (ones == NULL)
        bench_die("not enough memory");
    for (size_t i = 0; i < job->n; i++) {
        pthread_t thread;
        ones[i] = (one){job, i};
        if (pthread_create(&thread, NULL, main_of_thread, &ones[i]) != 0)
            bench_die("a thread cannot be started");
    }
}
