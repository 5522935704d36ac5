/* os.c - Linux: futexes, the monotonic clock, threads. */
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS INT64_C(1000000000)

static struct timespec timespec_of(int64_t nanoseconds)
{
    return (struct timespec){.tv_sec = (time_t)(nanoseconds / NANOSECONDS),
                             .tv_nsec = (long)(nanoseconds % NANOSECONDS)};
}

/* FUTEX_WAIT_BITSET and not FUTEX_WAIT: its timeout is an instant of CLOCK_MONOTONIC. */
static void linux_futex_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    struct timespec at = timespec_of(deadline);
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
            deadline == PAR_NEVER ? NULL : &at, NULL, FUTEX_BITSET_MATCH_ANY);
}

static void linux_futex_wake(const _Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static int64_t nanoseconds(const struct timespec *time)
{
    return (int64_t)time->tv_sec * NANOSECONDS + time->tv_nsec;
}

/* The clock that pthread_getcpuclockid() gives: clock_getres(2), "dynamic clocks", of a thread's number
 * and not of a pthread_t, which must not be used once the thread has ended. */
static int64_t linux_cpu_time(int thread)
{
    enum { OF_THREAD = 4, SCHEDULER = 2 };
    struct timespec used;
    clockid_t clock = (clockid_t)(~(unsigned)thread << 3 | OF_THREAD | SCHEDULER);
    return clock_gettime(clock, &used) == 0 ? nanoseconds(&used) : -1;
}

/* proc(5): "NUMBER (NAME) STATE ..."; there may be parentheses in the name, but none behind it. */
static bool linux_is_asleep(int thread)
{
    char text[128];
    snprintf(text, sizeof(text), "/proc/self/task/%d/stat", thread);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end != NULL && name_end[1] == ' ' && strchr("SDTt", name_end[2]) != NULL &&
           name_end[2] != '\0';
}

/* The mask is set in the creator, since a signal could come before a new thread sets its own. */
static int linux_start_thread(pthread_t *thread, size_t stack, void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    int rc = pthread_attr_init(&attributes);
    if (rc != 0)
        return rc;
    if (stack != 0)
        rc = pthread_attr_setstacksize(&attributes, stack);
    if (rc == 0) {
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        rc = pthread_create(thread, &attributes, run, argument);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
    return rc;
}

static int linux_alarm_open(void)
{
    return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
}

static void linux_alarm_close(int alarm)
{
    close(alarm);
}

/* An instant of 0 would stop the timer, one that has passed is now. */
static void linux_alarm_set(int alarm, int64_t at, int64_t every)
{
    struct itimerspec when = {.it_value = {.tv_sec = 0}};
    if (at != PAR_NEVER)
        when = (struct itimerspec){timespec_of(every), timespec_of(at)};
    timerfd_settime(alarm, TFD_TIMER_ABSTIME, &when, NULL);
}

static void linux_alarm_wait(int alarm)
{
    uint64_t times;
    ssize_t length = read(alarm, &times, sizeof(times));
    (void)length;
}

par_os par_os_table = {
    .futex_wait = linux_futex_wait,
    .futex_wake = linux_futex_wake,
    .start_thread = linux_start_thread,
    .cpu_time = linux_cpu_time,
    .is_asleep = linux_is_asleep,
    .alarm_open = linux_alarm_open,
    .alarm_close = linux_alarm_close,
    .alarm_set = linux_alarm_set,
    .alarm_wait = linux_alarm_wait,
};

int par_thread_number(void)
{
    return (int)syscall(SYS_gettid);
}

/* Whole pages of the usual huge size; the kernel sees to those of another. A hint: it may fail. */
void par_memory_is_for_use(void *memory, size_t bytes)
{
    const uintptr_t huge = (uintptr_t)2 << 20;
    uintptr_t first = ((uintptr_t)memory + huge - 1) & ~(huge - 1);
    uintptr_t end = ((uintptr_t)memory + bytes) & ~(huge - 1);
    if (first < end)
        madvise((void *)first, end - first, MADV_HUGEPAGE);
}

void par_thread_be_punctual(void)
{
    prctl(PR_SET_TIMERSLACK, 1UL);
}

par_stack par_stack_of_thread(void)
{
    par_stack stack = {NULL, 0};
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        void *low;
        if (pthread_attr_getstack(&attributes, &low, &stack.size) == 0)
            stack.low = low;
        pthread_attr_destroy(&attributes);
    }
    return stack;
}
