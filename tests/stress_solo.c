/* stress_solo.c - tickets in slots (S1, S2), and their alarm (S3, S4): callers that run their calls alone,
 * whose tasks are short, sleep, or wait until another task of their call has begun, while the lookout
 * goes to sleep and comes back all the time.
 *
 * The clock runs fast, so that what is old is old soon. Oracles: a call in a slot has an alarm, or tasks
 * that wait for each other wait for ever; every item once; nothing left. */
#include "items.h"
#include "pool_state.h"
#include "stress.h"

enum { CALLERS = 4, SPEED = UNDER_TSAN || UNDER_ASAN ? 4 : 64 };

/* More than tasks can wait for others at a time. */
enum { MOST_THREADS = 64 };

static par_scheduler *scheduler;
static par_os real_os;
static _Atomic uint64_t seed = 1, alone, told, refused;

static int64_t fast_now(void)
{
    return par_clock_now() * SPEED;
}

static void fast_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    real_os.futex_wait(word, expected, deadline == PAR_NEVER ? PAR_NEVER : deadline / SPEED);
}

static void fast_alarm(int alarm, int64_t at, int64_t every)
{
    real_os.alarm_set(alarm, at == PAR_NEVER ? PAR_NEVER : at / SPEED + 1, every / SPEED);
}

static uint64_t chance(void)
{
    uint64_t random = par_add_relaxed(&seed, 1) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    return stress_random(&random);
}

static void doze(uint64_t microseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)microseconds * 1000}, NULL);
}

/* Those that have begun. */
typedef struct meeting {
    _Atomic unsigned begun;
    bool first_waits;
} meeting;

static void any_task(items *call, size_t index)
{
    meeting *m = call->context;
    par_add_relaxed(&m->begun, 1);
    if (m->first_waits) {
        while (index == 0 && par_load_relaxed(&m->begun) == 1)
            doze(20); /* asleep, so that a worker's place may be another's meanwhile */
        return;
    }
    if (chance() % 16 == 0)
        doze(chance() % 100);
}

static void call_once(par_batch *parent)
{
    meeting m = {.first_waits = chance() % 4 == 0};
    items *call = items_new(2 + chance() % 3, PAR_BATCH_UNLIMITED, parent, any_task, &m);
    par_store_relaxed(&call->batch.alone_for, 20000);
    par_alone how = PAR_ALONE_NO;
    bool waits = parent == NULL && chance() % 3 == 0;
    par_submit_mode mode = waits ? PAR_SUBMIT_WAIT : PAR_SUBMIT_HELP;
    if (mode == PAR_SUBMIT_HELP)
        how = par_scheduler_run_alone(scheduler, &call->batch, par_now());
    par_add_relaxed(how == PAR_ALONE_ENDED ? &alone : how == PAR_ALONE_TOLD ? &told : &refused, 1);
    if (how == PAR_ALONE_ENDED) {
        items_finished(&call->batch);
        par_batch_let_go(&call->batch);
    }
    if (how == PAR_ALONE_NO)
        par_scheduler_submit(scheduler, &call->batch, mode);
    if (how == PAR_ALONE_NO && mode == PAR_SUBMIT_HELP)
        par_scheduler_help(scheduler, &call->batch, true);
    stress_check(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER), "wait\n");
    stress_check(items_count(call, ITEMS_RAN) == call->batch.n, "items left\n");
    par_scheduler_retract(scheduler, &call->batch);
    par_batch_disown(&call->batch);
}

static void nested_task(items *call, size_t index)
{
    (void)index;
    call_once(&call->batch);
}

static void *caller(void *argument)
{
    uint64_t times = *(uint64_t *)argument;
    for (uint64_t i = 0; i < times; i++) {
        call_once(NULL);
        if (chance() % 8 == 0)
            doze(chance() % 200);
    }
    return NULL;
}

/* Calls made in tasks, by workers. */
static void nested(uint64_t times)
{
    for (uint64_t i = 0; i < times; i++) {
        items *call = items_new(8, PAR_BATCH_UNLIMITED, NULL, nested_task, NULL);
        par_scheduler_submit(scheduler, &call->batch, PAR_SUBMIT_HELP);
        par_scheduler_help(scheduler, &call->batch, true);
        stress_check(par_scheduler_wait(scheduler, &call->batch, PAR_NEVER), "wait\n");
        par_scheduler_retract(scheduler, &call->batch);
        items_drop(call);
    }
}

static void storm(unsigned workers, unsigned max_threads, uint64_t times)
{
    par_scheduler_options options = {.workers = workers,
                                     .max_threads = max_threads,
                                     .spin = 2000,
                                     .deque_capacity = 4,
                                     .name = "solo"};
    pthread_t threads[CALLERS];
    stress_check(par_scheduler_start(&scheduler, &options) == 0, "start\n");
    for (int round = 0; round < 4; round++) {
        uint64_t each = times / 4 + 1;
        for (int i = 0; i < CALLERS; i++)
            stress_start(&threads[i], caller, &each);
        nested(each / 8 + 1);
        for (int i = 0; i < CALLERS; i++)
            pthread_join(threads[i], NULL);
        stress_progress();
    }
    stress_check(pool_comes_to_rest(scheduler), "the pool rests with wrong counts\n");
    for (unsigned i = 0; i < PAR_SOLO_SLOTS; i++)
        stress_check(par_load_relaxed(&scheduler->solo.slots[i].word) == 0, "a slot in use\n");
    stress_check(par_scheduler_stop(scheduler, PAR_NEVER), "stop\n");
    stress_check(par_load_relaxed(&items_alive) == 0, "batches are left\n");
}

int main(void)
{
    stress_begin("stress_solo", NULL);
    real_os = par_os_table;
    par_os_table.now = fast_now;
    par_os_table.futex_wait = fast_wait;
    par_os_table.alarm_set = fast_alarm;
    storm(1, MOST_THREADS, stress_times(2000));
    storm(2, MOST_THREADS, stress_times(2000));
    storm(4, MOST_THREADS, stress_times(2000));
    printf("alone %llu, told %llu, refused %llu\n", (unsigned long long)par_load_relaxed(&alone),
           (unsigned long long)par_load_relaxed(&told),
           (unsigned long long)par_load_relaxed(&refused));
    stress_check(par_load_relaxed(&alone) != 0 && par_load_relaxed(&told) != 0, "all the same\n");
    return 0;
}
