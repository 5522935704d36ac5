/* stress_monitor.c - seats between workers and the monitor (M2, M3) and its sleep (M1): tasks that sleep
 * and do not say so, say so, wait for calls of their own or compute, while the kernel's answers are
 * wrong now and then and threads cannot be started.
 *
 * An answer that is wrong may cost a thread too many for a while and nothing else. Oracles: tasks that
 * end only when all are there at once, on fewer workers; every item once; and a pool that comes to rest
 * with its counts right. */
#include <errno.h>
#include <sched.h>

#include "items.h"
#include "pool_state.h"
#include "stress.h"

static par_scheduler *scheduler;
static const char *scenario = "";
static par_os real_os;
static _Atomic uint64_t seed = 1;
static _Atomic unsigned wrong_percent, failing_percent;
static uint64_t batches;

static uint64_t chance(void)
{
    uint64_t random = par_add_relaxed(&seed, 1) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    return stress_random(&random);
}

static bool is_asleep_or_not(int thread)
{
    if (chance() % 100 < par_load_relaxed(&wrong_percent))
        return chance() % 2;
    return real_os.is_asleep(thread);
}

static int64_t cpu_time_or_not(int thread)
{
    return chance() % 100 < par_load_relaxed(&wrong_percent) ? 0 : real_os.cpu_time(thread);
}

static int start_or_not(pthread_t *thread, size_t stack, void *(*run)(void *), void *argument)
{
    if (chance() % 100 < par_load_relaxed(&failing_percent))
        return EAGAIN;
    return real_os.start_thread(thread, stack, run, argument);
}

static void start_pool(unsigned workers, unsigned max_threads, int64_t spin)
{
    par_scheduler_options options = {.workers = workers,
                                     .max_threads = max_threads,
                                     .spin = spin,
                                     .deque_capacity = 4,
                                     .name = "monitor"};
    int rc = par_scheduler_start(&scheduler, &options);
    stress_check(rc == 0, "start: %d\n", rc);
}

static void stop_pool(void)
{
    stress_check(pool_comes_to_rest(scheduler), "the pool rests with wrong counts\n");
    stress_check(par_scheduler_stop(scheduler, PAR_NEVER), "stop\n");
    scheduler = NULL;
    stress_check(par_load_relaxed(&items_alive) == 0, "batches are left\n");
    stress_progress();
}

static void run(items *call, par_submit_mode mode)
{
    par_scheduler_submit(scheduler, &call->batch, mode);
    if (mode == PAR_SUBMIT_HELP)
        par_scheduler_help(scheduler, &call->batch, true);
    stress_check(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER), "wait\n");
    stress_check(items_count(call, ITEMS_RAN) == call->batch.n, "items left\n");
    items_drop(call);
    batches++;
    stress_progress();
}

static void doze(uint64_t microseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)microseconds * 1000}, NULL);
}

static void any_task(items *call, size_t index)
{
    switch ((chance() + index) % 8) {
    case 0:
    case 1:
    case 2:
        doze(chance() % 400);
        break;
    case 3:
        par_scheduler_blocking_begin();
        doze(chance() % 200);
        par_scheduler_blocking_end();
        break;
    case 4: /* asleep first, so that the seat may be gone when it says so */
        doze(200);
        par_scheduler_blocking_begin();
        par_scheduler_blocking_end();
        break;
    case 5:
        if (call->batch.parent == NULL) {
            items *below = items_new(4, PAR_BATCH_UNLIMITED, &call->batch, any_task, NULL);
            par_scheduler_submit(scheduler, &below->batch, PAR_SUBMIT_HELP);
            par_scheduler_help(scheduler, &below->batch, true);
            par_scheduler_wait(scheduler, &below->batch, PAR_NEVER);
            items_drop(below);
        }
        break;
    default:
        stress_busy(chance() % 20000);
        break;
    }
}

static void storm(uint64_t times)
{
    static const unsigned percents[] = {0, 20, 100};
    for (unsigned workers = 1; workers <= 4; workers *= 2) {
        for (int p = 0; p < 3; p++) {
            scenario = "storm";
            par_store_relaxed(&wrong_percent, percents[p]);
            start_pool(workers, workers + 1 + workers * 4 * (unsigned)p, p == 1 ? 0 : 2000);
            par_store_relaxed(&failing_percent, percents[p] / 2);
            for (uint64_t i = 0; i < times; i++)
                run(items_new(1 + chance() % 60, PAR_BATCH_UNLIMITED, NULL, any_task, NULL),
                    (par_submit_mode)(i % 3));
            par_store_relaxed(&wrong_percent, 0);
            par_store_relaxed(&failing_percent, 0);
            stop_pool();
        }
    }
}

static _Atomic uint64_t met;

static void meet_asleep(items *call, size_t index)
{
    (void)index;
    uint64_t n = call->batch.n, target = (par_add_acq_rel(&met, 1) / n + 1) * n;
    while (par_load_acquire(&met) < target)
        doze(1000);
}

/* In the last moment before the monitor sleeps: calls come when it has just found nothing. */
static void rendezvous(uint64_t times)
{
    scenario = "rendezvous of tasks that sleep";
    par_store_relaxed(&met, 0);
    start_pool(2, 20, 1000);
    for (uint64_t i = 0; i < times; i++) {
        run(items_new(16, PAR_BATCH_UNLIMITED, NULL, meet_asleep, NULL), (par_submit_mode)(i % 3));
        doze(3000 + chance() % 1500);
    }
    stop_pool();
}

static void dump(void)
{
    fprintf(stderr, "  %s, batch %llu\n", scenario, (unsigned long long)batches);
    if (scheduler != NULL)
        pool_dump(scheduler);
}

int main(void)
{
    stress_begin("stress_monitor", dump);
    real_os = par_os_table;
    par_os_table.is_asleep = is_asleep_or_not;
    par_os_table.cpu_time = cpu_time_or_not;
    par_os_table.start_thread = start_or_not;
    storm(stress_times(60));
    rendezvous(stress_times(100));
    par_os_table = real_os;
    printf("stress_monitor: %llu batches\n", (unsigned long long)batches);
    return 0;
}
