/* solo.c - slots for tickets, an alarm, and the lookout.
 *
 * State   slot.word  0, TAKEN, or the batch whose ticket stands there.
 *         alarm      a number << 2 | OFF, SET, UNSETTING or AWAKE. The number grows with each setting, and
 *                    tells one from the next.
 *         lookout    NONE, STARTING, READY. When it is READY the thread and its timer are there
 *                    until the pool stops.
 * Edges   S1 call    put: CAS release word 0 -> batch -> look: CAS acquire batch -> TAKEN   the batch
 *         S2 ticket  take: CAS batch -> 0 | look: CAS batch -> TAKEN   one of the two has the ticket
 *         S3 alarm   put: CAS word, then load alarm | unset, rest: store OFF, then look at the words; all
 *                    seq_cst: either who puts finds it OFF and sets it, or is found
 *         S4 timer   CAS acq_rel OFF -> SET, SET -> UNSETTING or AWAKE; store release OFF: who touches the
 *                    timer does so after those before have done
 *         S5 ready   store release READY -> load acquire   the timer
 * Progress  a thread that stands still between a CAS of S4 and its system call holds the alarm: then
 *         calls that are run alone are not noticed, and their tasks do not begin while their callers
 *         are held in another one.
 * Tests   test_solo.c; S1 to S5 in stress_solo.c.
 */
#include "solo.h"

#include <stdio.h>

#include "elastic.h"
#include "steal.h"

/* So long after a call has begun the alarm goes off; and so often the lookout looks, when it is awake. */
#define PERIOD INT64_C(1000000)

/* A ticket that it finds is published when it has been there this long. */
#define OLD INT64_C(200000)

/* A call that follows the one before so soon leaves the alarm set. */
#define HOT INT64_C(100000)

/* After so many looks at which no call had been run alone it sleeps. */
enum { CALM_LOOKS = 3 };

/* When it could not be started it is tried again after this time. */
#define RETRY INT64_C(1000000000)

/* A thread that finds its slot in use looks at so many. */
enum { PROBES = 4 };

enum { OFF, SET, UNSETTING, AWAKE, STATES };
enum { TAKEN = 1 };

static uint32_t state_of(uint32_t alarm)
{
    return alarm % STATES;
}

static uint32_t with_state(uint32_t alarm, uint32_t state)
{
    return alarm - state_of(alarm) + state;
}

/* Sets the alarm if it is off: by which word it has been set, or 0. */
static uint32_t set_alarm(par_solo *solo)
{
    uint32_t alarm = par_load_seq_cst(&solo->alarm); /* S3 */
    uint32_t mine = with_state(alarm, SET) + STATES;
    if (state_of(alarm) != OFF || !par_cas_seq_cst(&solo->alarm, &alarm, mine)) /* S3, S4 */
        return 0;
    par_os_table.alarm_set(solo->timer, par_now() + PERIOD);
    return mine;
}

static bool any_ticket(const par_solo *solo)
{
    for (unsigned i = 0; i < PAR_SOLO_SLOTS; i++) {
        if (par_load_seq_cst(&solo->slots[i].word) > TAKEN) /* S3 */
            return true;
    }
    return false;
}

/* The alarm, which is the caller's alone, is off; set again for those that have relied on it. */
static void switch_off(par_solo *solo, uint32_t alarm)
{
    par_store_seq_cst(&solo->alarm, with_state(alarm, OFF)); /* S3, S4 */
    if (any_ticket(solo))
        set_alarm(solo);
}

static void unset_alarm(par_solo *solo, uint32_t mine)
{
    uint32_t alarm = mine;
    if (!par_cas_acq_rel(&solo->alarm, &alarm, with_state(mine, UNSETTING))) /* S4 */
        return;
    par_os_table.alarm_set(solo->timer, PAR_NEVER);
    switch_off(solo, mine);
}

/* A ticket out of a slot, to whoever wants it, if there is anything to want. */
static void publish(par_scheduler *scheduler, par_batch *batch)
{
    if (!par_batch_has_items(batch) && par_batch_drop_ticket(batch)) {
        par_batch_unref(batch);
    } else {
        par_steal_put(scheduler, NULL, batch);
        par_elastic_notify(scheduler);
    }
}

static void look_at(par_scheduler *scheduler, par_solo_slot *slot, int64_t now)
{
    uintptr_t word = par_load_relaxed(&slot->word);
    if (word > TAKEN && now - par_load_relaxed(&slot->began) >= OLD &&
        par_cas_acq_rel(&slot->word, &word, TAKEN)) /* S1, S2 */
        publish(scheduler, (par_batch *)word);
}

/* Looks at all slots: have calls been run alone since the look before? */
static bool look(par_scheduler *scheduler, int64_t before)
{
    par_solo *solo = &scheduler->solo;
    int64_t now = par_now();
    bool calls = false;
    for (unsigned i = 0; i < PAR_SOLO_SLOTS; i++) {
        calls = calls || par_load_relaxed(&solo->slots[i].began) > before;
        look_at(scheduler, &solo->slots[i], now);
    }
    return calls || any_ticket(solo);
}

/* The alarm has gone off, or it seems so. */
static void wake(par_scheduler *scheduler)
{
    par_solo *solo = &scheduler->solo;
    uint32_t alarm = par_load_relaxed(&solo->alarm);
    if (state_of(alarm) != SET || !par_cas_acq_rel(&solo->alarm, &alarm, with_state(alarm, AWAKE)))
        return; /* S4 */
    int64_t before = par_now() - PERIOD;
    for (unsigned calm = 0; calm < CALM_LOOKS && par_load_seq_cst(&scheduler->stop) == 0; calm++) {
        int64_t now = par_now();
        if (look(scheduler, before))
            calm = 0;
        before = now;
        par_os_table.alarm_set(solo->timer, now + PERIOD);
        par_os_table.alarm_wait(solo->timer);
    }
    switch_off(solo, alarm);
}

static void *run(void *argument)
{
    par_scheduler *scheduler = argument;
    char name[16];
    snprintf(name, sizeof(name), "%.7s/lookout", scheduler->name);
    pthread_setname_np(pthread_self(), name);
    par_thread_be_punctual();
    while (par_load_seq_cst(&scheduler->stop) == 0) {
        par_os_table.alarm_wait(scheduler->solo.timer);
        wake(scheduler);
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
    uint32_t lookout = par_load_acquire(&solo->lookout); /* S5 */
    if (lookout == PAR_LOOKOUT_READY)
        return true;
    if (lookout == PAR_LOOKOUT_NONE && now >= par_load_relaxed(&solo->retry_at) &&
        par_cas_acq_rel(&solo->lookout, &lookout, PAR_LOOKOUT_STARTING)) {
        bool started = start_lookout(scheduler);
        par_store_relaxed(&solo->retry_at, now + RETRY);
        par_store_release(&solo->lookout, started ? PAR_LOOKOUT_READY : PAR_LOOKOUT_NONE); /* S5 */
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

bool par_solo_put(par_scheduler *scheduler, par_batch *batch, int64_t now, par_solo_call *call)
{
    par_solo *solo = &scheduler->solo;
    if (!has_lookout(scheduler, now))
        return false;
    unsigned first = first_slot();
    for (unsigned i = 0; i < PROBES; i++) {
        par_solo_slot *slot = &solo->slots[(first + i) % PAR_SOLO_SLOTS];
        uintptr_t none = 0;
        if (par_load_relaxed(&slot->word) != 0)
            continue;
        bool hot = now - par_load_relaxed(&slot->began) < HOT;
        par_store_relaxed(&slot->began, now);
        if (!par_cas_seq_cst(&slot->word, &none, (uintptr_t)batch)) /* S1, S3 */
            continue;
        uint32_t alarm = set_alarm(solo);
        *call = (par_solo_call){slot, hot ? 0 : alarm};
        return true;
    }
    return false;
}

bool par_solo_take(par_scheduler *scheduler, par_batch *batch, const par_solo_call *call)
{
    uintptr_t word = (uintptr_t)batch;
    bool mine = par_cas_acq_rel(&call->slot->word, &word, 0); /* S2 */
    if (!mine)
        par_store_release(&call->slot->word, 0);
    if (call->alarm != 0)
        unset_alarm(&scheduler->solo, call->alarm);
    return mine;
}

void par_solo_wake(par_scheduler *scheduler)
{
    if (par_load_acquire(&scheduler->solo.lookout) == PAR_LOOKOUT_READY) /* S5 */
        par_os_table.alarm_set(scheduler->solo.timer, 1);
}

void par_solo_join(par_scheduler *scheduler)
{
    if (par_load_acquire(&scheduler->solo.lookout) != PAR_LOOKOUT_READY) /* S5 */
        return;
    pthread_join(scheduler->solo.thread, NULL);
    par_os_table.alarm_close(scheduler->solo.timer);
}
