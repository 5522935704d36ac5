/* stress_late.c - tasks that end about when their call's deadline comes: each result is either
 * handed out or dropped, never both, never neither; on_release comes once; the caller's memory is
 * reused at once. */
#include "stress_support.h"

/* What a task of the call has done with its result. Outlives the call, unlike the tasks'
 * arguments. */
enum { MOST = 8 };

typedef struct tally {
    atomic_int made[MOST]; /* results that a task has returned */
    atomic_int dropped[MOST];
    atomic_int released;
} tally;

typedef struct result {
    tally *tally;
    unsigned index;
} result;

static result work(tally *t, unsigned index, double seconds, const char *text, bool watch)
{
    double until = now_seconds() + seconds;
    while (now_seconds() < until && !(watch && par_cancelled()))
        spin(50);
    ENSURE(strcmp(text, "text of the caller's") == 0);
    atomic_fetch_add(&t->made[index], 1);
    return (result){t, index};
}
PAR_DECORATE(result, work, (tally *, t), (unsigned, index), (double, seconds), (const char *, text),
             (bool, watch))

static void drop(void *address)
{
    result *r = address;
    atomic_fetch_add(&r->tally->dropped[r->index], 1);
}

static void release(void *context)
{
    atomic_fetch_add(&((tally *)context)->released, 1);
}

static long handed_out, dropped, never_ran, timed_out;

/* Every result once: `shown` says which were handed out. */
static void check(tally *t, unsigned n, const bool *shown)
{
    double until = now_seconds() + LONG;
    while (atomic_load(&t->released) == 0 && now_seconds() < until)
        sched_yield();
    ENSURE(atomic_load(&t->released) == 1);
    for (unsigned i = 0; i < n; i++) {
        int made = atomic_load(&t->made[i]), gone = atomic_load(&t->dropped[i]);
        ENSURE(made <= 1);
        ENSURE(gone + (shown[i] ? 1 : 0) == made);
        handed_out += shown[i];
        dropped += gone;
        never_ran += made == 0;
    }
}

static void look(const par_results *results, int rc, bool silent, bool *shown, unsigned n)
{
    unsigned failures = 0;
    for (unsigned i = 0; i < n; i++) {
        const par_slot *slot = par_at(results, i);
        shown[i] = slot->status == PAR_DONE;
        ENSURE(shown[i] || slot->code == PAR_ETIMEDOUT);
        ENSURE(!shown[i] || par_get(results, i, result).index == i);
        failures += !shown[i];
    }
    ENSURE(par_failures(results) == failures);
    ENSURE(rc == 0 || (rc == PAR_ETIMEDOUT && !silent));
    ENSURE(silent || failures == 0 || rc == PAR_ETIMEDOUT);
    timed_out += rc != 0;
}

static tally *new_tally(void)
{
    tally *t = calloc(1, sizeof(*t));
    ENSURE(t != NULL);
    return t;
}

static void one_call(par_pool *pool, uint64_t *random)
{
    tally *t = new_tally();
    bool shown[MOST] = {false};
    unsigned n = 1 + below(random, MOST);
    double timeout = 1e-6 * (1 + below(random, 400));
    bool silent = below(random, 2);
    char text[] = "text of the caller's";
    par_task tasks[MOST];
    for (unsigned i = 0; i < n; i++)
        tasks[i] =
            work_future(t, i, timeout * below(random, 200) / 100, text, below(random, 4) == 0);
    par_options options = {.size = sizeof(options),
                           .timeout = timeout,
                           .silent = silent,
                           .pool = pool,
                           .drop = drop,
                           .on_release = release,
                           .context = t,
                           .max_workers = below(random, 4)};
    if (below(random, 2)) {
        par_results *results;
        int rc = par_run(&results, par_array(tasks, n), &options);
        memset(tasks, 0x5a, sizeof(tasks));
        memset(text, 0x5a, sizeof(text) - 1);
        look(results, rc, silent, shown, n);
        par_results_free(results);
    } else {
        par_async *async;
        const par_results *results;
        ENSURE(par_start(&async, par_array(tasks, n), &options) == 0);
        memset(tasks, 0x5a, sizeof(tasks));
        memset(text, 0x5a, sizeof(text) - 1);
        if (below(random, 2))
            ENSURE(par_async_fd(async) >= 0);
        unsigned way = below(random, 4);
        int rc = PAR_ETIMEDOUT;
        if (way == 1)
            rc = par_async_results(async, &results, .timeout = timeout / 2);
        if (way == 1 && rc != 0)
            for (unsigned i = 0; i < n; i++)
                shown[i] = par_at(results, i)->status == PAR_DONE;
        if (way == 1 && rc == 0)
            look(results, rc, silent, shown, n);
        if (way >= 2)
            rc = par_async_results(async, &results);
        if (way >= 2)
            look(results, rc, silent, shown, n);
        if (below(random, 2))
            par_async_free(async);
        else
            par_async_detach(async);
    }
    check(t, n, shown);
    free(t);
    advance();
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    const unsigned sizes[] = {1, 2, 8};
    long calls = scaled(2000);
    pthread_t watchdog = watchdog_start();
    for (int s = 0; s < 3; s++) {
        par_pool *pool;
        ENSURE(par_pool_open(&pool, .workers = sizes[s]) == 0);
        for (long i = 0; i < calls; i++)
            one_call(pool, &random);
        ENSURE(par_pool_close(pool, LONG) == 0);
    }
    watchdog_end(watchdog);
    printf("%ld calls, %ld timed out; results: %ld handed out, %ld dropped; %ld tasks never ran\n",
           3 * calls, timed_out, handed_out, dropped, never_ran);
    return 0;
}
