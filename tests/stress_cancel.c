/* stress_cancel.c - cancelling, freeing and detaching at random instants, from other threads as
 * well: each task runs or is reported cancelled, never both; each result is shown or dropped;
 * callbacks and on_release come once. */
#include "stress_support.h"

enum { MOST = 32, THREADS = 3 };

typedef struct tally {
    atomic_int runs[MOST];
    atomic_int dropped, released, called;
    par_async *async;
    unsigned delay;
} tally;

static atomic_long total_run, total_cancelled, total_dropped, total_called;

static tally *work(tally *t, unsigned index, unsigned steps, bool fails)
{
    ENSURE(atomic_fetch_add(&t->runs[index], 1) == 0);
    spin(steps);
    if (fails)
        par_fail(EIO, "task %u", index);
    return t;
}
PAR_DECORATE(tally *, work, (tally *, t), (unsigned, index), (unsigned, steps), (bool, fails))

static void drop(void *result)
{
    atomic_fetch_add(&(*(tally **)result)->dropped, 1);
}

static void release(void *context)
{
    atomic_fetch_add(&((tally *)context)->released, 1);
}

static void call_back(par_async *async, void *context)
{
    tally *t = context;
    ENSURE(par_async_status(async) != PAR_STARTED);
    atomic_fetch_add(&t->called, 1);
}

static void call_back_and_free(par_async *async, void *context)
{
    tally *t = context;
    par_async_free(async);
    atomic_fetch_add(&t->called, 1);
}

static void wait_until(atomic_int *counter, int value)
{
    double until = now_seconds() + LONG;
    while (atomic_load(counter) < value && now_seconds() < until)
        sched_yield();
    ENSURE(atomic_load(counter) == value);
}

/* Cancels beside the thread that owns the handle. */
static void *cancel_beside(void *argument)
{
    tally *t = argument;
    spin(t->delay);
    par_async_cancel(t->async);
    return NULL;
}

/* Of a call that is over: each slot says what its task did. */
static int look(tally *t, const par_results *results, unsigned n, int rc, bool silent, int *shown)
{
    int cancelled = 0, failed = 0;
    for (unsigned i = 0; i < n; i++) {
        const par_slot *slot = par_at(results, i);
        int runs = atomic_load(&t->runs[i]);
        ENSURE(slot->status == PAR_DONE || slot->status == PAR_FAILED);
        ENSURE(runs == (slot->code != PAR_ECANCELED));
        ENSURE((slot->status == PAR_DONE) == (slot->code == 0));
        cancelled += slot->code == PAR_ECANCELED;
        failed += slot->code == EIO;
        *shown += slot->code == 0;
    }
    ENSURE(rc == 0 || rc == PAR_ETASK || rc == PAR_ECANCELED);
    ENSURE(!silent || rc == 0);
    ENSURE(rc != PAR_ETASK || failed > 0);
    ENSURE(silent || rc != 0 || cancelled + failed == 0);
    return cancelled;
}

static void one_call(par_pool *pool, uint64_t *random)
{
    tally *t = calloc(1, sizeof(*t));
    ENSURE(t != NULL);
    unsigned n = 1 + below(random, MOST), way = below(random, 6);
    bool silent = below(random, 2), failing = below(random, 4) == 0;
    par_task tasks[MOST];
    for (unsigned i = 0; i < n; i++)
        tasks[i] = work_future(t, i, below(random, 3000), failing && below(random, 8) == 0);
    par_async *async;
    const par_results *results;
    ENSURE(async_par(&async, par_array(tasks, n), .pool = pool, .silent = silent, .drop = drop,
                     .on_release = release, .context = t, .max_workers = below(random, 4)) == 0);
    int callbacks = 0, shown = 0, cancelled = -1;
    unsigned delay = below(random, 2) ? below(random, 20000) : 0;
    if (way <= 3 && below(random, 2)) {
        ENSURE(par_async_then(async, call_back, t) == 0);
        callbacks++;
    }
    pthread_t canceller;
    bool beside = way == 1;
    if (beside) {
        t->async = async;
        t->delay = delay;
        ENSURE(pthread_create(&canceller, NULL, cancel_beside, t) == 0);
    } else {
        spin(delay);
    }
    if (way == 0)
        par_async_cancel(async);
    if (way <= 1) {
        int rc = par_async_results(async, &results);
        ENSURE(rc == par_async_results(async, &results));
        cancelled = look(t, results, n, rc, silent, &shown);
        ENSURE(par_async_status(async) == (rc == 0 ? PAR_DONE : PAR_FAILED));
        if (beside)
            ENSURE(pthread_join(canceller, NULL) == 0);
        ENSURE(par_async_results(async, &results) == rc);
        ENSURE(par_async_status(async) == (rc == 0 ? PAR_DONE : PAR_FAILED));
    }
    if (way == 4) {
        ENSURE(par_async_then(async, call_back_and_free, t) == 0);
        callbacks++;
    } else {
        if (callbacks != 0 && way > 1)
            par_async_cancel(async);
        if (callbacks != 0)
            wait_until(&t->called, callbacks);
        if (way == 2 || way == 5)
            par_async_detach(async);
        else
            par_async_free(async);
    }
    wait_until(&t->released, 1);
    wait_until(&t->called, callbacks);
    int ran = 0;
    for (unsigned i = 0; i < n; i++)
        ran += atomic_load(&t->runs[i]);
    ENSURE(cancelled < 0 || ran + cancelled == (int)n);
    ENSURE(atomic_load(&t->dropped) + shown <= ran);
    ENSURE(failing || atomic_load(&t->dropped) + shown == ran);
    atomic_fetch_add(&total_run, ran);
    atomic_fetch_add(&total_cancelled, (long)n - ran);
    atomic_fetch_add(&total_dropped, atomic_load(&t->dropped));
    atomic_fetch_add(&total_called, callbacks);
    free(t);
    advance();
}

typedef struct share {
    par_pool *pool;
    uint64_t random;
    long calls;
} share;

static void *run_share(void *argument)
{
    share *s = argument;
    for (long i = 0; i < s->calls; i++)
        one_call(s->pool, &s->random);
    return NULL;
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    const unsigned sizes[] = {1, 2, 8};
    long calls = scaled(12000);
    pthread_t watchdog = watchdog_start();
    for (int s = 0; s < 3; s++) {
        pthread_t threads[THREADS];
        share shares[THREADS];
        par_pool *pool;
        ENSURE(par_pool_open(&pool, .workers = sizes[s]) == 0);
        for (int i = 0; i < THREADS; i++) {
            shares[i] = (share){pool, next_random(&random), calls / THREADS};
            ENSURE(pthread_create(&threads[i], NULL, run_share, &shares[i]) == 0);
        }
        for (int i = 0; i < THREADS; i++)
            ENSURE(pthread_join(threads[i], NULL) == 0);
        ENSURE(par_pool_close(pool, LONG) == 0);
    }
    watchdog_end(watchdog);
    printf("%ld calls; tasks: %ld ran, %ld cancelled; %ld results dropped; %ld callbacks\n",
           3 * calls, atomic_load(&total_run), atomic_load(&total_cancelled),
           atomic_load(&total_dropped), atomic_load(&total_called));
    return 0;
}
