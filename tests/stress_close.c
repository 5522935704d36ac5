/* stress_close.c - pools that are closed at random instants while other threads make calls on them:
 * what was accepted runs to its end, what is refused says so, each pool is closed by exactly one of
 * those who try. */
#include "stress_support.h"

enum { SUBMITTERS = 3 };

static atomic_long runs, accepted, refused, released, closes, timeouts;

static int work(unsigned steps, par_pool *pool, unsigned depth);
PAR_DECORATE(int, work, (unsigned, steps), (par_pool *, pool), (unsigned, depth))

/* May make a call of its own, which is never refused. */
static int work(unsigned steps, par_pool *pool, unsigned depth)
{
    spin(steps);
    if (depth > 0) {
        PAR_AUTO(par_results) *results = NULL;
        int rc =
            par(&results, par_list(work_future(steps, pool, depth - 1), work_future(1, pool, 0)),
                .pool = pool);
        ENSURE(rc == 0);
    }
    atomic_fetch_add(&runs, 1);
    return 1;
}

static void release(void *context)
{
    (void)context;
    atomic_fetch_add(&released, 1);
}

typedef struct round {
    par_pool *pool;
    par_pool *former; /* a handle that has been closed */
    uint64_t random;
    bool closes;
    atomic_int *closed;
} round_part;

static void submit(round_part *r, long *expected)
{
    unsigned depth = below(&r->random, 3), steps = below(&r->random, 500);
    par_task tasks[3] = {work_future(steps, r->pool, depth), work_future(steps, r->pool, depth),
                         work_future(steps, r->pool, depth)};
    par_async *async = NULL;
    par_results *results = NULL;
    bool detached = below(&r->random, 3) == 0;
    int rc = detached
                 ? async_par(&async, par_array(tasks, 3), .pool = r->pool, .on_release = release)
                 : par(&results, par_array(tasks, 3), .pool = r->pool, .on_release = release);
    ENSURE(rc == 0 || rc == PAR_ECLOSED);
    atomic_fetch_add(rc == 0 ? &accepted : &refused, 1);
    par_async_detach(async);
    par_results_free(results);
    *expected += rc == 0 ? 3 * (1 + 2 * (long)depth) : 0;
}

/* Closes with one of several deadlines, until it is closed: true if this thread did it. */
static bool close_it(round_part *r)
{
    const double times[] = {1e-9, 1e-5, 1e-3, 0};
    for (;;) {
        int rc = par_pool_close(r->pool, times[below(&r->random, 4)]);
        if (rc == 0) {
            ENSURE(atomic_fetch_add(r->closed, 1) == 0);
            atomic_fetch_add(&closes, 1);
            return true;
        }
        ENSURE(rc == PAR_ETIMEDOUT || rc == PAR_ECLOSED);
        atomic_fetch_add(&timeouts, rc == PAR_ETIMEDOUT);
        if (atomic_load(r->closed) != 0)
            return false;
        sched_yield();
    }
}

static atomic_long expected_runs;

static void *take_part(void *argument)
{
    round_part *r = argument;
    long expected = 0;
    unsigned calls = below(&r->random, 8);
    for (unsigned i = 0; i < calls; i++) {
        if (below(&r->random, 8) == 0 && r->former != NULL)
            ENSURE(par_pool_close(r->former, 1e-9) == PAR_ECLOSED);
        submit(r, &expected);
    }
    spin(below(&r->random, 5000));
    if (r->closes)
        close_it(r);
    atomic_fetch_add(&expected_runs, expected);
    return NULL;
}

/* One pool, from its opening to its end. */
static void one_round(unsigned workers, par_pool **former, uint64_t *random)
{
    pthread_t threads[SUBMITTERS];
    round_part parts[SUBMITTERS];
    par_pool *pool;
    atomic_int closed = 0;
    ENSURE(par_pool_open(&pool, .workers = workers, .max_threads = workers + 8) == 0);
    for (int i = 0; i < SUBMITTERS; i++) {
        parts[i] =
            (round_part){pool, *former, next_random(random), i == 0 || below(random, 2), &closed};
        ENSURE(pthread_create(&threads[i], NULL, take_part, &parts[i]) == 0);
    }
    for (int i = 0; i < SUBMITTERS; i++)
        ENSURE(pthread_join(threads[i], NULL) == 0);
    ENSURE(atomic_load(&closed) == 1);
    ENSURE(atomic_load(&runs) == atomic_load(&expected_runs));
    ENSURE(atomic_load(&released) == atomic_load(&accepted) + atomic_load(&refused));
    ENSURE(par_pool_close(pool, 0) == PAR_ECLOSED);
    *former = pool;
    advance();
}

/* The default pool is closed by some while others use it: no call of theirs fails. */
static void *use_default(void *argument)
{
    long n = *(long *)argument;
    for (long i = 0; i < n; i++) {
        par_results *results;
        ENSURE(par(&results, par_list(work_future(10, NULL, 0), work_future(10, NULL, 1))) == 0);
        par_results_free(results);
        advance();
    }
    return NULL;
}

static void close_default(uint64_t *random, long n)
{
    pthread_t threads[2];
    long closed = 0;
    ENSURE(pthread_create(&threads[0], NULL, use_default, &n) == 0);
    ENSURE(pthread_create(&threads[1], NULL, use_default, &n) == 0);
    for (long i = 0; i < n; i++) {
        spin(below(random, 3000));
        int rc = par_pool_close(par_pool_default(), LONG);
        ENSURE(rc == 0 || rc == PAR_ECLOSED);
        closed += rc == 0;
        advance();
    }
    for (int i = 0; i < 2; i++)
        ENSURE(pthread_join(threads[i], NULL) == 0);
    printf("default pool: closed %ld times during %ld calls\n", closed, 2 * n);
}

/* Closing a handle that was closed before does not stand in the way of who closes the pool that is
 * now in its place. */
static atomic_bool enough;

static void *close_former(void *former)
{
    while (!atomic_load(&enough))
        ENSURE(par_pool_close(former, 1e-9) == PAR_ECLOSED);
    return NULL;
}

static void close_beside_former(par_pool *former, long n)
{
    pthread_t thread;
    ENSURE(pthread_create(&thread, NULL, close_former, former) == 0);
    for (long i = 0; i < n; i++) {
        par_pool *pool;
        ENSURE(par_pool_open(&pool, .workers = 1) == 0);
        ENSURE(par_pool_close(pool, LONG) == 0);
        advance();
    }
    atomic_store(&enough, true);
    ENSURE(pthread_join(thread, NULL) == 0);
}

int main(int argc, char **argv)
{
    uint64_t random = seed_of(argc, argv);
    const unsigned sizes[] = {1, 2, 8};
    long rounds = scaled(500);
    par_pool *former = NULL;
    pthread_t watchdog = watchdog_start();
    for (int s = 0; s < 3; s++)
        for (long i = 0; i < rounds; i++)
            one_round(sizes[s], &former, &random);
    close_beside_former(former, scaled(1000));
    close_default(&random, scaled(1000));
    watchdog_end(watchdog);
    printf("%ld pools, %ld closings that timed out first; calls: %ld accepted, %ld refused; %ld "
           "tasks\n",
           atomic_load(&closes), atomic_load(&timeouts), atomic_load(&accepted),
           atomic_load(&refused), atomic_load(&runs));
    return 0;
}
