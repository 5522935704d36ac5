/* solo.c - slots for tickets, an alarm, and the lookout.
 *
 * State   slot.word  0, TAKEN, or the batch whose ticket stands there.
 *         alarm      is the lookout awake, or its timer set? Set by callers, cleared by the lookout.
 *         lookout    NONE, STARTING, READY. When it is READY the thread and its timer are there
 *                    until the pool stops.
 * Edges   S1 call    put: CAS word 0 -> batch, release -> look: CAS acquire batch -> TAKEN   the batch
 *         S2 ticket  take: CAS batch -> 0 | look: CAS batch -> TAKEN   one of the two has the ticket
 *         S3 alarm   put: CAS word, then load alarm | rest: store 0 to alarm, then look at the words; all
 *                    seq_cst: either who puts finds it off and sets it, or is found
 *                    found. A root that has its crew for itself writes alone_since instead of a word
 *         S4 ready   store release READY -> load acquire   the timer
 * Progress  a thread that stands still between setting `alarm` and the timer holds the alarm: then
 *         calls that are run alone are not noticed, and their tasks do not begin while their callers
 *         are held in another one.
 * Tests   test_solo.c; S1 to S4 in stress_solo.c.
 */
#include "solo.h"

#include <stdio.h>

#include "elastic.h"

/* So long after a call has begun the alarm goes off. Then the lookout looks on as long as it sees calls:
 * so often, and when they are rare so often, since it costs more processor time than they do. */
#define SOON  INT64_C(500000)
#define LATER INT64_C(2000000)

/* They are rare when the last one began so long ago, and has ended. */
#define RARE INT64_C(100000)

/* A ticket is published when it has been there this long. */
#define OLD INT64_C(200000)

/* When the lookout could not be started it is tried again after this time. */
#define RETRY INT64_C(1000000000)

/* A thread that finds its slot in use looks at so many. */
enum { PROBES = 4 };

enum { TAKEN = 1 };

/* Sets the alarm if it is off. */
static void set_alarm(par_solo *solo)
{
    uint32_t off = 0;
    if (par_load_seq_cst(&solo->alarm) == 0 && par_cas_seq_cst(&solo->alarm, &off, 1)) /* S3 */
        par_os_table.alarm_set(solo->timer, par_now() + SOON, LATER);
}

static bool any_in_a_slot(const par_solo *solo)
{
    for (unsigned i = 0; i < PAR_SOLO_SLOTS; i++) {
        if (par_load_seq_cst(&solo->slots[i].word) > TAKEN) /* S3 */
            return true;
    }
    return false;
}

void par_solo_tell(par_scheduler *scheduler, par_worker *self, par_batch *batch)
{
    par_store_relaxed(&batch->alone_for, 0); /* published with the ticket */
    par_elastic_publish_or_drop(scheduler, self, batch);
}

static void look_at(par_scheduler *scheduler, par_solo_slot *slot, int64_t now)
{
    uintptr_t word = par_load_relaxed(&slot->word);
    if (word > TAKEN && now - par_load_relaxed(&slot->began) >= OLD &&
        par_cas_acq_rel(&slot->word, &word, TAKEN)) /* S1, S2 */
        par_solo_tell(scheduler, NULL, (par_batch *)word);
}

/* Looks at all slots, and at roots: when the last call began. */
static int64_t look(par_scheduler *scheduler, int64_t now)
{
    int64_t last = par_forks_hurry(&scheduler->forks, now, OLD);
    for (unsigned i = 0; i < PAR_SOLO_SLOTS; i++) {
        par_solo_slot *slot = &scheduler->solo.slots[i];
        int64_t began = par_load_relaxed(&slot->began);
        last = began > last ? began : last;
        look_at(scheduler, slot, now);
    }
    return last;
}

/* The alarm has gone off: looks on until no call has been run alone since the look before. To set the
 * timer costs more than a look, so it goes off by itself until then. */
static void stay_awake(par_scheduler *scheduler)
{
    par_solo *solo = &scheduler->solo;
    int64_t now = par_now(), before = now - LATER, every = LATER, last;
    while ((last = look(scheduler, now)) > before && par_load_seq_cst(&scheduler->stop) == 0) {
        bool young = any_in_a_slot(solo); /* or it would have been taken */
        int64_t wanted = young || now - last < RARE ? SOON : LATER;
        if (wanted != every)
            par_os_table.alarm_set(solo->timer, now + wanted, wanted);
        every = wanted;
        par_os_table.alarm_wait(solo->timer);
        before = now;
        now = par_now();
    }
    par_os_table.alarm_set(solo->timer, PAR_NEVER, 0);
    par_store_seq_cst(&solo->alarm, 0);                                /* S3 */
    if (any_in_a_slot(solo) || par_forks_any_alone(&scheduler->forks)) /* S3 */
        set_alarm(solo);
}

/* A caller that stood still before it set the timer may come late: then it is set, and `alarm` is
 * not. */
static void *run(void *argument)
{
    par_scheduler *scheduler = argument;
    char name[16];
    snprintf(name, sizeof(name), "%.7s/lookout", scheduler->name);
    pthread_setname_np(pthread_self(), name);
    par_thread_be_punctual();
    while (par_load_seq_cst(&scheduler->stop) == 0) {
        par_os_table.alarm_wait(scheduler->solo.timer);
        par_store_seq_cst(&scheduler->solo.alarm, 1); /* S3 */
        stay_awake(scheduler);
    }
    par_worker_depart(scheduler);
    return NULL;
}

/* The timer first: whoever finds the lookout READY may set it. */
static bool start_lookout(par_scheduler *scheduler)
{
    par_solo *solo = &scheduler->solo;
    solo->timer = par_os_table.alarm_open();
    if (solo->timer < 0)
        return false;
    par_add_relaxed(&scheduler->alive, 1);
    if (par_os_table.start_thread(&solo->thread, scheduler->stack_size, run, scheduler) == 0)
        return true;
    par_sub_relaxed(&scheduler->alive, 1);
    par_os_table.alarm_close(solo->timer);
    return false;
}

/* Is there somebody to look after tickets in slots? If not, lets one come, for those that follow. */
static bool has_lookout(par_scheduler *scheduler, int64_t now)
{
    par_solo *solo = &scheduler->solo;
    uint32_t lookout = par_load_acquire(&solo->lookout); /* S4 */
    if (lookout == PAR_LOOKOUT_READY)
        return true;
    if (lookout == PAR_LOOKOUT_NONE && now >= par_load_relaxed(&solo->retry_at) &&
        par_cas_acq_rel(&solo->lookout, &lookout, PAR_LOOKOUT_STARTING)) {
        bool started = start_lookout(scheduler);
        par_store_relaxed(&solo->retry_at, now + RETRY);
        par_store_release(&solo->lookout, started ? PAR_LOOKOUT_READY : PAR_LOOKOUT_NONE); /* S4 */
    }
    return false;
}

/* Where the calling thread looks first: a number of its own. */
static unsigned first_slot(void)
{
    static _Atomic uint32_t threads;
    static _Thread_local uint32_t number;
    if (number == 0)
        number = par_add_relaxed(&threads, 1) + 1;
    return number;
}

bool par_solo_suits(const par_scheduler *scheduler, const par_batch *batch)
{
    bool wide =
        batch->limit != PAR_BATCH_UNLIMITED && batch->limit > par_load_relaxed(&scheduler->target);
    return !wide && scheduler->on_stuck == NULL;
}

par_solo_slot *par_solo_put(par_scheduler *scheduler, par_batch *batch, int64_t now)
{
    par_solo *solo = &scheduler->solo;
    if (!has_lookout(scheduler, now))
        return NULL;
    unsigned first = first_slot();
    for (unsigned i = 0; i < PROBES; i++) {
        par_solo_slot *slot = &solo->slots[(first + i) % PAR_SOLO_SLOTS];
        uintptr_t none = 0;
        if (par_load_relaxed(&slot->word) != 0)
            continue;
        par_store_relaxed(&slot->began, now);
        if (!par_cas_seq_cst(&slot->word, &none, (uintptr_t)batch)) /* S1, S3 */
            continue;
        set_alarm(solo);
        return slot;
    }
    return NULL;
}

bool par_solo_watch(par_scheduler *scheduler, int64_t now)
{
    if (!has_lookout(scheduler, now))
        return false;
    set_alarm(&scheduler->solo); /* S3 */
    return true;
}

bool par_solo_take(par_solo_slot *slot, par_batch *batch)
{
    uintptr_t word = (uintptr_t)batch;
    if (par_cas_acq_rel(&slot->word, &word, 0)) /* S2 */
        return true;
    par_store_release(&slot->word, 0);
    return false;
}

void par_solo_wake(par_scheduler *scheduler)
{
    if (par_load_acquire(&scheduler->solo.lookout) == PAR_LOOKOUT_READY) /* S4 */
        par_os_table.alarm_set(scheduler->solo.timer, 1, LATER);
}

void par_solo_join(par_scheduler *scheduler)
{
    if (par_load_acquire(&scheduler->solo.lookout) != PAR_LOOKOUT_READY) /* S4 */
        return;
    pthread_join(scheduler->solo.thread, NULL);
    par_os_table.alarm_close(scheduler->solo.timer);
}
