/* stress_calls.c - calls of all kinds at random, from several threads, nested in each other: each
 * task runs exactly as often as its call's slots say, every result is shown or dropped once,
 * on_release comes once. */
#include "stress_support.h"

enum { THREADS = 4, WIDEST = 40, DEEPEST = 3 };

static par_pool *pools[3]; /* of 1, 2 and 8 workers */

/* A call's own account, held by the thread that made the call and by the call, until on_release.
 * Whoever lets go last checks it: each result was shown or dropped. */
typedef struct account {
    atomic_int runs, good, dropped, shown, released, called, holders;
} account;

static atomic_long calls_made, tasks_run, results_dropped, callbacks_made;

typedef struct outcome {
    account *account;
    double numbers[3];
} outcome;

static outcome work(account *a, uint64_t seed, unsigned depth, const char *text);
PAR_DECORATE(outcome, work, (account *, a), (uint64_t, seed), (unsigned, depth, 0),
             (const char *, text, "by default"))

static void random_call(uint64_t *random, unsigned depth);

static outcome work(account *a, uint64_t seed, unsigned depth, const char *text)
{
    ENSURE(strcmp(text, "by default") == 0 || strcmp(text, "an extra") == 0);
    atomic_fetch_add(&a->runs, 1);
    atomic_fetch_add(&tasks_run, 1);
    spin((unsigned)(seed % 200));
    if (depth > 0 && seed % 4 == 0)
        random_call(&seed, depth - 1);
    if (seed % 64 == 1) {
        par_blocking_begin();
        nap(1e-5);
        par_blocking_end();
    }
    if (seed % 100 == 3)
        par_fail(ECHILD, "seed %llu", (unsigned long long)seed);
    else
        atomic_fetch_add(&a->good, 1);
    return (outcome){a, {1, 2, 3}};
}

static void drop(void *address)
{
    outcome *o = address;
    ENSURE(o->numbers[2] - 3 == 0);
    atomic_fetch_add(&o->account->dropped, 1);
    atomic_fetch_add(&results_dropped, 1);
}

static atomic_int accounts; /* calls that have not come to their end */

static void let_go(account *a)
{
    if (atomic_fetch_sub(&a->holders, 1) != 1)
        return;
    atomic_fetch_sub(&accounts, 1);
    ENSURE(atomic_load(&a->released) == 1);
    ENSURE(atomic_load(&a->dropped) + atomic_load(&a->shown) == atomic_load(&a->good));
    free(a);
}

static void release(void *context)
{
    account *a = context;
    ENSURE(atomic_fetch_add(&a->released, 1) == 0);
    let_go(a);
}

static void call_back(par_async *async, void *argument)
{
    ENSURE(par_async_status(async) != PAR_STARTED);
    atomic_fetch_add(&callbacks_made, 1);
    atomic_fetch_add(&((account *)argument)->called, 1);
}

typedef struct seen {
    int done, failed_by_task, late, cancelled;
} seen;

static seen look(const par_results *results, size_t n, bool named)
{
    seen s = {0, 0, 0, 0};
    ENSURE(par_count(results) == n);
    for (size_t i = 0; i < n; i++) {
        const par_slot *slot = par_at(results, i);
        ENSURE(slot->index == i && (slot->name != NULL) == named);
        ENSURE(!named || par_find(results, slot->name) == slot);
        s.done += slot->status == PAR_DONE;
        s.failed_by_task += slot->code == ECHILD;
        s.late += slot->code == PAR_ETIMEDOUT;
        s.cancelled += slot->code == PAR_ECANCELED;
        if (slot->status == PAR_DONE)
            ENSURE(par_get(results, i, outcome).numbers[0] - 1 == 0);
    }
    return s;
}

/* What the code says and what the slots say. `may_stop`: the call is in a task whose call may end
 * before it. */
static void check(account *a, size_t n, int rc, seen s, bool silent, bool timed, bool may_stop,
                  bool cancelled)
{
    int runs = atomic_load(&a->runs);
    ENSURE(s.done + s.failed_by_task + s.late + s.cancelled == (int)n);
    ENSURE(s.done + s.failed_by_task <= runs && runs + s.cancelled <= (int)n);
    ENSURE(timed || may_stop || s.late == 0);
    ENSURE(!silent || rc == 0);
    ENSURE(silent || rc != 0 || s.done == (int)n);
    ENSURE(rc == 0 || rc == PAR_ETASK || (rc == PAR_ETIMEDOUT && (timed || may_stop)) ||
           (rc == PAR_ECANCELED && (cancelled || may_stop)));
    ENSURE(rc != PAR_ETASK || s.failed_by_task > 0);
}

static int wait_for(account *a, par_async *async, const par_results **results, size_t n, bool named,
                    uint64_t *random)
{
    if (below(random, 2)) {
        int rc = par_async_results(async, results, .timeout = 1e-6 * (1 + below(random, 100)));
        if (rc == PAR_ETIMEDOUT) /* of the wait or of the call */
            atomic_store(&a->shown, look(*results, n, named).done);
    }
    int rc = par_async_results(async, results);
    ENSURE(par_async_status(async) != PAR_STARTED);
    return rc;
}

/* The ways of a call that is not waited for at once. */
static void start(account *a, par_calls calls, const par_options *options, uint64_t *random,
                  unsigned depth)
{
    par_async *async;
    const par_results *results;
    unsigned way = below(random, 3);
    bool outside = depth == DEEPEST;
    /* A task that waited for a callback could wait for its own worker. */
    bool called = outside && below(random, 3) == 0, cancelled = below(random, 3) == 0;
    ENSURE(par_start(&async, calls, options) == 0);
    if (called)
        ENSURE(par_async_then(async, call_back, a) == 0);
    if (cancelled)
        par_async_cancel(async);
    if (way == 0) {
        int rc = wait_for(a, async, &results, calls.n, calls.named, random);
        seen s = look(results, calls.n, calls.named);
        check(a, calls.n, rc, s, options->silent, options->timeout > 0, !outside, cancelled);
        atomic_store(&a->shown, s.done);
    }
    while (called && atomic_load(&a->called) == 0)
        nap(1e-5);
    if (way == 1)
        par_async_free(async);
    else
        par_async_detach(async);
}

static void random_call(uint64_t *random, unsigned depth)
{
    account *a = calloc(1, sizeof(*a));
    atomic_fetch_add(&accounts, 1);
    ENSURE(a != NULL);
    atomic_store(&a->holders, 2);
    size_t n = below(random, depth == DEEPEST ? WIDEST : 5);
    bool named = below(random, 3) == 0, timed = below(random, 4) == 0;
    par_named_task tasks[WIDEST];
    par_task plain[WIDEST];
    char names[WIDEST][12];
    for (size_t i = 0; i < n; i++) {
        uint64_t seed = next_random(random);
        snprintf(names[i], sizeof(names[i]), "t%u", (unsigned)i);
        plain[i] = seed % 3 ? par_future(work, a, seed, par_kw(depth, depth))
                            : work_future(a, seed, depth, "by default");
        tasks[i] = (par_named_task){names[i], plain[i]};
    }
    par_value extra = par_kw(text, "an extra");
    par_options options = {.size = sizeof(options),
                           .silent = below(random, 2),
                           .drop = drop,
                           .on_release = release,
                           .context = a,
                           .pool = pools[below(random, 3)],
                           .max_workers = below(random, 3) ? 0 : 1 + below(random, 12),
                           .timeout = timed ? 1e-6 * (1 + below(random, 2000)) : 0};
    if (below(random, 2) && n != 0)
        options.extras = (par_extra_values){&extra, 1};
    par_calls calls = named ? par_named_array(tasks, n) : par_array(plain, n);
    if (below(random, 2)) {
        par_results *results;
        int rc = par_run(&results, calls, &options);
        seen s = look(results, n, named);
        check(a, n, rc, s, options.silent, timed, depth < DEEPEST, false);
        atomic_store(&a->shown, s.done);
        par_results_free(results);
    } else {
        start(a, calls, &options, random, depth);
    }
    let_go(a);
    atomic_fetch_add(&calls_made, 1);
    advance();
}

typedef struct share {
    uint64_t random;
    long calls;
} share;

static void *run_share(void *argument)
{
    share *s = argument;
    for (long i = 0; i < s->calls; i++)
        random_call(&s->random, DEEPEST);
    return NULL;
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    const unsigned sizes[] = {1, 2, 8};
    pthread_t threads[THREADS];
    share shares[THREADS];
    pthread_t watchdog = watchdog_start();
    for (int i = 0; i < 3; i++)
        ENSURE(par_pool_open(&pools[i], .workers = sizes[i]) == 0);
    for (int i = 0; i < THREADS; i++) {
        shares[i] = (share){next_random(&random), scaled(5000)};
        ENSURE(pthread_create(&threads[i], NULL, run_share, &shares[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        ENSURE(pthread_join(threads[i], NULL) == 0);
    /* A call that was left to itself makes calls in other pools, which are not bound to wait for
     * it. */
    ENSURE(comes_to(&accounts, 0));
    for (int i = 0; i < 3; i++)
        ENSURE(par_pool_close(pools[i], LONG) == 0);
    watchdog_end(watchdog);
    printf("%ld calls, %ld tasks run, %ld results dropped, %ld callbacks\n",
           atomic_load(&calls_made), atomic_load(&tasks_run), atomic_load(&results_dropped),
           atomic_load(&callbacks_made));
    return 0;
}
