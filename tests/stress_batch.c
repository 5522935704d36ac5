/* stress_batch.c - claims, cancellation, seats, the ticket and the counts of one batch among
 * several threads, without a pool: every item once, finished once, destroyed once (B1, B2), never
 * two tickets, never more in a batch than its seats, and no ticket lost (B3).
 *
 * The ticket stands in one place, from which threads take it. Threads that work on a batch leave it
 * in the middle and come again by its ticket alone: while items are left and a seat is free, a
 * ticket is there or will be, or the batch is never done and the watchdog barks. In some rounds one
 * item waits until all others have run, so that those in its thread's lane must find their way to
 * another thread (B4, B5). In the end every thread has left and looked; what then stands there is
 * seen by the main thread, which is the last. */
#include <sched.h>

#include "items.h"
#include "stress.h"

enum { THREADS = 3, MOST_ITEMS = 60 };

static items *call;
static par_batch *_Atomic place; /* where the ticket stands */
static _Atomic uint32_t in_place, seated;
static _Atomic bool ended;
static unsigned
    how; /* bits: 1 some sit down without the ticket, 2 somebody cancels, 4 the caller helps */
static unsigned active; /* threads that take part in this round */
static size_t pace;     /* of the items */
static _Atomic unsigned ready;
static pthread_barrier_t start, end;
static uint64_t effects[MOST_ITEMS]; /* plain: B1 */

static size_t slow; /* the item that waits for the others to run; n for none */
static _Atomic size_t ran;

static void body(items *self, size_t index)
{
    if (index == slow) {
        while (par_load_relaxed(&ran) != self->batch.n - 1)
            sched_yield();
    }
    stress_busy(index * pace % 64);
    par_add_relaxed(&ran, 1);
    effects[index] = index + (uint64_t)(uintptr_t)self->context;
}

static void publish(void)
{
    stress_check(par_add_relaxed(&in_place, 1) == 0, "two tickets\n");
    par_batch *before = par_swap_acq_rel(&place, &call->batch);
    stress_check(before == NULL, "two tickets in one place\n");
}

static par_batch *pick_up(void)
{
    if (par_load_relaxed(&place) == NULL)
        return NULL;
    par_batch *batch = par_swap_acq_rel(&place, NULL);
    if (batch != NULL)
        par_sub_relaxed(&in_place, 1);
    return batch;
}

/* All that take part begin at once, and not as the kernel wakes them. */
static void get_ready(void)
{
    par_add_relaxed(&ready, 1);
    for (unsigned look = 1; par_load_acquire(&ready) <= active; look++) {
        if (look % 64 == 0)
            sched_yield();
    }
}

/* With a seat and a reference: some items, then gives up both. */
static void work(par_batch *batch, uint64_t *random)
{
    uint32_t now = par_add_relaxed(&seated, 1) + 1;
    stress_check(now <= batch->limit, "%u at work with %u seats\n", now, batch->limit);
    size_t did = 0, some = 1 + stress_random(random) % 4, index;
    bool tell = false;
    par_lane *lane = par_batch_take_lane(batch);
    while (did < some && (index = par_batch_claim(batch, lane, &tell)) != batch->n) {
        int64_t clock;
        if (tell) {
            par_batch_ref(batch);
            publish();
            tell = false;
        }
        batch->class->run(batch, index, &clock);
        did++;
        if (stress_random(random) % 8 == 0) {
            par_batch_complete(batch, did);
            some -= did;
            did = 0;
        }
    }
    par_batch_give_lane(batch, lane);
    par_batch_complete(batch, did);
    par_sub_relaxed(&seated, 1);
    if (par_batch_leave(batch))
        publish();
    else
        par_batch_unref(batch);
}

static void join(par_batch *batch, uint64_t *random)
{
    switch (par_batch_join(batch)) {
    case PAR_JOIN_MORE:
        par_batch_ref(batch);
        publish();
        work(batch, random);
        break;
    case PAR_JOIN_LAST:
        work(batch, random);
        break;
    case PAR_JOIN_NONE:
        par_batch_unref(batch);
        break;
    }
}

/* What a thread does as long as the batch is not done. Has a reference. */
static void take_part(par_batch *batch, uint64_t *random, bool may_sit)
{
    while (!par_latch_is_open(&batch->done)) {
        par_batch *ticket = pick_up();
        if (ticket != NULL) {
            join(ticket, random);
        } else if (may_sit && stress_random(random) % 16 == 0 && par_batch_sit(batch)) {
            par_batch_ref(batch);
            work(batch, random);
        } else if (stress_random(random) % 4 == 0) {
            sched_yield();
        }
    }
}

static void *live(void *argument)
{
    unsigned number = (unsigned)(uintptr_t)argument;
    uint64_t random = number + 1;
    for (;;) {
        pthread_barrier_wait(&start);
        if (par_load_relaxed(&ended))
            return NULL;
        if (number >= active) {
            pthread_barrier_wait(&end);
            continue;
        }
        par_batch *batch = &call->batch; /* with a reference that was counted for this thread */
        get_ready();
        if ((how & 2) != 0 && number == 0) {
            stress_busy(stress_random(&random) % 400);
            items_cancel(call);
        }
        take_part(batch, &random, (how & 1) != 0);
        for (size_t i = 0; i < batch->n; i++) /* whoever finds it done sees all that was done. B1 */
            stress_check(call->marks[i] == ITEMS_CANCELLED ||
                             effects[i] == i + (uint64_t)(uintptr_t)call->context,
                         "item %zu has left nothing\n", i);
        par_batch_unref(batch);
        pthread_barrier_wait(&end);
    }
}

static void round_of(uint64_t number, uint64_t *random)
{
    how = (unsigned)(number % 8);
    size_t n = 1 + stress_random(random) % (stress_random(random) % 2 ? MOST_ITEMS : 8);
    uint32_t limit = 1 + (uint32_t)(stress_random(random) % (THREADS + 1));
    call = items_new(n, limit, NULL, body, (void *)(uintptr_t)(number * 1000));
    if (stress_random(random) % 4 != 0)
        items_use_lanes(call, 1 + (uint32_t)(stress_random(random) % ITEMS_LANES),
                        1 + (uint32_t)(stress_random(random) % 8));
    slow = (how & 3) == 0 && limit >= 2 ? stress_random(random) % n : n;
    par_store_relaxed(&ran, 0);
    active = 1 + (unsigned)(stress_random(random) % (number % 4 == 0 ? THREADS : 1));
    pace = stress_random(random) % 64;
    par_store_relaxed(&ready, 0);
    for (unsigned t = 0; t < active; t++)
        par_batch_ref(&call->batch);
    bool helps = (how & 4) != 0;
    par_store_relaxed(&seated, 0);
    par_store_relaxed(&in_place, 0);
    par_store_relaxed(&place, NULL);
    if (par_batch_open(&call->batch, helps)) {
        par_batch_ref(&call->batch);
        publish();
    }
    if (helps)
        par_batch_ref(&call->batch);
    pthread_barrier_wait(&start);
    get_ready();
    if (helps)
        work(&call->batch, random);
    take_part(&call->batch, random, false);
    pthread_barrier_wait(&end);
    /* All have left: what ticket there is tells of nothing. */
    stress_check(par_load_relaxed(&call->batch.crew) / 2 == 0, "seats are taken\n");
    stress_check(!par_batch_has_items(&call->batch), "items are left\n");
    par_batch *ticket = pick_up();
    stress_check((ticket != NULL) == par_batch_has_ticket(&call->batch), "the ticket is lost\n");
    uint32_t references = par_load_relaxed(&call->batch.references);
    stress_check(references == 1U + (ticket != NULL), "%u references\n", references);
    if (ticket != NULL)
        par_batch_unref(ticket);
    items_drop(call);
    stress_check(par_load_relaxed(&items_alive) == 0, "not destroyed\n");
    if (number % 64 == 0)
        stress_progress();
}

static void dump(void)
{
    fprintf(stderr,
            "  how %u, n %zu, limit %u, slow %zu, ran %zu, cursor %llu, crew %#x, references %u, "
            "unfinished %llu, "
            "place %p\n",
            how, call->batch.n, call->batch.limit, slow, par_load_relaxed(&ran),
            (unsigned long long)par_load_relaxed(&call->batch.cursor),
            par_load_relaxed(&call->batch.crew), par_load_relaxed(&call->batch.references),
            (unsigned long long)par_load_relaxed(&call->batch.unfinished),
            (void *)par_load_relaxed(&place));
}

int main(void)
{
    pthread_t threads[THREADS];
    uint64_t random = 9, rounds = stress_times(60000);
    stress_begin("stress_batch", dump);
    pthread_barrier_init(&start, NULL, THREADS + 1);
    pthread_barrier_init(&end, NULL, THREADS + 1);
    for (uintptr_t t = 0; t < THREADS; t++)
        stress_start(&threads[t], live, (void *)t);
    for (uint64_t i = 0; i < rounds; i++)
        round_of(i, &random);
    par_store_relaxed(&ended, true);
    pthread_barrier_wait(&start);
    for (unsigned t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    printf("stress_batch: %llu batches of up to %d items, %d threads\n", (unsigned long long)rounds,
           MOST_ITEMS, THREADS + 1);
    return 0;
}
