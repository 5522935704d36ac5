/* os.h - all that the scheduler asks of the operating system, behind one table of functions, so
 * that a test can put its own in place. */
#ifndef PAR_SCHED_OS_H
#define PAR_SCHED_OS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "atomic.h"
#include "base.h"
#include "clock.h"

typedef struct par_os {
    /* Sleeps while *word is `expected`, until woken or `deadline` (nanoseconds of CLOCK_MONOTONIC
     * or PAR_NEVER). May return at any time for no reason: callers look at the word again. */
    void (*futex_wait)(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline);
    /* Wakes at most `count` threads that sleep at this address. Reads nothing there. */
    void (*futex_wake)(const _Atomic uint32_t *word, int count);
    /* Nanoseconds of CLOCK_MONOTONIC; NULL: par_clock_now(). */
    int64_t (*now)(void);
    /* Starts a thread with all signals blocked; `stack` bytes, 0 for the default. 0 or an errno. */
    int (*start_thread)(pthread_t *thread, size_t stack, void *(*run)(void *), void *argument);
    /* Nanoseconds of processor time that a thread of this process, by its par_thread_number(), has
     * used; -1 if it has ended. */
    int64_t (*cpu_time)(int thread);
    /* Does it sleep in the kernel, or stand stopped? False while it runs or waits for a processor,
     * and where that cannot be found out. Takes some microseconds: it reads /proc. */
    bool (*is_asleep)(int thread);
    /* An alarm: a number for the others, or -1 where none can be had. */
    int (*alarm_open)(void);
    void (*alarm_close)(int alarm);
    /* It goes off at this instant and then again and again after so many nanoseconds, and not as it was set
     * before; PAR_NEVER: not at all. */
    void (*alarm_set)(int alarm, int64_t at, int64_t every);
    /* Sleeps until it has gone off since the last time. May return for no reason. */
    void (*alarm_wait)(int alarm);
} par_os;

/* Linux. Changed only by tests, and only while no pool exists. */
extern par_os par_os_table;

static inline int64_t par_now(void)
{
    return par_os_table.now != NULL ? par_os_table.now() : par_clock_now();
}

/* What the kernel calls the calling thread. */
int par_thread_number(void);

/* All of this memory will soon be written: let it come in large pages, where that is possible. */
void par_memory_is_for_use(void *memory, size_t bytes);

/* Lets the calling thread's waits end when they should and not up to 50 us later. */
void par_thread_be_punctual(void);

/* How many bytes of the calling thread's stack are still free, and of how many. Not for the main
 * thread, where finding out is slow. */
typedef struct par_stack {
    const char *low;
    size_t size;
} par_stack;
par_stack par_stack_of_thread(void);

#endif
