/* stress_elastic.c - seats and spares: storms of blocking, batches wider than the pool, threads
 * that cannot be started, spares that retire. V1 to V4.
 *
 * Each scenario ends with a rendezvous or with a wait for every item, and then the pool comes to
 * rest: all threads asleep, nobody counted as searching, no more seats taken than there are. */
#include <errno.h>
#include <sched.h>

#include "items.h"
#include "pool_state.h"
#include "stress.h"

static par_scheduler *scheduler;
static const char *scenario = "";
static par_os real_os;
static uint64_t batches;
static _Atomic uint64_t failures;

static void start_pool(unsigned workers, unsigned max_threads, int64_t spin)
{
    par_scheduler_options options = {.workers = workers,
                                     .max_threads = max_threads,
                                     .spin = spin,
                                     .deque_capacity = 4,
                                     .name = "elastic"};
    int rc = par_scheduler_start(&scheduler, &options);
    stress_check(rc == 0, "start: %d\n", rc);
}

static void stop_pool(void)
{
    stress_check(par_scheduler_stop(scheduler, PAR_NEVER), "stop\n");
    scheduler = NULL;
    stress_check(par_load_relaxed(&items_alive) == 0, "%lld batches are left\n",
                 (long long)par_load_relaxed(&items_alive));
}

static void run(items *call, par_submit_mode mode)
{
    par_scheduler_submit(scheduler, &call->batch, mode);
    if (mode == PAR_SUBMIT_HELP)
        par_scheduler_help(scheduler, &call->batch, true);
    stress_check(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER), "wait\n");
    items_drop(call);
    batches++;
    stress_progress();
}

static void rest(void)
{
    stress_check(pool_comes_to_rest(scheduler), "the pool rests with wrong counts\n");
    stress_progress();
}

/* --- Blocking --------------------------------------------------------------------------------- */

static _Atomic uint64_t seed = 1;

static void block_a_little(items *call, size_t index)
{
    (void)call;
    uint64_t random = par_add_relaxed(&seed, 7) * 977 + index + 1;
    unsigned depth = 1 + (unsigned)(stress_random(&random) % 3);
    for (unsigned i = 0; i < depth; i++)
        par_scheduler_blocking_begin();
    for (uint64_t i = stress_random(&random) % 4; i > 0; i--)
        sched_yield();
    if (stress_random(&random) % 16 != 0) { /* else it forgets to */
        for (unsigned i = 0; i < depth; i++)
            par_scheduler_blocking_end();
    }
    if (stress_random(&random) % 16 == 0)
        par_scheduler_blocking_end(); /* one too many */
}

static void blocking_storm(uint64_t times)
{
    scenario = "blocking storm";
    for (unsigned workers = 1; workers <= 4; workers *= 2) {
        start_pool(workers, workers + 4, workers == 2 ? 0 : 2000);
        for (uint64_t i = 0; i < times; i++) {
            run(items_new(40, PAR_BATCH_UNLIMITED, NULL, block_a_little, NULL),
                i % 2 ? PAR_SUBMIT_WAIT : PAR_SUBMIT_HELP);
            if (i % 16 == 0)
                rest();
        }
        rest();
        stop_pool();
    }
}

static _Atomic uint64_t met;

static void meet(items *call, size_t index)
{
    (void)index;
    uint64_t n = call->batch.n, target = (par_add_acq_rel(&met, 1) / n + 1) * n;
    while (par_load_acquire(&met) < target)
        sched_yield();
}

static void meet_blocked(items *call, size_t index)
{
    par_scheduler_blocking_begin();
    meet(call, index);
    par_scheduler_blocking_end();
}

static void blocked_rendezvous(uint64_t times)
{
    scenario = "rendezvous of tasks that say that they block";
    par_store_relaxed(&met, 0);
    start_pool(2, 34, 1000);
    for (uint64_t i = 0; i < times; i++) {
        run(items_new(32, PAR_BATCH_UNLIMITED, NULL, meet_blocked, NULL), PAR_SUBMIT_WAIT);
        if (i % 4 == 0)
            rest();
    }
    stop_pool();
}

static void wide_rendezvous(uint64_t times, unsigned max_threads)
{
    scenario = max_threads > 66 ? "rendezvous of 64" : "rendezvous of 64 with no thread to spare";
    par_store_relaxed(&met, 0);
    start_pool(2, max_threads, 1000);
    for (uint64_t i = 0; i < times; i++) {
        run(items_new(64, 64, NULL, meet, NULL), (par_submit_mode)(i % 2));
        if (i % 8 == 0)
            rest();
    }
    stop_pool();
}

/* --- V1: the one worker blocks just as work comes from outside -------------------------------- */

static _Atomic unsigned released;

static void block_until_released(items *call, size_t index)
{
    (void)index;
    stress_busy((uint64_t)(uintptr_t)call->context);
    par_scheduler_blocking_begin();
    while (par_load_acquire(&released) == 0)
        sched_yield();
    par_scheduler_blocking_end();
}

static void release(items *call, size_t index)
{
    (void)call;
    (void)index;
    par_store_release(&released, 1);
}

static void work_comes_as_the_worker_blocks(uint64_t times)
{
    uint64_t random = 11;
    scenario = "work comes as the worker blocks";
    for (int spin = 0; spin < 2; spin++) {
        start_pool(1, 2, spin * 1000);
        for (uint64_t i = 0; i < times; i++) {
            par_store_relaxed(&released, 0);
            items *blocks = items_new(1, 1, NULL, block_until_released,
                                      (void *)(uintptr_t)(stress_random(&random) % 300));
            items *comes = items_new(1, 1, NULL, release, NULL);
            par_scheduler_submit(scheduler, &blocks->batch, PAR_SUBMIT_LEAVE);
            stress_busy(stress_random(&random) % 3000);
            run(comes, PAR_SUBMIT_LEAVE);
            stress_check(par_scheduler_wait(scheduler, &blocks->batch, PAR_NEVER), "wait\n");
            items_drop(blocks);
        }
        rest();
        stop_pool();
    }
}

/* --- Threads that cannot be started ----------------------------------------------------------- */

static _Atomic int64_t starts_left; /* before the one that fails; all after it, too, if `all` */
static bool all_fail;
static int error;

static int start_or_fail(pthread_t *thread, size_t stack, void *(*main)(void *), void *argument)
{
    int64_t left = par_sub_relaxed(&starts_left, 1);
    if (left > 0 || (left < 0 && !all_fail))
        return real_os.start_thread(thread, stack, main, argument);
    par_add_relaxed(&released, 2);
    return error;
}

/* The k-th start fails, for every k, or all from the k-th on; with each error. The work is done by
 * those that there are. */
static void failing_starts(uint64_t times)
{
    static const int errors[] = {EAGAIN, ENOMEM, EPERM};
    scenario = "threads that do not start";
    par_os_table.start_thread = start_or_fail;
    for (uint64_t round = 0; round < times; round++) {
        for (int64_t k = 0; k <= 12; k++) {
            for (int e = 0; e < 6; e++) {
                par_store_relaxed(&starts_left, k);
                par_store_relaxed(&released, 0);
                all_fail = e % 2;
                error = errors[e / 2];
                par_scheduler_options options = {
                    .workers = 4, .max_threads = 12, .spin = 500, .name = "fail"};
                int rc = par_scheduler_start(&scheduler, &options);
                if (k == 0) {
                    stress_check(rc == (error == ENOMEM ? -ENOMEM : -EAGAIN), "start: %d\n", rc);
                    par_add_relaxed(&failures, 1);
                    continue;
                }
                unsigned workers = par_scheduler_workers(scheduler);
                stress_check(rc == 0 && workers == (k < 4 ? (unsigned)k : 4), "start: %d\n", rc);
                run(items_new(30, 12, NULL, block_a_little, NULL), PAR_SUBMIT_HELP);
                run(items_new(30, 10, NULL, block_a_little, NULL), PAR_SUBMIT_LEAVE);
                /* Nobody needs a thread that is not there. */
                par_store_relaxed(&met, 0);
                run(items_new(workers, workers, NULL, meet, NULL), PAR_SUBMIT_WAIT);
                par_add_relaxed(&failures, par_load_relaxed(&released) / 2);
                rest();
                stop_pool();
            }
        }
    }
    par_os_table.start_thread = real_os.start_thread;
}

static int fail_while_the_last_seats_are_taken(pthread_t *thread, size_t stack,
                                               void *(*main)(void *), void *argument)
{
    (void)thread;
    (void)stack;
    (void)main;
    (void)argument;
    par_add_relaxed(&failures, 1);
    /* A worker comes by meanwhile and goes to sleep, for instance. */
    stress_busy(2000);
    return EAGAIN;
}

/* A helping caller and two workers are the three that a limit of three asks for: no thread of its
 * own is needed, and when none can be started none of them is left asleep. */
static void widening_in_vain(uint64_t times)
{
    scenario = "widening in vain";
    par_store_relaxed(&met, 0);
    start_pool(2, 4, 0);
    par_os_table.start_thread = fail_while_the_last_seats_are_taken;
    for (uint64_t i = 0; i < times; i++)
        run(items_new(3, 3, NULL, meet, NULL), PAR_SUBMIT_HELP);
    par_os_table.start_thread = real_os.start_thread;
    stop_pool();
}

/* --- Retiring --------------------------------------------------------------------------------- */

enum { FASTER = 2000 }; /* a second is half a millisecond */
static int64_t origin;

static int64_t fast_now(void)
{
    return origin + (par_clock_now() - origin) * FASTER;
}

static void fast_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    real_os.futex_wait(word, expected,
                       deadline == PAR_NEVER ? PAR_NEVER
                                             : origin + (deadline - origin) / FASTER + 1);
}

/* Spares come and go all the time: each place for a thread is used by one after the other (V3), and
 * work that comes as the last spare leaves is not left lying. */
static void retiring(uint64_t times)
{
    uint64_t random = 21;
    scenario = "retiring";
    origin = par_clock_now();
    par_os_table.now = fast_now;
    par_os_table.futex_wait = fast_wait;
    start_pool(1, 2, 1000);
    for (uint64_t i = 0; i < times; i++) {
        par_store_relaxed(&released, 0);
        items *blocks = items_new(1, 1, NULL, block_until_released,
                                  (void *)(uintptr_t)(stress_random(&random) % 300));
        par_scheduler_submit(scheduler, &blocks->batch, PAR_SUBMIT_LEAVE);
        run(items_new(1, 1, NULL, release, NULL), PAR_SUBMIT_LEAVE);
        stress_check(par_scheduler_wait(scheduler, &blocks->batch, PAR_NEVER), "wait\n");
        items_drop(blocks);
        /* About as long as a spare stays. */
        int64_t until = par_clock_now() + 300000 + (int64_t)(stress_random(&random) % 400000);
        while (par_clock_now() < until)
            sched_yield();
    }
    stop_pool();
    par_os_table = real_os;
}

static void dump(void)
{
    fprintf(stderr, "  %s, batch %llu\n", scenario, (unsigned long long)batches);
    if (scheduler != NULL)
        pool_dump(scheduler);
}

int main(void)
{
    stress_begin("stress_elastic", dump);
    real_os = par_os_table;
    blocking_storm(stress_times(400));
    blocked_rendezvous(stress_times(200));
    wide_rendezvous(stress_times(100), 200);
    wide_rendezvous(stress_times(100), 64);
    work_comes_as_the_worker_blocks(stress_times(5000));
    failing_starts(stress_times(4));
    widening_in_vain(stress_times(1000));
    retiring(stress_times(1000));
    printf("stress_elastic: %llu batches, %llu threads that did not start\n",
           (unsigned long long)batches, (unsigned long long)par_load_relaxed(&failures));
    return 0;
}
