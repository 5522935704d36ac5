/* monitor.c - looks at the workers from time to time, as long as tickets wait.
 *
 * Edges   M1 asleep  alert: put the ticket, fence, load asleep | monitor: store asleep, fence, look for
 *                    tickets: either it is rung, or it sees the ticket
 *         M2, M3     elastic.c
 * Stuck   where the pool has on_stuck it sleeps until the first item can be due: watch.h. A ticket
 *         rings it then, too; another item to watch does not.
 * Pace    The first look comes at once, the next ones in growing distances while the workers run, in
 *         short ones while any is found asleep. Without tickets it waits for a moment, so that a
 *         program that makes one call after the other does not have to ring it for each; then it sleeps
 *         until it is rung.
 * Tests   test_monitor.c; stress_monitor.c; the protocol as a whole in model/blocking.pml.
 */
#include "monitor.h"

#include <stdio.h>

#include "elastic.h"
#include "os.h"
#include "steal.h"

/* Nanoseconds between two looks: while workers are found asleep, and at most. */
#define SHORT INT64_C(50000)
#define LONG  INT64_C(1000000)

/* Without tickets: so long until the last look. */
#define CALM INT64_C(1000000)

/* What is asked of the kernel in one look is bounded: the states of so many workers, which cost some
 * microseconds each, and whether so many of those that have lost their seat run again. */
enum { MOST_STATES = 16, MOST_RETURNS = 16 };

/* After so many looks that found no worker running, spares are sent in growing numbers. */
enum { SURE = 2 };

/* What it knows from one look to the next; its own. */
typedef struct view {
    par_scheduler *scheduler;
    int64_t last;     /* when it last looked */
    int64_t elapsed;  /* between that and the look before */
    int64_t pace;     /* until the next look */
    bool calm;        /* were there no tickets at the last look? */
    unsigned blocked; /* looks in a row that found workers asleep and none running */
    uint32_t first;   /* whom to look at first */
    unsigned states;  /* asked for in this look */
    unsigned returns; /* likewise */
    unsigned running; /* workers with a seat that have run since the last look */
    unsigned fresh;   /* workers with a seat that it has not looked at before */
    unsigned taken;   /* seats taken in this look */
} view;

/* Processor time it has used since the last look; -1 when that is not known. */
static int64_t used_by(par_worker *worker)
{
    int64_t before = worker->sample;
    worker->sample = par_os_table.cpu_time(par_load_relaxed(&worker->number));
    return before < 0 || worker->sample < 0 ? -1 : worker->sample - before;
}

/* Whether it sleeps is asked of the kernel only if it has not run most of the time. One that has run
 * a little and sleeps now may have begun to block: the next look, soon, will tell. */
static void look_at_work(view *v, par_worker *worker)
{
    int64_t used = used_by(worker);
    if (used >= 0 && 2 * used >= v->elapsed) {
        v->running++;
    } else if (used < 0 || v->states == MOST_STATES) {
        v->fresh++;
    } else {
        v->states++;
        if (!par_os_table.is_asleep(par_load_relaxed(&worker->number)))
            v->running++; /* or waits for a processor */
        else if (used != 0)
            v->fresh++;
        else
            v->taken += par_elastic_take_seat(worker);
    }
}

/* Does one that had slept run again, in the same task? While nobody else runs that does no harm. */
static void look_at_taken(view *v, par_worker *worker)
{
    if (v->running == 0 || v->returns == MOST_RETURNS)
        return;
    v->returns++;
    if (used_by(worker) > 0 && !par_os_table.is_asleep(par_load_relaxed(&worker->number)))
        par_elastic_return_seat(worker);
}

static void look_at(view *v, par_worker *worker)
{
    switch (par_load_acquire(&worker->post)) { /* M2 */
    case PAR_POST_AT_WORK:
        look_at_work(v, worker);
        break;
    case PAR_POST_TAKEN:
        look_at_taken(v, worker);
        break;
    default:
        worker->sample = -1;
        break;
    }
}

/* While workers block as soon as they have begun, each look has twice as many seats as the one before,
 * so that many are there soon; with the first that runs it is over. */
static void allow_extra(view *v)
{
    par_scheduler *scheduler = v->scheduler;
    uint32_t target = par_load_relaxed(&scheduler->target);
    v->blocked = v->running != 0 ? 0 : v->blocked + (v->taken != 0);
    if (v->running != 0)
        par_store_relaxed(&scheduler->extra, 0);
    else if (v->blocked >= SURE && 2 * v->taken > target)
        par_store_relaxed(&scheduler->extra, 2 * v->taken - target);
}

static void look(view *v)
{
    par_scheduler *scheduler = v->scheduler;
    uint32_t known = par_load_acquire(&scheduler->known); /* V4 */
    int64_t now = par_now();
    v->elapsed = now - v->last;
    v->last = now;
    v->states = v->returns = v->running = v->taken = v->fresh = 0;
    for (uint32_t i = 0; i < known; i++)
        look_at(v, par_load_acquire(&scheduler->workers[(v->first + i) % known])); /* V4 */
    v->first = (v->first + MOST_STATES) % known;
    allow_extra(v);
    par_fence_seq_cst(); /* V1 */
    bool sent = par_elastic_fill_seats(scheduler);
    v->pace = v->taken != 0 || v->fresh != 0 || sent ? SHORT
              : v->pace < LONG / 2                   ? 2 * v->pace
                                                     : LONG;
}

/* When to look for stuck items again. */
static int64_t tell_of_stuck(par_scheduler *scheduler)
{
    if (scheduler->on_stuck == NULL)
        return PAR_NEVER;
    return par_watches_tell(&scheduler->watches, scheduler->stuck_after, scheduler->on_stuck,
                            scheduler->stuck_context);
}

/* Without tickets: until it is rung, or an item that is watched now may be stuck. Those that begin later are due
 * later. */
static void sleep_until(view *v, uint32_t key, int64_t due)
{
    par_scheduler *scheduler = v->scheduler;
    par_monitor *monitor = &scheduler->monitor;
    bool watches = due != PAR_NEVER;
    par_store_seq_cst(&monitor->asleep,
                      watches ? PAR_MONITOR_WAITS : PAR_MONITOR_IS_ASLEEP); /* M1 */
    par_fence_seq_cst();                                                    /* M1 */
    if (!par_steal_any_ticket(scheduler) && (watches || !par_watches_any(&scheduler->watches)) &&
        par_load_seq_cst(&scheduler->stop) == 0)
        par_bell_wait(&monitor->bell, key, due);
    par_store_seq_cst(&monitor->asleep, PAR_MONITOR_AWAKE);
    v->calm = false;
    v->pace = SHORT;
}

/* One look, or one sleep. */
static void look_or_sleep(view *v)
{
    par_scheduler *scheduler = v->scheduler;
    par_bell *bell = &scheduler->monitor.bell;
    uint32_t key = par_bell_key(bell);
    int64_t due = tell_of_stuck(scheduler);
    if (par_steal_any_ticket(scheduler)) {
        v->calm = false;
        look(v);
        par_bell_wait(bell, key, v->last + v->pace);
    } else if (!v->calm) {
        v->calm = true;
        v->blocked = 0;
        par_store_relaxed(&scheduler->extra, 0);
        par_bell_wait(bell, key, par_now() + CALM);
    } else {
        sleep_until(v, key, due);
    }
}

static void *run(void *argument)
{
    par_scheduler *scheduler = argument;
    view v = {.scheduler = scheduler, .pace = SHORT};
    char name[16];
    snprintf(name, sizeof(name), "%.7s/monitor", scheduler->name);
    pthread_setname_np(pthread_self(), name);
    par_thread_be_punctual();
    while (par_load_seq_cst(&scheduler->stop) == 0)
        look_or_sleep(&v);
    par_worker_depart(scheduler);
    return NULL;
}

static void start(par_scheduler *scheduler)
{
    par_monitor *monitor = &scheduler->monitor;
    uint32_t started = 0;
    if (!par_cas_acq_rel(&monitor->started, &started, 1))
        return;
    par_add_relaxed(&scheduler->alive, 1);
    if (par_os_table.start_thread(&monitor->thread, scheduler->stack_size, run, scheduler) == 0)
        return;
    par_sub_relaxed(&scheduler->alive, 1);
    par_store_release(&monitor->started, 0); /* whoever needs it next tries again */
}

/* Rings it if it sleeps at least so soundly. */
static void call(par_scheduler *scheduler, par_monitor_sleep soundly)
{
    par_monitor *monitor = &scheduler->monitor;
    if (par_load_relaxed(&monitor->started) == 0)
        start(scheduler);
    else if (par_load_seq_cst(&monitor->asleep) >= soundly &&                            /* M1 */
             par_swap_seq_cst(&monitor->asleep, PAR_MONITOR_AWAKE) != PAR_MONITOR_AWAKE) /* M1 */
        par_bell_ring(&monitor->bell);
}

/* Where no thread can be had beside the workers there is nothing that it could do. */
void par_monitor_alert(par_scheduler *scheduler)
{
    if (scheduler->max_threads > par_load_relaxed(&scheduler->target))
        call(scheduler, PAR_MONITOR_WAITS);
}

void par_monitor_watch(par_scheduler *scheduler, par_watch *watch, par_batch *batch)
{
    par_watches_add(&scheduler->watches, watch, batch);
    par_fence_seq_cst(); /* M1 */
    call(scheduler, PAR_MONITOR_IS_ASLEEP);
}

void par_monitor_wake(par_scheduler *scheduler)
{
    par_bell_ring(&scheduler->monitor.bell);
}

void par_monitor_join(par_scheduler *scheduler)
{
    if (par_load_acquire(&scheduler->monitor.started) != 0)
        pthread_join(scheduler->monitor.thread, NULL);
}
