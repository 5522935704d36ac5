/* futex.c - no library: a thread that sleeps on a futex, is handed the tasks of a call and hands them
 * back, the caller waiting on another until a deadline. Where the tasks outlast it, that wait alone. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../bench.h"

/* The count of calls that have been handed over, and that have been handed back. */
static uint32_t over, back;
static const bench_job *handed;

static bool can(const bench_job *job)
{
    return job->timeout != 0 && job->callers <= 1;
}

/* Until the word is no longer `old`; false at the deadline, if there is one. */
static bool wait_while(uint32_t *word, uint32_t old, const struct timespec *deadline)
{
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == old) {
        int operation = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
        if (syscall(SYS_futex, word, operation, old, deadline, NULL, FUTEX_BITSET_MATCH_ANY) != 0 &&
            errno == ETIMEDOUT)
            return false;
    }
    return true;
}

static void hand(uint32_t *word, uint32_t number)
{
    __atomic_store_n(word, number, __ATOMIC_RELEASE);
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

static void *main_of_thread(void *unused)
{
    (void)unused;
    uint32_t number = 0;
    while (wait_while(&over, number, NULL)) {
        for (size_t i = 0; i < handed->n; i++)
            handed->out[i] = handed->task(handed->in[i]);
        hand(&back, ++number);
    }
    return NULL;
}

static void start(const bench_job *job)
{
    pthread_t thread;
    if (!job->outlast && pthread_create(&thread, NULL, main_of_thread, NULL) != 0)
        bench_die("a thread cannot be started");
}

static void run(const bench_job *job)
{
    int64_t at = bench_now() + job->timeout;
    struct timespec deadline = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
    uint32_t number = back;
    if (!job->outlast) {
        handed = job;
        hand(&over, over + 1);
    }
    if (!wait_while(&back, number, &deadline) && !job->outlast)
        bench_die("futex: out of time");
}

const bench_peer bench_this_peer = {
    .can = can, .start = start, .run = run, .behind = bench_threads};
