/* stress_pool.c - whole pools: random calls from outside and from tasks, in pools of 1, 2 and 8
 * workers with deques of 2 to 8 tickets, while the kernel's wait returns for no reason, the process
 * forks, or a thread stands still. W1, P1 to P3.
 *
 * Three oracles: every item once and every batch destroyed once; tasks that all have to run at once
 * and do not say that they wait, so that one worker left asleep is a hang; and a pool that comes to
 * rest with its counts right before it is stopped. */
#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "freezer.h"
#include "items.h"
#include "pool_state.h"
#include "stress.h"

enum { CALLERS = 2, MOST_WORKERS = 8 };

static par_scheduler *scheduler;
static const char *scenario = "";
static par_os real_os;
static _Atomic unsigned early_percent;
static _Atomic uint64_t calls, tasks;
static pid_t thread_ids[MOST_WORKERS * 2];
static _Atomic unsigned threads_known;

static void early_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    static _Thread_local uint64_t random = 88172645463325252;
    if (stress_random(&random) % 100 >= par_load_relaxed(&early_percent))
        real_os.futex_wait(word, expected, deadline);
    else
        sched_yield();
}

static void note_thread(unsigned index, void *context)
{
    (void)context;
    if (index < MOST_WORKERS * 2)
        thread_ids[index] = (pid_t)syscall(SYS_gettid);
    par_add_release(&threads_known, 1);
}

static void start_pool(unsigned workers, unsigned max_threads, size_t capacity, int64_t spin)
{
    par_scheduler_options options = {.workers = workers,
                                     .max_threads = max_threads,
                                     .spin = spin,
                                     .deque_capacity = capacity,
                                     .name = "stress",
                                     .on_thread_start = note_thread};
    par_store_relaxed(&threads_known, 0);
    int rc = par_scheduler_start(&scheduler, &options);
    stress_check(rc == 0 && par_scheduler_workers(scheduler) == workers, "start: %d\n", rc);
    while (par_load_acquire(&threads_known) < workers)
        sched_yield();
}

static void stop_pool(void)
{
    stress_check(par_scheduler_stop(scheduler, PAR_NEVER), "stop\n"); /* P2, P3 */
    scheduler = NULL;
    stress_check(par_load_relaxed(&items_alive) == 0, "%lld batches are left\n",
                 (long long)par_load_relaxed(&items_alive));
    stress_progress();
}

static void rest(void)
{
    stress_check(pool_comes_to_rest(scheduler), "the pool rests with wrong counts\n");
    stress_progress();
}

/* --- Random calls ----------------------------------------------------------------------------- */

static void random_call(par_batch *parent, unsigned depth, uint64_t *random);

static void random_task(items *call, size_t index)
{
    unsigned depth = (unsigned)(uintptr_t)call->context;
    uint64_t random = par_add_relaxed(&tasks, 1) * UINT64_C(0x9e3779b97f4a7c15) + index + 1;
    uint64_t what = stress_random(&random) % 32;
    if (what < 4 && depth > 0) {
        random_call(&call->batch, depth - 1, &random);
    } else if (what == 5) {
        par_scheduler_blocking_begin();
        sched_yield();
        if (stress_random(&random) % 8 != 0)
            par_scheduler_blocking_end();
    } else if (what == 6) {
        stress_busy(stress_random(&random) % 2000);
    }
}

/* A call that is waited for, or given up after a while and cancelled, or cancelled at once. */
static void random_call(par_batch *parent, unsigned depth, uint64_t *random)
{
    size_t n = 1 + stress_random(random) % (parent == NULL ? 60 : 8);
    uint32_t limit = stress_random(random) % 4 == 0 ? PAR_BATCH_UNLIMITED
                                                    : 1 + (uint32_t)(stress_random(random) % 4);
    items *call = items_new(n, limit, parent, random_task, (void *)(uintptr_t)depth);
    if (stress_random(random) % 2)
        items_use_lanes(call, ITEMS_LANES, 1 + (uint32_t)(stress_random(random) % 8));
    /* In a task only helping is safe without spares: otherwise all threads could come to wait. */
    par_submit_mode mode =
        parent != NULL ? PAR_SUBMIT_HELP : (par_submit_mode)(stress_random(random) % 3);
    par_scheduler_submit(scheduler, &call->batch, mode);
    if (stress_random(random) % 8 == 0) {
        items_cancel(call);
        par_scheduler_retract(scheduler, &call->batch);
    }
    if (mode == PAR_SUBMIT_HELP)
        par_scheduler_help(scheduler, &call->batch, true);
    if (stress_random(random) % 8 == 0 &&
        !par_scheduler_wait(scheduler, &call->batch,
                            par_now() + (int64_t)(stress_random(random) % 20000))) {
        items_cancel(call);
        par_scheduler_retract(scheduler, &call->batch);
    }
    if (mode == PAR_SUBMIT_LEAVE && stress_random(random) % 2)
        par_scheduler_help(scheduler, &call->batch, false);
    bool done = par_scheduler_wait(scheduler, &call->batch, PAR_NEVER);
    stress_check(done, "a wait without end has ended\n");
    stress_check(items_count(call, ITEMS_RAN) + items_count(call, ITEMS_CANCELLED) == n,
                 "items left\n");
    items_drop(call);
    par_add_relaxed(&calls, 1);
}

typedef struct caller {
    uint64_t calls, random;
} caller;

static void *make_calls(void *argument)
{
    caller *self = argument;
    for (uint64_t i = 0; i < self->calls; i++) {
        random_call(NULL, 3, &self->random);
        if (stress_random(&self->random) % 4 == 0)
            stress_busy(stress_random(&self->random) % 1000);
    }
    return NULL;
}

static void random_calls(uint64_t each)
{
    static uint64_t seed;
    pthread_t threads[CALLERS];
    caller callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (caller){.calls = each, .random = ++seed};
        stress_start(&threads[i], make_calls, &callers[i]);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        stress_progress();
    }
}

/* --- All at once ------------------------------------------------------------------------------ */

static _Atomic uint64_t met;
static uint64_t meeting;

static void meet(items *call, size_t index)
{
    (void)call;
    (void)index;
    uint64_t target = (par_add_acq_rel(&met, 1) / meeting + 1) * meeting;
    for (unsigned look = 0; par_load_acquire(&met) < target; look++) {
        if (look % 64 == 63)
            sched_yield();
    }
}

/* As many calls of one task as there are workers, from outside. */
static void meet_from_outside(uint64_t times, uint64_t *random)
{
    items *made[MOST_WORKERS];
    meeting = par_scheduler_workers(scheduler);
    for (uint64_t i = 0; i < times; i++) {
        for (uint64_t c = 0; c < meeting; c++)
            made[c] = items_new(1, 1, NULL, meet, NULL);
        for (uint64_t c = 0; c < meeting; c++) {
            par_scheduler_submit(scheduler, &made[c]->batch, (par_submit_mode)(i % 2));
            if (i % 4 == 3)
                stress_busy(stress_random(random) % 100);
        }
        for (uint64_t c = 0; c < meeting; c++) {
            stress_check(par_scheduler_wait(scheduler, &made[c]->batch, PAR_NEVER), "wait\n");
            items_drop(made[c]);
        }
        if (stress_random(random) % 2) /* so that workers are met on their way to sleep */
            stress_busy(stress_random(random) % 4000);
        stress_progress();
    }
}

static items *from_task[MOST_WORKERS];

static void call_all_and_meet(items *call, size_t index)
{
    uint64_t random = par_load_relaxed(&met) * 31 + 7;
    for (uint64_t c = 1; c < meeting; c++) {
        from_task[c] = items_new(1, 1, &call->batch, meet, NULL);
        par_scheduler_submit(scheduler, &from_task[c]->batch, PAR_SUBMIT_LEAVE);
        stress_busy(stress_random(&random) % 100);
    }
    meet(call, index);
}

/* The same, but the calls are made in a task, which is one of those that meet: their tickets go
 * into its worker's own deque, by plain stores. */
static void meet_from_a_task(uint64_t times, uint64_t *random)
{
    meeting = par_scheduler_workers(scheduler);
    for (uint64_t i = 0; i < times; i++) {
        items *first = items_new(1, 1, NULL, call_all_and_meet, NULL);
        par_scheduler_submit(scheduler, &first->batch, (par_submit_mode)(i % 2));
        stress_check(par_scheduler_wait(scheduler, &first->batch, PAR_NEVER), "wait\n");
        for (uint64_t c = 1; c < meeting; c++) {
            stress_check(par_scheduler_wait(scheduler, &from_task[c]->batch, PAR_NEVER), "wait\n");
            items_drop(from_task[c]);
        }
        items_drop(first);
        if (stress_random(random) % 2)
            stress_busy(stress_random(random) % 4000);
        stress_progress();
    }
}

/* One call with as many seats as workers: its one ticket has to go round. P1 */
static void meet_in_one_call(uint64_t times)
{
    meeting = par_scheduler_workers(scheduler);
    for (uint64_t i = 0; i < times; i++) {
        items *call = items_new(meeting, (uint32_t)meeting, NULL, meet, NULL);
        par_scheduler_submit(scheduler, &call->batch, (par_submit_mode)(i % 2));
        stress_check(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER), "wait\n");
        items_drop(call);
        stress_progress();
    }
}

static void one_pool(unsigned workers, size_t capacity, int64_t spin, unsigned early,
                     uint64_t *random)
{
    static const char *const names[] = {"calm", "early"};
    unsigned times = early == 0 && workers < 8 ? 4 : 1;
    scenario = names[early != 0];
    par_store_relaxed(&early_percent, early);
    start_pool(workers, workers + (early % 2) * 3, capacity, spin);
    random_calls(stress_times(60) * times);
    meet_from_outside(stress_times(100) * times, random);
    meet_from_a_task(stress_times(100) * times, random);
    meet_in_one_call(stress_times(100) * times);
    if (early == 0)
        rest();
    stop_pool();
}

/* --- Start and stop --------------------------------------------------------------------------- */

/* Stopped at once, after nothing or after one call, while threads start or go to sleep. */
static void start_and_stop(uint64_t times)
{
    uint64_t random = 41;
    scenario = "start and stop";
    for (uint64_t i = 0; i < times; i++) {
        unsigned workers = 1 + (unsigned)(stress_random(&random) % 4);
        start_pool(workers, workers + 2, 2, (int64_t)(i % 3) * 1000);
        for (uint64_t c = i % 3; c > 0; c--) {
            /* A limit above the workers: spares are on their way as it ends. */
            items *call =
                items_new(2, 1 + (uint32_t)(stress_random(&random) % 6), NULL, NULL, NULL);
            par_scheduler_submit(scheduler, &call->batch, (par_submit_mode)(i % 2));
            stress_check(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER), "wait\n");
            items_drop(call);
        }
        stop_pool();
    }
}

/* --- fork ------------------------------------------------------------------------------------- */

/* What a child does: knows that the pool is not there, and uses one of its own. */
static void be_child(par_scheduler *orphaned, par_batch *somewhere)
{
    if (par_scheduler_wait(orphaned, somewhere, PAR_NEVER))
        _exit(1);
    if (!UNDER_TSAN) {
        uint64_t random = 1;
        start_pool(2, 3, 2, 1000);
        random_call(NULL, 1, &random);
        if (!par_scheduler_stop(scheduler, PAR_NEVER))
            _exit(2);
    }
    _exit(7);
}

static void fork_sometimes(items *call, size_t index)
{
    (void)index;
    pid_t child = fork();
    if (child == 0)
        be_child(scheduler, &call->batch);
    int status = -1;
    par_scheduler_blocking_begin();
    stress_check(waitpid(child, &status, 0) == child, "waitpid\n");
    par_scheduler_blocking_end();
    stress_check(WIFEXITED(status) && WEXITSTATUS(status) == 7, "a child ended with %#x\n", status);
}

/* From a task and from outside, while other threads make calls. */
static void fork_in_the_middle(uint64_t times)
{
    scenario = "fork";
    par_store_relaxed(&early_percent, 0);
    start_pool(2, 4, 4, 1000);
    for (uint64_t i = 0; i < times; i++) {
        pthread_t thread;
        caller other = {.calls = 50, .random = i + 1};
        stress_start(&thread, make_calls, &other);
        items *call = items_new(2, 2, NULL, fork_sometimes, NULL);
        par_scheduler_submit(scheduler, &call->batch, i % 2 ? PAR_SUBMIT_HELP : PAR_SUBMIT_WAIT);
        if (i % 2)
            par_scheduler_help(scheduler, &call->batch, true);
        stress_check(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER), "wait\n");
        items_drop(call);
        pthread_join(thread, NULL);
        stress_progress();
    }
    rest();
    stop_pool();
}

/* --- Threads that stand still ----------------------------------------------------------------- */

static freezer tracer;
static _Atomic pid_t in_task; /* the thread that runs stand_still() */
static _Atomic bool go_on;

static void stand_still(items *call, size_t index)
{
    (void)call;
    (void)index;
    par_store_release(&in_task, (pid_t)syscall(SYS_gettid));
    while (!par_load_acquire(&go_on))
        sched_yield();
}

/* A worker is frozen in its task: all other work goes on. */
static void freeze_in_task(uint64_t times)
{
    uint64_t random = 51;
    scenario = "frozen in a task";
    start_pool(2, 3, 4, 1000);
    for (uint64_t i = 0; i < times; i++) {
        par_store_relaxed(&in_task, 0);
        par_store_relaxed(&go_on, false);
        items *frozen = items_new(1, 1, NULL, stand_still, NULL);
        par_scheduler_submit(scheduler, &frozen->batch, PAR_SUBMIT_LEAVE);
        pid_t thread;
        while ((thread = par_load_acquire(&in_task)) == 0)
            sched_yield();
        stress_check(freezer_order(&tracer, thread) == 0, "cannot freeze\n");
        for (int c = 0; c < 20; c++) {
            random_call(NULL, 2, &random);
            stress_progress();
        }
        stress_check(freezer_order(&tracer, -thread) == 0, "cannot let go\n");
        par_store_release(&go_on, true);
        stress_check(par_scheduler_wait(scheduler, &frozen->batch, PAR_NEVER), "wait\n");
        items_drop(frozen);
    }
    rest();
    stop_pool();
}

static _Atomic bool freezing;
static uint64_t frozen_times;

static void *freeze_anywhere(void *argument)
{
    uint64_t random = 61;
    unsigned workers = *(unsigned *)argument;
    while (par_load_relaxed(&freezing)) {
        pid_t thread = thread_ids[stress_random(&random) % workers];
        if (freezer_order(&tracer, thread) != 0)
            continue; /* it has ended */
        frozen_times++;
        if (stress_random(&random) % 8 == 0)
            sched_yield();
        else
            stress_busy(stress_random(&random) % 60000);
        stress_check(freezer_order(&tracer, -thread) == 0, "cannot let go\n");
    }
    return NULL;
}

/* Workers are stopped for moments at any point, and nothing is lost by it: this is what makes short
 * windows long. */
static void freeze_at_random(uint64_t times)
{
    uint64_t random = 71;
    scenario = "frozen anywhere";
    for (unsigned workers = 2; workers <= 3; workers++) {
        pthread_t thread;
        start_pool(workers, workers, 4, workers == 2 ? 0 : 1000);
        par_store_relaxed(&freezing, true);
        stress_start(&thread, freeze_anywhere, &workers);
        meet_from_outside(times, &random);
        meet_from_a_task(times, &random);
        meet_in_one_call(times);
        random_calls(times / 16 + 1);
        par_store_relaxed(&freezing, false);
        pthread_join(thread, NULL);
        rest();
        stop_pool();
    }
}

static void dump(void)
{
    fprintf(stderr, "  %s, early %u %%; %llu calls, met %llu of %llu\n", scenario,
            par_load_relaxed(&early_percent), (unsigned long long)par_load_relaxed(&calls),
            (unsigned long long)par_load_relaxed(&met), (unsigned long long)meeting);
    if (scheduler != NULL)
        pool_dump(scheduler);
}

int main(void)
{
    static const unsigned worker_counts[] = {1, 2, 8}, percents[] = {0, 1, 50, 100};
    uint64_t random = 31;
    const char *no_freezer = freezer_start(&tracer); /* first: it forks */
    stress_begin("stress_pool", dump);
    real_os = par_os_table;
    par_os_table.futex_wait = early_wait;
    for (unsigned w = 0; w < 3; w++) {
        for (unsigned p = 0; p < 4; p++) {
            for (int spin = 0; spin < 2; spin++) {
                par_store_relaxed(&met, 0);
                one_pool(worker_counts[w], (size_t)2 << (w + p) % 3, spin * 2000, percents[p],
                         &random);
            }
        }
    }
    par_store_relaxed(&early_percent, 0);
    start_and_stop(stress_times(500));
    if (UNDER_ASAN)
        printf(
            "stress_pool: left out: forking (AddressSanitizer's allocator is not made for it)\n");
    else
        fork_in_the_middle(stress_times(20));
    if (no_freezer == NULL) {
        freeze_in_task(stress_times(30));
        par_store_relaxed(&met, 0);
        freeze_at_random(stress_times(1000));
        freezer_stop(&tracer);
    } else {
        printf("stress_pool: left out: freezing threads (%s)\n", no_freezer);
    }
    par_os_table = real_os;
    printf("stress_pool: %llu calls, %llu tasks, %llu tasks that met, %llu freezes\n",
           (unsigned long long)par_load_relaxed(&calls),
           (unsigned long long)par_load_relaxed(&tasks), (unsigned long long)par_load_relaxed(&met),
           (unsigned long long)frozen_times);
    return 0;
}
