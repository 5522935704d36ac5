/* test_monitor.c - what the monitor makes of what it sees, step by step, on a pool whose threads stand
 * still and a kernel that the test plays; and what real pools do for tasks that block. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "../sched/monitor.h"
#include "items.h"
#include "still_pool.h"
#include "stress.h"

enum { WORKERS = 2, MOST_THREADS = 12 };
static par_scheduler *scheduler;
static items *call;

/* What the kernel says of each thread; threads are numbered as workers are. */
static int64_t cpu[MOST_THREADS], clock_now;
static bool asleep[MOST_THREADS];
static unsigned states_asked;

static int64_t told_cpu(int thread)
{
    return cpu[thread];
}

static bool told_asleep(int thread)
{
    states_asked++;
    return asleep[thread];
}

static int64_t told_now(void)
{
    return clock_now;
}

/* The monitor's thread is the test's: `looks` are played one after the other while it waits. */
static void (*const *looks)(void);
static int64_t waited_for[32];
static unsigned waits;

static void next_look(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    assert_ptr_equal(word, &scheduler->monitor.bell.rung);
    assert_int_equal(par_load_relaxed(word), expected);
    assert_in_range(waits, 0, 31);
    waited_for[waits++] = deadline == PAR_NEVER ? PAR_NEVER : deadline - clock_now;
    clock_now = deadline;
    if (*looks != NULL) {
        (*looks++)();
    } else {
        par_store_seq_cst(&scheduler->stop, 1);
        par_monitor_wake(scheduler);
    }
}

static void *(*monitor_main)(void *);

static int keep_main(pthread_t *thread, size_t stack, void *(*run)(void *), void *argument)
{
    (void)thread;
    (void)stack;
    (void)argument;
    monitor_main = run;
    return 0;
}

static _Atomic bool ended;

static void *live_on_a_thread(void *unused)
{
    monitor_main(scheduler);
    par_store_release(&ended, true);
    return unused;
}

/* Lets the monitor live, on a thread of its own, until the looks are used up. */
static void live(void (*const *given)(void))
{
    pthread_t thread;
    looks = given;
    waits = 0;
    par_store_relaxed(&scheduler->monitor.started, 0);
    int (*start_thread)(pthread_t *, size_t, void *(*)(void *), void *) = par_os_table.start_thread;
    par_os_table.start_thread = keep_main;
    par_monitor_alert(scheduler);
    par_os_table.start_thread = start_thread;
    assert_int_equal(par_load_relaxed(&scheduler->monitor.started), 1);
    par_store_relaxed(&ended, false);
    assert_int_equal(pthread_create(&thread, NULL, live_on_a_thread, NULL), 0);
    while (!par_load_acquire(&ended))
        sched_yield();
    pthread_join(thread, NULL);
}

static par_worker *worker(unsigned i)
{
    return still_worker(scheduler, i);
}

static unsigned seats(void)
{
    return par_load_relaxed(&scheduler->seats);
}

static par_post post(unsigned i)
{
    return (par_post)par_load_relaxed(&worker(i)->post);
}

static void begin(unsigned i)
{
    par_store_relaxed(&worker(i)->number, (int)i);
    worker(i)->seated = true;
    assert_true(par_elastic_begin_work(worker(i)));
    asleep[i] = false;
}

static int start(void **state)
{
    (void)state;
    par_store_relaxed(&items_alive, 0);
    scheduler = still_start(WORKERS, MOST_THREADS, 8);
    par_os_table.cpu_time = told_cpu;
    par_os_table.is_asleep = told_asleep;
    par_os_table.now = told_now;
    par_os_table.futex_wait = next_look;
    clock_now = 1000000000;
    memset(cpu, 0, sizeof(cpu));
    states_asked = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        begin(i);
    call = items_new(100, PAR_BATCH_UNLIMITED, NULL, NULL, NULL);
    par_batch_open(&call->batch, false);
    par_batch_ref(&call->batch);
    par_steal_put(scheduler, NULL, &call->batch);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    items_cancel(call);
    items_drop(call);
    still_stop(scheduler);
    return par_load_relaxed(&items_alive) != 0;
}

static void both_run(void)
{
    cpu[0] += 1000000;
    cpu[1] += 1000000;
}

static void nothing(void)
{
}

/* Workers that run are left alone, and looked at ever more rarely; nobody asks the kernel whether they
 * sleep. */
static void test_computing(void **state)
{
    void (*const played[])(void) = {both_run, both_run, both_run, both_run,
                                    both_run, both_run, both_run, NULL};
    (void)state;
    live(played);
    assert_int_equal(states_asked, 0);
    assert_int_equal(still_started, 0);
    assert_int_equal(seats(), WORKERS);
    assert_true(waited_for[1] < waited_for[3]);
    assert_int_equal(waited_for[6], 1000000);
}

/* One that does not run but waits for a processor is not blocked. */
static void test_preempted(void **state)
{
    void (*const played[])(void) = {nothing, nothing, nothing, nothing, NULL};
    (void)state;
    live(played);
    assert_true(states_asked >= 4);
    assert_int_equal(still_started, 0);
    assert_int_equal(post(0), PAR_POST_AT_WORK);
    assert_int_equal(seats(), WORKERS);
}

static void first_sleeps(void)
{
    asleep[0] = true;
    cpu[1] += 1000000;
}

/* One that sleeps over two looks loses its seat to a spare; the other keeps its own. M3, V1 */
static void test_blocked(void **state)
{
    void (*const played[])(void) = {first_sleeps, first_sleeps, NULL};
    (void)state;
    live(played);
    assert_int_equal(post(0), PAR_POST_TAKEN);
    assert_int_equal(post(1), PAR_POST_AT_WORK);
    assert_int_equal(still_started, 1);
    assert_int_equal(still_last->index, WORKERS);
    assert_true(still_last->seated);
    assert_int_equal(seats(), WORKERS);
    /* It comes back after its task, and there is one seat too many until somebody steps down. */
    par_elastic_come_back(worker(0));
    assert_int_equal(post(0), PAR_POST_AT_WORK);
    assert_int_equal(seats(), WORKERS + 1);
    assert_true(par_elastic_step_down(scheduler, 0));
    assert_false(par_elastic_step_down(scheduler, 0));
}

static void first_runs_a_little_and_sleeps(void)
{
    asleep[0] = true;
    cpu[0] += 1000;
    cpu[1] += 1000000;
}

/* One that sleeps now and then is not blocked, but looked at again soon. */
static void test_short_sleeps(void **state)
{
    void (*const played[])(void) = {first_runs_a_little_and_sleeps, first_runs_a_little_and_sleeps,
                                    first_runs_a_little_and_sleeps, NULL};
    (void)state;
    live(played);
    assert_int_equal(post(0), PAR_POST_AT_WORK);
    assert_int_equal(still_started, 0);
    assert_int_equal(waited_for[2], 50000);
}

static void first_runs_again(void)
{
    asleep[0] = false;
    cpu[0] += 1000000;
    cpu[1] += 1000000;
}

/* One that goes on in the same task is counted again. */
static void test_runs_again(void **state)
{
    void (*const played[])(void) = {first_sleeps, first_sleeps, first_runs_again, NULL};
    (void)state;
    live(played);
    assert_int_equal(post(0), PAR_POST_AT_WORK);
    assert_int_equal(seats(), WORKERS + 1);
}

static void all_sleep(void)
{
    static bool begun[MOST_THREADS];
    for (unsigned i = 0; i < par_load_relaxed(&scheduler->known); i++) {
        if (i >= WORKERS && still_started == 0)
            begun[i] = false;
        if (i >= WORKERS && !begun[i] && worker(i)->seated) {
            begin(i);
            begun[i] = true;
        }
        asleep[i] = true;
    }
}

static void first_comes_back_and_computes(void)
{
    par_elastic_come_back(worker(0));
    asleep[0] = false;
    cpu[0] += 1000000;
}

/* While all block as soon as they have begun, seats double, up to the last thread there may be; with
 * the first that runs there are as many as before. */
static void test_all_block(void **state)
{
    void (*const played[])(void) = {all_sleep,
                                    all_sleep,
                                    all_sleep,
                                    all_sleep,
                                    all_sleep,
                                    all_sleep,
                                    all_sleep,
                                    all_sleep,
                                    first_comes_back_and_computes,
                                    first_comes_back_and_computes,
                                    NULL};
    (void)state;
    live(played);
    assert_int_equal(still_started, MOST_THREADS - WORKERS);
    assert_true(waits < 12);
    assert_int_equal(par_load_relaxed(&scheduler->extra), 0);
}

/* No thread can be had: the seat stays free, and is filled when one can. */
static void threads_can_be_had(void)
{
    still_errno = 0;
    cpu[1] += 1000000;
}

static void test_threads_fail(void **state)
{
    void (*const played[])(void) = {first_sleeps, first_sleeps, first_sleeps, threads_can_be_had,
                                    NULL};
    (void)state;
    still_errno = EAGAIN;
    live(played);
    assert_int_equal(still_started, 1);
    assert_int_equal(seats(), WORKERS);
}

/* A worker that says that it blocks after its seat was taken does not give a second one up. */
static void test_taken_and_said(void **state)
{
    (void)state;
    assert_true(par_elastic_take_seat(worker(0)));
    assert_false(par_elastic_take_seat(worker(0)));
    assert_int_equal(seats(), WORKERS - 1);
    par_elastic_blocking_begin(worker(0));
    assert_int_equal(seats(), WORKERS - 1);
    assert_int_equal(post(0), PAR_POST_AWAY);
    par_elastic_blocking_end(worker(0));
    assert_int_equal(post(0), PAR_POST_AT_WORK);
    assert_int_equal(seats(), WORKERS);
    assert_true(par_elastic_take_seat(worker(0)));
    par_elastic_end_work(worker(0));
    assert_int_equal(post(0), PAR_POST_AWAY);
    assert_int_equal(seats(), WORKERS);
    assert_false(par_elastic_take_seat(worker(0)));
}

static void serve_the_ticket(void)
{
    par_batch *ticket = par_steal_get(worker(0));
    assert_ptr_equal(ticket, &call->batch);
    items_cancel(call);
    par_batch_unref(ticket);
}

/* Without tickets it waits for a moment, looks once more, and sleeps until it is rung. M1 */
static void test_sleeps(void **state)
{
    void (*const played[])(void) = {serve_the_ticket, nothing, NULL};
    (void)state;
    live(played);
    assert_int_equal(waits, 3);
    assert_int_equal(waited_for[1], 1000000);
    assert_int_equal(waited_for[2], PAR_NEVER);
    assert_int_equal(par_load_relaxed(&scheduler->monitor.asleep), 0);
}

static void never_stuck(par_batch *batch, size_t index, int64_t lasted, void *context)
{
    (void)batch;
    (void)index;
    (void)lasted;
    (void)context;
}

/* It sleeps until an item may be stuck: then one more to watch does not ring, but a ticket does. M1 */
static void watch_another_and_alert(void)
{
    par_watch another;
    assert_int_equal(par_load_relaxed(&scheduler->monitor.asleep), PAR_MONITOR_WAITS);
    uint32_t before = par_bell_key(&scheduler->monitor.bell);
    par_monitor_watch(scheduler, &another, &call->batch);
    assert_int_equal(par_bell_key(&scheduler->monitor.bell), before);
    par_monitor_alert(scheduler);
    assert_int_equal(par_bell_key(&scheduler->monitor.bell), before + 1);
    par_watches_remove(&scheduler->watches, &another);
}

static void test_sleeps_until_due(void **state)
{
    void (*const played[])(void) = {serve_the_ticket, nothing, watch_another_and_alert, NULL};
    par_watch watch;
    (void)state;
    scheduler->on_stuck = never_stuck;
    scheduler->stuck_after = 1000000000;
    par_monitor_watch(scheduler, &watch, &call->batch);
    par_watch_note(&watch, 0, clock_now);
    live(played);
    assert_int_equal(waits, 4);
    assert_in_range(waited_for[2], 900000000, 1000000000);
    par_watches_remove(&scheduler->watches, &watch);
}

/* It is rung when it sleeps, and only then. M1 */
static void test_alert(void **state)
{
    (void)state;
    par_monitor_alert(scheduler);
    assert_int_equal(par_bell_key(&scheduler->monitor.bell), 0);
    par_store_relaxed(&scheduler->monitor.asleep, PAR_MONITOR_IS_ASLEEP);
    par_elastic_notify(scheduler); /* no one is idle, no seat free */
    par_elastic_notify(scheduler);
    assert_int_equal(par_bell_key(&scheduler->monitor.bell), 1);
}

/* --- Real pools ------------------------------------------------------------------------------- */

static void sleep_10_ms(items *self, size_t index)
{
    (void)self;
    (void)index;
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static _Atomic uint32_t inside;

/* Ends only when all are inside at once, asleep most of the time. */
static void meet_asleep(items *self, size_t index)
{
    (void)index;
    par_add_relaxed(&inside, 1);
    while (par_load_relaxed(&inside) < self->batch.n)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

static void run(items *self, par_submit_mode mode)
{
    par_scheduler_submit(scheduler, &self->batch, mode);
    if (mode == PAR_SUBMIT_HELP)
        par_scheduler_help(scheduler, &self->batch, true);
    assert_true(par_scheduler_wait(scheduler, &self->batch, PAR_NEVER));
    assert_int_equal(items_count(self, ITEMS_RAN), self->batch.n);
    items_drop(self);
}

/* Tasks that wait for each other and do not say so all run at once, on one worker; the spares they got
 * are not more than there may be. */
static void test_all_at_once(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 8; workers *= 2) {
        par_scheduler_options options = {.workers = workers, .max_threads = 70, .name = "monitor"};
        assert_int_equal(par_scheduler_start(&scheduler, &options), 0);
        for (int mode = PAR_SUBMIT_LEAVE; mode <= PAR_SUBMIT_HELP; mode++) {
            par_store_relaxed(&inside, 0);
            run(items_new(64, PAR_BATCH_UNLIMITED, NULL, meet_asleep, NULL), (par_submit_mode)mode);
            run(items_new(300, PAR_BATCH_UNLIMITED, NULL, sleep_10_ms, NULL),
                (par_submit_mode)mode);
        }
        assert_true(par_load_relaxed(&scheduler->known) <= 70);
        assert_true(par_scheduler_stop(scheduler, PAR_NEVER));
    }
}

/* Others' calls go on while all workers are blocked for good. */
static _Atomic bool let_go;

static void until_let_go(items *self, size_t index)
{
    (void)self;
    (void)index;
    while (!par_load_relaxed(&let_go))
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static void test_others_go_on(void **state)
{
    (void)state;
    par_scheduler_options options = {.workers = 2, .max_threads = 40, .name = "monitor"};
    assert_int_equal(par_scheduler_start(&scheduler, &options), 0);
    par_store_relaxed(&let_go, false);
    items *stuck = items_new(32, PAR_BATCH_UNLIMITED, NULL, until_let_go, NULL);
    par_scheduler_submit(scheduler, &stuck->batch, PAR_SUBMIT_LEAVE);
    for (int i = 0; i < 200; i++)
        run(items_new(3, PAR_BATCH_UNLIMITED, NULL, NULL, NULL), PAR_SUBMIT_WAIT);
    par_store_relaxed(&let_go, true);
    assert_true(par_scheduler_wait(scheduler, &stuck->batch, PAR_NEVER));
    items_drop(stuck);
    assert_true(par_scheduler_stop(scheduler, PAR_NEVER));
    assert_int_equal(par_load_relaxed(&items_alive), 0);
}

/* Tasks that compute get no thread beside the workers, also while other threads want the processors: a
 * worker that waits for one is not blocked. */
static _Atomic bool loading;

static void *load(void *unused)
{
    while (par_load_relaxed(&loading))
        stress_busy(1000);
    return unused;
}

static void compute(items *self, size_t index)
{
    (void)self;
    (void)index;
    stress_busy(1000000);
}

static void test_computing_under_load(void **state)
{
    enum { LOAD = 4 };
    pthread_t threads[LOAD];
    (void)state;
    par_store_relaxed(&loading, true);
    for (int i = 0; i < LOAD; i++)
        stress_start(&threads[i], load, NULL);
    for (unsigned workers = 1; workers <= 4; workers *= 2) {
        par_scheduler_options options = {.workers = workers, .max_threads = 64, .name = "monitor"};
        assert_int_equal(par_scheduler_start(&scheduler, &options), 0);
        run(items_new(40, PAR_BATCH_UNLIMITED, NULL, compute, NULL), PAR_SUBMIT_WAIT);
        assert_int_equal(par_load_relaxed(&scheduler->known), workers);
        assert_true(par_scheduler_stop(scheduler, PAR_NEVER));
    }
    par_store_relaxed(&loading, false);
    for (int i = 0; i < LOAD; i++)
        pthread_join(threads[i], NULL);
}

#define ON_POOL(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_POOL(test_computing),
        ON_POOL(test_preempted),
        ON_POOL(test_blocked),
        ON_POOL(test_short_sleeps),
        ON_POOL(test_runs_again),
        ON_POOL(test_all_block),
        ON_POOL(test_threads_fail),
        ON_POOL(test_taken_and_said),
        ON_POOL(test_alert),
        ON_POOL(test_sleeps),
        ON_POOL(test_sleeps_until_due),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_others_go_on),
        cmocka_unit_test(test_computing_under_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
